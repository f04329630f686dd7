"""Addresses of the pages. Each view says by `@allow` who may open it; tests/web/test_access.py lists them all."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from counterfoil.web.fonts import font
from counterfoil.web.pages import (
    components,
    customers,
    day,
    find,
    history,
    invoices,
    login,
    mail,
    products,
    sessions,
    settings,
    taxes,
    taxsummary,
    tills,
)  # fmt: skip


class NumberConverter:
    """A document's number, with its slashes: A/26-27/000001 or A/C26-27/00001."""

    regex = r"[A-Z0-9]{1,3}/C?[0-9]{2}-[0-9]{2}/[0-9]{5,9}"

    def to_python(self, value: str) -> str:
        return value

    to_url = to_python


register_converter(NumberConverter, "number")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", day.home, name="home"),
    path("login/", login.log_in, name="login"),
    path("logout/", login.log_out, name="logout"),
    path("fonts/<str:name>", font, name="font"),
    path("counter/", include("counterfoil.web.counter.urls")),
    path("find/", find.find, name="find"),
    path("taxes/", taxsummary.tax_summary, name="tax-summary"),
    path("components/", components.components, name="components"),
    path("invoices/", history.history, name="invoices"),
    path("invoices/totals/", history.totals, name="invoices-totals"),
    path("invoices/<number:number>/", invoices.invoice, name="invoice"),
    path("invoices/<number:number>/pdf", invoices.pdf, name="invoice-pdf"),
    path("invoices/<number:number>/send/", invoices.send_again, name="invoice-send"),
    path("invoices/<number:number>/return/", invoices.take_back, name="return"),
    path("products/", products.products, name="products"),
    path("products/new/", products.new, name="product-new"),
    path("products/<int:pk>/", products.product, name="product"),
    path("products/<int:pk>/save/", products.save, name="product-save"),
    path("products/<int:pk>/remove/", products.remove, name="product-remove"),
    path("products/<int:pk>/row/", products.row, name="product-row"),
    path("products/<int:pk>/row/edit/", products.edit_row, name="product-row-edit"),
    path("products/<int:pk>/movements/", products.movements, name="product-movements"),
    path("products/<int:pk>/move/", products.move, name="product-move"),
    path("products/<int:pk>/prices/", products.prices, name="product-prices"),
    path("customers/", customers.customers, name="customers"),
    path("customers/new/", customers.new, name="customer-new"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
    path("customers/<int:pk>/edit/", customers.edit, name="customer-edit"),
    path("customers/<int:pk>/remove/", customers.remove, name="customer-remove"),
    path("denominations/", tills.denominations, name="denominations"),
    path("denominations/add/", tills.add_denomination, name="denomination-add"),
    path("denominations/<int:value_paise>/switch/", tills.switch_denomination, name="denomination-switch"),
    path("tills/", tills.tills, name="tills"),
    path("tills/add/", tills.add, name="till-add"),
    path("tills/<str:code>/", tills.till, name="till"),
    path("tills/<str:code>/count/", tills.count, name="till-count"),
    path("tills/<str:code>/open/", sessions.open_till, name="till-open"),
    path("tills/<str:code>/cash/", sessions.cash, name="till-cash"),
    path("tills/<str:code>/close/", sessions.close_till, name="till-close"),
    path("tills/<str:code>/hand-over/", sessions.hand_over, name="till-hand-over"),
    path("tills/<str:code>/set-aside/", sessions.set_aside, name="till-set-aside"),
    path("tills/<str:code>/sessions/", sessions.past, name="till-sessions"),
    path("tills/<str:code>/sessions/<int:number>/", sessions.session, name="till-session"),
    path("tills/<str:code>/sessions/<int:number>/pdf", sessions.session_pdf, name="till-session-pdf"),
    path("mail/", mail.outbox, name="mail"),
    path("mail/retry/", mail.retry_all, name="mail-retry-all"),
    path("mail/test/", mail.send_test, name="mail-test"),
    path("mail/<int:pk>/retry/", mail.retry, name="mail-retry"),
    path("settings/mail/", mail.setup, name="settings-mail"),
    path("settings/mail/letter/", mail.letter, name="settings-letter"),
    path("settings/", settings.shop, name="settings"),
    path("settings/people/", settings.users, name="users"),
    path("settings/people/<int:pk>/", settings.change_user, name="user-change"),
    path("settings/tokens/", settings.tokens, name="tokens"),
    path("settings/tokens/<int:pk>/revoke/", settings.revoke, name="token-revoke"),
    path("settings/taxes/", taxes.taxes, name="taxes"),
    path("settings/taxes/<int:pk>/", taxes.tax_class, name="tax-class"),
    path("settings/taxes/<int:pk>/withdraw/", taxes.withdraw, name="tax-withdraw"),
    path("settings/taxes/<int:pk>/remove/", taxes.remove, name="tax-remove"),
    path("settings/trail/", settings.trail, name="trail"),
]
urlpatterns.append(path("", include("counterfoil.web.exchange_urls")))
