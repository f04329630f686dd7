"""Invoices of a small shop in Bengaluru, as the dicts that documents are made from."""

import copy
from typing import Any

SUPPLIER = {
    "name": "Shree Ganesh General Store",
    "address": "14 Gandhi Bazaar Main Road\nBasavanagudi\nBengaluru 560004",
    "gstin": "29ABCFS1234K1Z3",
    "state": "29",
    "state_name": "Karnataka",
    "phone": "+91 80 2661 4410",
    "email": "bills@shreeganesh.example",
    "upi_id": "shreeganesh@okbank",
}
ASHA = {
    "id": 7,
    "name": "Asha Rao",
    "email": "asha.rao@example.com",
    "phone": "+91 98450 11223",
    "gstin": "",
    "state": "29",
    "state_name": "Karnataka",
    "address": "22, 4th Cross, Jayanagar\nBengaluru 560011",
}
# product, name, hsn, quantity, unit, price, rate, taxable, tax, total, discount, its text
EIGHT = [
    ("ATT05", "Aashirvaad Select atta 5 kg", "1101", "1.000", "bag", "318.00", "5.00", "302.86", "15.14", "318.00"),
    ("SLT01", "Tata Salt 1 kg", "2501", "2.000", "pkt", "30.00", "0.00", "60.00", "0.00", "60.00"),
    ("MLK10", "Amul Taaza milk 1 L", "0401", "3.000", "pkt", "58.00", "0.00", "174.00", "0.00", "174.00"),
    ("DAL-T", "तूर दाल, loose", "0713", "1.250", "kg", "163.50", "0.00", "204.38", "0.00", "204.38"),
    ("OIL1", "Sunflower oil", "1512", "2.000", "pouch", "158.00", "5.00", "285.90", "14.30", "300.20", "15.80", "5%"),
    ("SRF01", "Surf Excel Easy Wash 1 kg", "3402", "1.000", "pkt", "152.00", "18.00", "128.81", "23.19", "152.00"),
    ("TEA50", "Tata Tea Gold 500 g", "0902", "1.000", "pkt", "335.00", "5.00", "309.52", "15.48", "325.00", "10.00"),
    ("LIZ97", "Lizol floor cleaner 975 ml", "3808", "1.000", "btl", "219.00", "18.00", "185.59", "33.41", "219.00"),
]  # fmt: skip
KEYS = ("product", "name", "hsn", "quantity", "unit", "unit_price", "tax_rate", "taxable", "tax", "total", "discount",
        "discount_text")  # fmt: skip


def eight_lines() -> dict[str, Any]:
    """The invoice drawn in the design: ₹1,752.00, paid with ₹2,000.00 in notes."""
    return {
        "number": "A/26-27/000413", "kind": "invoice", "issued_at": "2026-11-22T18:42:07+05:30", "till": "A",
        "cashier": "Meena", "supplier": copy.deepcopy(SUPPLIER), "customer": copy.deepcopy(ASHA),
        "place_of_supply": {"state": "29", "name": "Karnataka"}, "currency": "INR", "locale": "en-IN",
        "tax_regime": "gst-india", "tax_name": "GST",
        "lines": [
            {"position": i, "price_includes_tax": True, "discount": "0.00", "bill_discount": "0.00"}
            | dict(zip(KEYS, entry, strict=False))
            for i, entry in enumerate(EIGHT, 1)
        ],
        "discount": "0.00", "taxable_total": "1651.06", "tax_total": "101.52", "net_total": "1752.58",
        "taxes": [
            {"name": "CGST", "rate": "2.50", "taxable": "898.28", "amount": "22.46"},
            {"name": "SGST", "rate": "2.50", "taxable": "898.28", "amount": "22.46"},
            {"name": "CGST", "rate": "9.00", "taxable": "314.40", "amount": "28.30"},
            {"name": "SGST", "rate": "9.00", "taxable": "314.40", "amount": "28.30"},
        ],
        "rounding": "-0.58", "waived": "0.00", "rounded_payable": "1752.00", "paid": "2000.00", "change_due": "248.00",
        "change": {"200": 1, "20": 2, "5": 1, "2": 1, "1": 1},
        "payments": [{"method": "cash", "amount": "2000.00", "notes": {"500": 3, "200": 2, "100": 1}}],
        "amount_in_words": "Rupees one thousand seven hundred and fifty-two only",
        "email": {"state": "queued", "sent": False, "fail_count": 0, "last_error": ""},
        "credit_notes": [], "digest": "9f" * 32,
    }  # fmt: skip


def one_line() -> dict[str, Any]:
    """The example of the API's documentation: two packets of milk to a walk-in customer."""
    return {
        "number": "A/26-27/000001", "kind": "invoice", "issued_at": "2026-11-22T10:15:00+05:30", "till": "A",
        "customer": None, "supplier": {"name": "Corner Shop"},
        "lines": [
            {"position": 1, "product": "P001", "name": "Milk", "quantity": "2.000", "unit_price": "20.00",
             "discount": "0.00", "tax_rate": "5.00", "taxable": "40.00", "tax": "2.00", "total": "42.00"},
        ],
        "discount": "0.00", "taxable_total": "40.00", "tax_total": "2.00", "net_total": "42.00",
        "taxes": [
            {"name": "CGST", "rate": "2.50", "taxable": "40.00", "amount": "1.00"},
            {"name": "SGST", "rate": "2.50", "taxable": "40.00", "amount": "1.00"},
        ],
        "rounding": "0.00", "rounded_payable": "42.00", "paid": "500.00", "change_due": "458.00",
        "change": {"200": 2, "50": 1, "5": 1, "2": 1, "1": 1},
        "payments": [{"method": "cash", "amount": "500.00", "notes": {"500": 1}}],
        "email": {"state": "none", "sent": False, "fail_count": 0, "last_error": ""},
        "credit_notes": [], "digest": "ab",
    }  # fmt: skip


def many_lines(count: int) -> dict[str, Any]:
    """A wholesale bill to another state (IGST), partly on account; each line has figures of its own."""
    document = eight_lines()
    taxable = [100_00 + 137 * i for i in range(1, count + 1)]
    tax = [(t * 18 + 50) // 100 for t in taxable]
    amount = "{0[0]}.{0[1]:02d}".format
    document["lines"] = [
        {"position": i, "product": f"W{i:04d}", "name": f"Wholesale article number {i}", "hsn": "8471",
         "quantity": "1.000", "unit": "pcs", "unit_price": amount(divmod(t, 100)), "discount": "0.00",
         "discount_text": "", "bill_discount": "0.00", "price_includes_tax": False, "tax_rate": "18.00",
         "taxable": amount(divmod(t, 100)), "tax": amount(divmod(x, 100)), "total": amount(divmod(t + x, 100))}
        for i, (t, x) in enumerate(zip(taxable, tax, strict=True), 1)
    ]  # fmt: skip
    net = sum(taxable) + sum(tax)
    taxable_total, tax_total = amount(divmod(sum(taxable), 100)), amount(divmod(sum(tax), 100))
    document.update(
        number="B/26-27/000200", taxable_total=taxable_total, tax_total=tax_total, net_total=amount(divmod(net, 100)),
        taxes=[{"name": "IGST", "rate": "18.00", "taxable": taxable_total, "amount": tax_total}],
        rounding=f"-0.{net % 100:02d}", rounded_payable=f"{net // 100}.00", amount_in_words="",
        paid=f"{net // 100}.00", change_due="0.00", change={},
        payments=[{"method": "upi", "amount": "100.00", "reference": "4281"},
                  {"method": "account", "amount": f"{net // 100 - 100}.00"}],
        customer={"id": 9, "name": "அண்ணா Traders", "email": "", "phone": "", "gstin": "33AAACT2727Q1ZW", "state": "33",
                  "state_name": "Tamil Nadu", "address": "7 Anna Salai\nசென்னை 600002"},
        place_of_supply={"state": "33", "name": "Tamil Nadu"},
    )  # fmt: skip
    return document


def credit_note() -> dict[str, Any]:
    """The oil comes back."""
    document = eight_lines()
    oil = document["lines"][4] | {"position": 1}
    document.update(
        number="A/26-27/C00007", kind="credit-note", issued_at="2026-11-24T11:05:00+05:30", lines=[oil],
        original={"number": "A/26-27/000413", "issued_at": "2026-11-22T18:42:07+05:30"}, reason="Leaking pouch",
        taxable_total="285.90", tax_total="14.30", net_total="300.20", rounding="-0.20", rounded_payable="300.00",
        taxes=[{"name": "CGST", "rate": "2.50", "taxable": "285.90", "amount": "7.15"},
               {"name": "SGST", "rate": "2.50", "taxable": "285.90", "amount": "7.15"}],
        paid="300.00", change_due="0.00", change={}, amount_in_words="Rupees three hundred only",
        payments=[{"method": "cash", "amount": "300.00", "notes": {"200": 1, "100": 1}}],
    )  # fmt: skip
    return document
