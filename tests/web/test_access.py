"""Who may open what: every address with every role. An address that is not listed here fails the test."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from counterfoil.people import access
from tests.history.ledger import sell
from tests.shop import SmallShop
from tests.web.conftest import As

NO_FILE = "0" * 32  # the token of an import that nobody made

# name: (path, method, the ability it needs, the status for whoever has it)
PAGES: dict[str, tuple[str, str, str, int]] = {
    "home": ("/", "get", "look", 200),
    "find": ("/find/?q=milk", "get", "look", 200),
    "components": ("/components/", "get", "settings", 200),
    "invoices": ("/invoices/", "get", "look", 200),
    "invoices-totals": ("/invoices/totals/", "get", "look", 200),
    "tax-summary": ("/taxes/", "get", "day", 200),
    "invoice": ("/invoices/{number}/", "get", "look", 200),
    "invoice-pdf": ("/invoices/{number}/pdf", "get", "look", 200),
    "invoice-send": ("/invoices/{number}/send/", "post", "sell", 422),
    "return": ("/invoices/{number}/return/", "get", "sell", 200),
    "products": ("/products/", "get", "look", 200),
    "product-new": ("/products/new/", "get", "masters", 200),
    "product": ("/products/{product}/", "get", "look", 200),
    "product-save": ("/products/{product}/save/", "post", "masters", 302),
    "product-remove": ("/products/{product}/remove/", "post", "masters", 422),
    "product-row": ("/products/{product}/row/", "get", "look", 200),
    "product-row-edit": ("/products/{product}/row/edit/", "get", "masters", 302),
    "product-movements": ("/products/{product}/movements/", "get", "look", 200),
    "product-move": ("/products/{product}/move/", "post", "masters", 422),
    "product-prices": ("/products/{product}/prices/", "get", "look", 200),
    "customers": ("/customers/", "get", "look", 200),
    "customer-new": ("/customers/new/", "get", "sell", 200),
    "customer": ("/customers/{customer}/", "get", "look", 200),
    "customer-edit": ("/customers/{customer}/edit/", "get", "masters", 200),
    "customer-remove": ("/customers/{customer}/remove/", "post", "masters", 302),
    "denominations": ("/denominations/", "get", "look", 200),
    "denomination-add": ("/denominations/add/", "post", "masters", 422),
    "denomination-switch": ("/denominations/50000/switch/", "post", "masters", 302),
    "tills": ("/tills/", "get", "look", 200),
    "till-add": ("/tills/add/", "post", "masters", 422),
    "till": ("/tills/A/", "get", "look", 200),
    "till-count": ("/tills/A/count/", "post", "till", 422),
    "till-open": ("/tills/A/open/", "get", "till", 200),
    "till-cash": ("/tills/A/cash/", "get", "till", 200),
    "till-close": ("/tills/A/close/", "get", "till", 302),
    "till-hand-over": ("/tills/A/hand-over/", "get", "till", 302),
    "till-set-aside": ("/tills/A/set-aside/", "post", "till", 404),
    "till-sessions": ("/tills/A/sessions/", "get", "look", 200),
    "till-session": ("/tills/A/sessions/9/", "get", "look", 404),
    "till-session-pdf": ("/tills/A/sessions/9/pdf", "get", "look", 404),
    "mail": ("/mail/", "get", "mail", 200),
    "mail-retry-all": ("/mail/retry/", "post", "mail", 302),
    "mail-test": ("/mail/test/", "post", "mail", 422),
    "mail-retry": ("/mail/999/retry/", "post", "mail", 404),
    "settings": ("/settings/", "get", "settings", 200),
    "settings-mail": ("/settings/mail/", "get", "settings", 200),
    "settings-letter": ("/settings/mail/letter/", "get", "settings", 200),
    "users": ("/settings/people/", "get", "settings", 200),
    "user-change": ("/settings/people/999/", "post", "settings", 404),
    "tokens": ("/settings/tokens/", "get", "settings", 200),
    "token-revoke": ("/settings/tokens/999/revoke/", "post", "settings", 404),
    "taxes": ("/settings/taxes/", "get", "settings", 200),
    "tax-class": ("/settings/taxes/1/", "get", "settings", 200),
    "tax-withdraw": ("/settings/taxes/1/withdraw/", "post", "settings", 422),
    "tax-remove": ("/settings/taxes/1/remove/", "post", "settings", 422),
    "trail": ("/settings/trail/", "get", "settings", 200),
    "import_products": ("/products/import/", "get", "masters", 200),
    "import_customers": ("/customers/import/", "get", "masters", 200),
    "import_file": (f"/products/import/{NO_FILE}/", "get", "masters", 404),
    "import_check": (f"/products/import/{NO_FILE}/check/", "post", "masters", 404),
    "import_apply": (f"/products/import/{NO_FILE}/apply/", "post", "masters", 404),
    "import_progress": (f"/products/import/{NO_FILE}/progress/", "get", "masters", 404),
    "import_refused": (f"/products/import/{NO_FILE}/refused.csv", "get", "masters", 404),
    "export_products": ("/products/export/", "get", "export", 200),
    "export_customers": ("/customers/export/", "get", "export", 200),
    "export_invoices": ("/invoices/export/", "get", "export", 200),
}
FOR_ALL = {"login", "logout", "font"}
# These have tests of their own.
ELSEWHERE = ("counter", "api", "healthz", "readyz", "metrics")
ROLES = ("owner", "cashier", "accountant")


def names(resolver: URLResolver, prefix: str = "") -> set[str]:
    found: set[str] = set()
    for each in resolver.url_patterns:
        path = prefix + str(each.pattern)
        if path.startswith(ELSEWHERE):
            continue
        if isinstance(each, URLResolver):
            found |= names(each, path)
        elif isinstance(each, URLPattern):
            found.add(each.name or path)
    return found


@pytest.mark.pure
def test_every_page_is_in_the_table() -> None:
    assert names(get_resolver()) == {*PAGES, *FOR_ALL}


def test_a_page_opens_for_those_whose_role_has_its_ability(shop: SmallShop, as_: As) -> None:
    """One shop for the whole table; every answer that is not as it says is named."""
    known = {"number": sell(), "product": shop.milk.pk, "customer": shop.thomas.pk}
    clients = {role: as_(role) for role in (*ROLES, "")}
    wrong: dict[tuple[str, str], tuple[int, object]] = {}
    for name, (path, method, ability, status) in PAGES.items():
        for role in reversed(ROLES):  # the owner last: what the owner removes is gone
            answer = getattr(clients[role], method)(path.format(**known))
            expected = status if access.may(role, ability) else 403
            if (name, role) == ("home", "cashier"):
                expected = 302
            if answer.status_code != expected:
                wrong[name, role] = (answer.status_code, expected)
            if answer.status_code == 403 and "another role" not in answer.content.decode():
                wrong[name, role] = (403, "without a word")
        answer = getattr(clients[""], method)(path.format(**known))
        if not answer.headers.get("Location", "").startswith("/login/?next=/"):
            wrong[name, "nobody"] = (answer.status_code, 302)
    assert wrong == {}


def test_the_front_page_of_a_cashier_is_the_counter(as_: As) -> None:
    assert as_("cashier").get("/").headers["Location"] == "/counter/"


def test_a_part_asked_for_after_logging_out_sends_the_whole_page_to_the_login(as_: As) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/products/?show=low"}
    answer = as_("").get("/products/", headers=headers)
    assert answer.headers["HX-Redirect"] == "/login/?next=/products/%3Fshow%3Dlow"


def test_what_is_changed_by_a_form_needs_its_token(shop: SmallShop) -> None:
    from django.test import Client

    client = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
    client.force_login(shop.owner)
    answer = client.post("/tills/add/", {"code": "B"})
    assert answer.status_code == 403
    assert "open for too long" in answer.content.decode()
