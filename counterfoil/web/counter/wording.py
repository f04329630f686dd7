"""Lists of words that the counter's page prints: ways to pay, and what each key does."""

from django.utils.translation import gettext as _


def ways() -> list[tuple[str, str]]:
    return [("amount", _("Cash, as an amount")), ("card", _("Card")), ("upi", _("UPI"))]


def keys() -> list[tuple[list[str], str]]:
    return [
        ([_("scan"), _("type")], _("Find and add, wherever the focus is; a name lists what is like it")),
        (["3*"], _("Then a scan: three of it. 1.25* weighs")),
        (["↑", "↓"], _("Mark a line")),
        (["+", "−"], _("One more, one less")),
        (["*"], _("Type the quantity of the marked line")),
        (["%"], _("Discount on the marked line")),
        (["Del"], _("Remove the line (the log keeps it)")),
        (["Ctrl Del"], _("Remove all lines")),
        (["Ctrl Z"], _("Undo")),
        (["F2"], _("Product")),
        (["F3"], _("Discount on the bill")),
        (["F4"], _("Customer")),
        (["F6"], _("Hold")),
        (["F7"], _("Recall, from another till too")),
        (["F8"], _("Tender")),
        (["1", "…", "9"], _("In tender: one note of 500, 200, 100, 50, 20, 10, 5, 2, 1")),
        (["Shift"], _("with 1 to 9: takes one back")),
        (["A", "E"], _("In tender: an amount, the exact sum")),
        (["C", "U"], _("In tender: card, UPI")),
        (["Ctrl ↵"], _("Save")),
        (["F10"], _("Save and print")),
        (["F9"], _("Return against an invoice")),
        (["Esc"], _("Back")),
    ]
