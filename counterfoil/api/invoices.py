"""Invoices: priced, issued, found again, printed, mailed, taken back. `number` may hold its slashes as they are."""

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query
from pydantic import Field

from counterfoil.api import answers
from counterfoil.api.app import call, reply
from counterfoil.api.auth import caller, given_key
from counterfoil.api.fields import Day, InPath
from counterfoil.api.paging import Paged, read_cursor, write_cursor
from counterfoil.billing import queries as billing
from counterfoil.billing.document import mail_at
from counterfoil.checkout import actions as checkout
from counterfoil.checkout import returns
from counterfoil.checkout.quote import price_sale
from counterfoil.checkout.returns import ReturnIn
from counterfoil.checkout.sale import Email, Input, LongText, Sale, TillCode
from counterfoil.delivery import actions as mail
from counterfoil.delivery import queries as delivery
from counterfoil.documents import printing
from counterfoil.history import queries as history
from counterfoil.shop import queries as shop

SALE_EXAMPLE: dict[str, Any] = {
    "till": "A",
    "customer": {"name": "Asha Rao", "email": "asha@example.com"},
    "lines": [{"product": "P001", "quantity": "2"}],
    "payments": [{"method": "cash", "notes": {"500": 1}}],
}
FREE_TEXT_EXAMPLE: dict[str, Any] = {
    "lines": [
        {"product": "P002", "quantity": "1.250", "discount": "5%"},
        {"name": "Gift wrap", "unit_price": "15.00", "tax_rate": "18.00", "price_includes_tax": True, "quantity": "1"},
    ],
    "discount": "10.00",
    "payments": [{"method": "upi", "amount": "119.00", "reference": "4281"}],
}
SALES = {"cash": {"value": SALE_EXAMPLE}, "free text": {"value": FREE_TEXT_EXAMPLE}}
SALE_REFUSALS = [
    "product-not-found", "product-disabled", "out-of-stock", "paid-too-little", "paid-too-much", "change-unavailable",
    "denomination-unknown",
]  # fmt: skip


class InvoiceQuery(Paged):
    customer_name: LongText = ""
    customer_email: LongText = ""
    from_: Annotated[Day, Field(alias="from", description="First day, in the shop's time zone.")] = None
    to: Annotated[Day, Field(description="Last day, included.")] = None
    number: LongText = ""
    product: Annotated[LongText, Field(description="Part of a product's name or code on a line.")] = ""
    till: TillCode = ""
    email_state: Literal["", "none", "queued", "sending", "sent", "failed", "unknown"] = ""


class MailIn(Input):
    """`to` left out: where the last one went, or the invoice's own address."""

    to: Email = ""


NOWHERE_ELSE = MailIn()
ALL_THAT_IS_LEFT = ReturnIn()


@call("POST", "/invoices/price", may="sell", answers=answers.Price, tag="Invoices", examples=SALES,
      refusals=["denomination-unknown"])  # fmt: skip
def price_invoice(request: HttpRequest, body: Sale) -> HttpResponse:
    """Price a sale and plan its change; nothing is saved.
    Payments may be missing. What would refuse the sale is listed in `problems`."""
    return reply(price_sale(sale=body, now=timezone.now()))


@call("POST", "/invoices", may="sell", answers=answers.Invoice, status=201, also=[200], tag="Invoices", keyed=True,
      refusals=SALE_REFUSALS, examples=SALES)  # fmt: skip
def create_invoice(request: HttpRequest, body: Sale) -> HttpResponse:
    """Sell: issue an invoice.
    The same key and body again answers the same invoice with status 200; a refused sale saves nothing."""
    outcome = checkout.complete_sale(
        sale=body, key=given_key(request), cashier=caller(request).cashier, now=timezone.now()
    )
    return _issued(outcome)


def _issued(outcome: checkout.Outcome) -> HttpResponse:
    location = f"/api/v1/invoices/{outcome.document['number']}"
    if outcome.replayed:
        return reply(outcome.document, status=200, Location=location, Idempotent_Replayed="true")
    return reply(outcome.document, status=201, Location=location)


@call("GET", "/invoices", may="look", answers=answers.Invoices, tag="Invoices")
def list_invoices(request: HttpRequest, query: Annotated[InvoiceQuery, Query(...)]) -> HttpResponse:
    """Previous purchases, the newest first. Names and e-mails match any part, ignoring case."""
    found = history.invoices(
        customer_name=query.customer_name, customer_email=query.customer_email, date_from=query.from_,
        date_to=query.to, number=query.number, product=query.product, till=query.till, email_state=query.email_state,
    )  # fmt: skip
    older_than = read_cursor(query.cursor, str)[0] if query.cursor else ""
    page = history.page_of_rows(found, limit=query.limit, older_than=older_than)
    following = write_cursor(page.older) if page.older else None
    return reply({"items": delivery.documents_of([row.id for row in page.items]), "next": following})


@call("GET", "/invoices/{path:number}/pdf", may="look", answers=None, tag="Invoices", media_type="application/pdf")
def get_invoice_pdf(request: HttpRequest, number: InPath, format: Literal["a4", "receipt"] = "a4") -> HttpResponse:
    """The invoice on paper: A4, or the 80 mm receipt."""
    document = checkout.read_document(number=number)
    response = HttpResponse(printing.pdf(document, format=format), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{printing.filename(document)}"'
    return response


@call("POST", "/invoices/{path:number}/email", may="sell", answers=answers.Mail, tag="Invoices",
      example={"to": "asha@example.com"})  # fmt: skip
def send_invoice(request: HttpRequest, number: InPath, body: MailIn = NOWHERE_ELSE) -> HttpResponse:
    """Mail an invoice again, to its own address or another.
    While that delivery is still queued this only hastens it; once it is sent, it makes a new one."""
    sent = mail.send_again(
        invoice=billing.invoice(number=number), to=body.to, asked_by=caller(request).name, now=timezone.now()
    )
    return reply({"number": number, **mail_at(delivery.mail_state(sent), ZoneInfo(shop.settings().time_zone))})


@call("POST", "/invoices/{path:number}/returns", may="sell", answers=answers.Invoice, status=201, also=[200],
      tag="Invoices", keyed=True, refusals=["already-returned", "change-unavailable"],
      example={"lines": [{"position": 1, "quantity": "1"}], "refund": [{"method": "cash"}]})  # fmt: skip
def return_invoice(request: HttpRequest, number: InPath, body: ReturnIn = ALL_THAT_IS_LEFT) -> HttpResponse:
    """Take goods back: issue a credit note for these lines, or without lines for all that is left."""
    outcome = returns.take_back(
        number=number, request=body, key=given_key(request), cashier=caller(request).cashier,
        now=timezone.now(),
    )  # fmt: skip
    return _issued(outcome)


@call("GET", "/invoices/{path:number}", may="look", answers=answers.Invoice, tag="Invoices")
def get_invoice(request: HttpRequest, number: InPath) -> HttpResponse:
    """One invoice or credit note."""
    return reply(checkout.read_document(number=number))
