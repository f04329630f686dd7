"""Who taxes what: the states of GST, the heads that a sale's tax is split into, GSTIN, and rates that have a day."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Literal

from stdnum import luhn
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.in_ import pan

from counterfoil.rules.errors import Invalid

TaxRegime = Literal["gst-india", "simple"]

STATES: dict[str, str] = {
    "01": "Jammu and Kashmir",
    "02": "Himachal Pradesh",
    "03": "Punjab",
    "04": "Chandigarh",
    "05": "Uttarakhand",
    "06": "Haryana",
    "07": "Delhi",
    "08": "Rajasthan",
    "09": "Uttar Pradesh",
    "10": "Bihar",
    "11": "Sikkim",
    "12": "Arunachal Pradesh",
    "13": "Nagaland",
    "14": "Manipur",
    "15": "Mizoram",
    "16": "Tripura",
    "17": "Meghalaya",
    "18": "Assam",
    "19": "West Bengal",
    "20": "Jharkhand",
    "21": "Odisha",
    "22": "Chhattisgarh",
    "23": "Madhya Pradesh",
    "24": "Gujarat",
    "26": "Dadra and Nagar Haveli and Daman and Diu",
    "27": "Maharashtra",
    "29": "Karnataka",
    "30": "Goa",
    "31": "Lakshadweep",
    "32": "Kerala",
    "33": "Tamil Nadu",
    "34": "Puducherry",
    "35": "Andaman and Nicobar Islands",
    "36": "Telangana",
    "37": "Andhra Pradesh",
    "38": "Ladakh",
    "96": "Foreign Country",
    "97": "Other Territory",
}

# Merged or renumbered states: nobody is supplied there any more, but a GSTIN issued under them still exists.
FORMER_STATES: dict[str, str] = {"25": "Daman and Diu", "28": "Andhra Pradesh (before division)"}

# Union territories without a legislature, and "other territory": the Union's own UTGST stands in for SGST.
# Delhi, Puducherry and Jammu and Kashmir have a legislature and their own SGST Act.
UTGST_STATES = frozenset({"04", "25", "26", "31", "35", "38", "97"})

SEEDED_RATES_BP: dict[int, str] = {
    0: "Nil",
    25: "GST 0.25 %",
    150: "GST 1.5 %",
    300: "GST 3 %",
    500: "GST 5 %",
    1800: "GST 18 %",
    4000: "GST 40 %",
}

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def heads(
    *, regime: TaxRegime, tax_name: str = "Tax", shop_state: str = "", place_of_supply: str = ""
) -> tuple[str, ...]:
    """The names that a tax is split under, in equal shares, for a sale of this shop to that place."""
    if regime == "simple":
        return (tax_name,)
    if shop_state and place_of_supply and place_of_supply != shop_state:
        return ("IGST",)
    return ("CGST", "UTGST") if (shop_state or place_of_supply) in UTGST_STATES else ("CGST", "SGST")


def check_gstin(text: str, *, field: str = "gstin") -> str:
    """The GSTIN without spaces in capitals, "" for none, or Invalid with the reason in plain words."""
    gstin = re.sub(r"[\s-]", "", text).upper()
    if gstin and (reason := _wrong_with(gstin)):
        raise Invalid(reason, field=field)
    return gstin


def _wrong_with(gstin: str) -> str:
    if len(gstin) != 15:
        return f"A GSTIN has 15 characters, this one has {len(gstin)}."
    if any(character not in _ALPHABET for character in gstin):
        return "A GSTIN has only the letters A to Z and digits."
    if gstin[:2] not in STATES and gstin[:2] not in FORMER_STATES and gstin[:2] != "99":
        return f"A GSTIN starts with a state code; {gstin[:2]} is none."
    try:
        pan.validate(gstin[2:12])
    except ValidationError:
        return f"Characters 3 to 12 of a GSTIN are the PAN; {gstin[2:12]} is none."
    if gstin[12] == "0":
        return "Character 13 of a GSTIN counts registrations and is never 0."
    try:
        luhn.validate(gstin, _ALPHABET)
    except InvalidChecksum:
        return "The check digit of this GSTIN does not match: look for a mistyped character."
    return ""


def rate_on(day: date, dated: Sequence[tuple[date, int]]) -> int:
    """The rate in force on that day, of (first day, rate in bp) in any order."""
    begun = [(first_day, rate_bp) for first_day, rate_bp in dated if first_day <= day]
    if not begun:
        raise Invalid(f"No tax rate is in force on {day.isoformat()}.", field="tax_rate")
    return max(begun)[1]
