"""One cell into one value, by the rules that the API and the pages have, after undoing what spreadsheets do to it."""

import re

from counterfoil.checkout.sale import read_email, read_state, read_text
from counterfoil.exchange.cells import Broken, Number
from counterfoil.rules.errors import Invalid
from counterfoil.rules.money import QUANTITY_AT_MOST_MILLI, parse_amount, parse_rate
from counterfoil.rules.tax import STATES, check_gstin

_SHORTENED = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?[eE][+]?[0-9]+")
_CURRENCY = re.compile(r"^(₹|Rs\.?|INR)\s*|\s*(₹|/-)$", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]{1,3}((\.[0-9]{3})*|[0-9]*),[0-9]{1,2}")
_EITHER_COMMA = re.compile(r"[+-]?[0-9]{1,3},[0-9]{3}")
_ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|#+)")
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
YES = {"yes", "y", "true", "1", "enabled", "active", "on"}
NO = {"no", "n", "false", "0", "disabled", "inactive", "off"}
_STATE_OF = {name.casefold(): code for code, name in STATES.items()}


def neutral(text: str) -> str:
    """A text that a spreadsheet would take for a formula gets an apostrophe, and another one if it had some."""
    return f"'{text}" if _FORMULA.match(text) else text


def read_cell(cell: str) -> str:
    """The cell's text, or Invalid where the spreadsheet lost it. Undoes `neutral`."""
    if isinstance(cell, Broken):
        raise Invalid(cell.why)
    if isinstance(cell, Number):
        return cell
    text = cell.strip(" \xa0\ufeff")
    first = text[:1]
    if first == "#" and _ERROR.fullmatch(text):
        raise Invalid("The spreadsheet shows an error here.")
    return text[1:] if first == "'" and _FORMULA.match(text) else text


def read_code(cell: str, *, longest: int = 40) -> str:
    """Codes, barcodes and phone numbers: digits that are no number. What Excel shortened is refused."""
    text = cell.strip()
    if _SHORTENED.fullmatch(text):
        raise Invalid(f"Excel shortened this to {text}: format the column as Number without decimals, and save again.")
    if isinstance(cell, Number) and len(text.partition(".")[0].lstrip("-")) > 15:
        raise Invalid("Excel keeps only 15 digits of a number: format the column as Text and type it again.")
    return read_text(text, longest=longest)


def read_product_code(cell: str) -> str:
    text = read_code(cell)
    if not text:
        raise Invalid("Give the product a code.")
    parts = text.split("/")
    if not text.isprintable() or "" in parts or "." in parts or ".." in parts or parts[-1] == "stock":
        raise Invalid("Use printable characters; an address could not be made of this one.")
    return text


def read_name(cell: str) -> str:
    text = read_text(" ".join(cell.split()), longest=120)
    if not text:
        raise Invalid("Give a name.")
    return text


def read_hsn(cell: str) -> str:
    """The number of digits is even: an odd one has lost its leading zero to Excel."""
    text = read_code(cell, longest=12).replace(" ", "").removesuffix(".0")
    if text.isascii() and text.isdecimal() and len(text) in (3, 5, 7):
        text = f"0{text}"
    if text and not (text.isascii() and text.isdecimal() and len(text) in (2, 4, 6, 8)):
        raise Invalid("An HSN code has 4, 6 or 8 digits.")
    return text


def _figure(cell: str, semicolons: bool) -> str:
    """A number as people write it, for the rules to read: ₹ 1,234.50, Rs. 20/-, 12,50."""
    text = _CURRENCY.sub("", _CURRENCY.sub("", cell.strip())).strip()
    if semicolons and _EITHER_COMMA.fullmatch(text):
        raise Invalid(f"Is {text} a thousand or a part? Write it without the comma, or with a decimal point.")
    if _DECIMAL_COMMA.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return text


def read_amount(cell: str, *, semicolons: bool = False) -> int:
    return parse_amount(_figure(cell, semicolons))


def read_milli(cell: str, *, semicolons: bool = False) -> int:
    return parse_amount(_figure(cell, semicolons), decimals=3, at_most=QUANTITY_AT_MOST_MILLI)


def read_rate(cell: str) -> int:
    text = re.sub(r"^(GST|IGST|VAT|Tax)\s*@?\s*", "", cell.strip(), flags=re.IGNORECASE)
    text = text.removesuffix("%").strip()
    return parse_rate(text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text)


def read_flag(cell: str) -> bool:
    text = cell.strip().casefold()
    if text in YES:
        return True
    if text in NO:
        return False
    raise Invalid("Write yes or no.")


def read_gstin(cell: str) -> str:
    return check_gstin(read_text(cell.strip(), longest=20))


def read_state_code(cell: str) -> str:
    """29, 9 for 09, Karnataka, or 29-Karnataka."""
    text = cell.strip()
    if text.casefold() in _STATE_OF:
        return _STATE_OF[text.casefold()]
    head = re.match(r"([0-9]{1,2})(\s*[-–:]?\s*[^0-9]*)$", text)
    return read_state(head[1].zfill(2) if head else text)


def read_mail(cell: str) -> str:
    return read_email(cell.strip().removeprefix("mailto:"))


def read_address(cell: str) -> str:
    text = cell.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return read_text(text, longest=400, newlines=True)
