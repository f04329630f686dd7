"""The one statement that a letter is made from says what the rest of the shop says."""

import pytest

from counterfoil.billing.models import Invoice
from counterfoil.billing.queries import whole
from counterfoil.checkout.actions import complete_sale
from counterfoil.checkout.plan import Cashier
from counterfoil.checkout.returns import ReturnIn, take_back
from counterfoil.checkout.sale import read, read_sale
from counterfoil.delivery import queries
from counterfoil.delivery.reading import letter_document
from tests.delivery.post import SOLD_AT, sell
from tests.shop import SmallShop

pytestmark = [pytest.mark.django_db]
ASKED = {
    "customer": {"name": "कीर्ति \"K\" O'Hara", "email": "k@example.com", "address": "1 MG Road\nPune"},
    "lines": [{"product": f"P00{n}", "quantity": str(n), "discount": "0.50"} for n in (1, 2, 3)]
    + [{"name": "Wrapping \\ {\"a\": 1}", "unit_price": "12.34", "tax_rate": "18.00", "quantity": "1.250"}],
    "discount": "1.00",
    "payments": [{"method": "upi", "amount": "20.00", "reference": "4281"}, {"method": "cash", "notes": {"500": 2}}],
}  # fmt: skip


def test_it_reads_what_is_read_everywhere_else(shop: SmallShop) -> None:
    cashier = Cashier(None, "Ravi")
    number = complete_sale(sale=read_sale(ASKED), key="many-lines", cashier=cashier, now=SOLD_AT).document["number"]
    asked = read(ReturnIn, {"lines": [{"position": 2, "quantity": "1"}], "reason": "Torn"})
    take_back(number=number, request=asked, key="a-return-key", cashier=cashier, now=SOLD_AT)
    sell()
    invoices = list(whole(Invoice.objects.order_by("id")))
    assert [invoice.kind for invoice in invoices] == ["invoice", "credit-note", "invoice"]
    for invoice in invoices:
        shown = queries.document_of(invoice)
        read_at_once = letter_document(invoice_id=invoice.pk)
        for later in ("email", "credit_notes"):
            shown.pop(later)
            read_at_once.pop(later)
        assert read_at_once == shown
        assert list(read_at_once["change"]) == list(shown["change"])
