"""Numbers of documents: till, financial year, sequence; at most 16 characters, as GST asks of an invoice number."""

import re
from datetime import date
from typing import Literal

from counterfoil.rules.errors import Invalid

TILL_CODE = re.compile(r"[A-Z0-9]{1,3}")
FINANCIAL_YEAR = re.compile(r"[0-9]{2}-[0-9]{2}")
LONGEST_NUMBER = 16
APRIL = 4

DocumentKind = Literal["invoice", "credit-note"]


def financial_year(day: date) -> str:
    """April to March: "26-27" for any day from 1 April 2026 to 31 March 2027."""
    first = day.year if day.month >= APRIL else day.year - 1
    return f"{first % 100:02}-{(first + 1) % 100:02}"


def document_number(*, till: str, year: str, sequence: int, kind: DocumentKind = "invoice") -> str:
    """ "A/26-27/000001" for an invoice, "A/C26-27/00001" for a credit note."""
    if not TILL_CODE.fullmatch(till):
        raise Invalid("A till's code is one to three capital letters or digits.", field="till")
    if not FINANCIAL_YEAR.fullmatch(year):
        raise Invalid("A financial year is written as 26-27.", field="year")
    if sequence < 1:
        raise Invalid("Documents are numbered from 1.", field="sequence")
    number = {"invoice": f"{till}/{year}/{sequence:06}", "credit-note": f"{till}/C{year}/{sequence:05}"}[kind]
    if len(number) > LONGEST_NUMBER:
        raise Invalid(f"{number} is longer than 16 characters: this series is full, use another till.", field="till")
    return number
