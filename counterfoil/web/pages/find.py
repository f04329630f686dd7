"""The command palette: any page, product, customer or invoice number."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.catalog import queries as catalog
from counterfoil.customers import queries as customers
from counterfoil.history import queries as history
from counterfoil.web import answers
from counterfoil.web.access import allow
from counterfoil.web.context import NAV, abilities

MOST = 6
PAGES = (
    *NAV,
    ("/taxes/", gettext_lazy("Tax summary"), "day"),
    ("/settings/mail/", gettext_lazy("Mail settings"), "settings"),
    ("/counter/form/", gettext_lazy("Sale, plain form"), "sell"),
    ("/denominations/", gettext_lazy("Denominations"), "look"),
    ("/products/new/", gettext_lazy("New product"), "masters"),
    ("/customers/new/", gettext_lazy("New customer"), "sell"),
    ("/products/import/", gettext_lazy("Import products"), "masters"),
    ("/customers/import/", gettext_lazy("Import customers"), "masters"),
    ("/settings/taxes/", gettext_lazy("Tax classes"), "settings"),
    ("/settings/people/", gettext_lazy("People"), "settings"),
    ("/settings/tokens/", gettext_lazy("API tokens"), "settings"),
    ("/settings/trail/", gettext_lazy("Audit trail"), "settings"),
    ("/components/", gettext_lazy("Components"), "settings"),
)

Found = tuple[str, str, str, str]  # address, icon, text, what stands beside it


@allow("look")
def find(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    groups = [(name, list(found)) for name, found in _groups(request, text)]
    context = {"groups": [group for group in groups if group[1]], "text": text, "values": {"search": text}}
    return answers.page(request, "web/find.html", context, part="found")


def _groups(request: HttpRequest, text: str) -> Iterator[tuple[str, Iterator[Found]]]:
    yield _("Pages"), _pages(request, text)
    if text:
        yield _("Products"), _products(text)
        yield _("Customers"), _customers(text)
        yield _("Invoices"), _invoices(text)


def _pages(request: HttpRequest, text: str) -> Iterator[Found]:
    may = abilities(request)
    for href, name, ability in PAGES:
        if may[ability] and text.casefold() in str(name).casefold():
            yield href, "page", str(name), ""


def _products(text: str) -> Iterator[Found]:
    for product in catalog.found(search=text).order_by("-enabled", "name", "code")[:MOST]:
        yield reverse("product", args=[product.pk]), "box", product.name, product.code


def _customers(text: str) -> Iterator[Found]:
    for customer in customers.customers(search=text).order_by("-enabled", "name", "id")[:MOST]:
        yield reverse("customer", args=[customer.pk]), "person", customer.name, customer.email or customer.phone


def _invoices(text: str) -> Iterator[Found]:
    if not any(character.isdigit() for character in text):
        return
    for invoice in history.invoices(number=text).order_by("-issued_at", "-id")[:MOST]:
        yield reverse("invoice", args=[invoice.number]), "bill", invoice.number, invoice.customer_name
