"""What the API answers of a till's sessions, for its OpenAPI document."""

from typing import Annotated

from pydantic import BaseModel, Field

from counterfoil.api import answers


class Session(BaseModel):
    number: int
    opened_at: answers.Time
    opened_by: str
    closed_at: answers.Time | None
    closed_by: str
    invoices: int
    kept: Annotated[answers.Amount | None, Field(description="Sales less returns; null while it may not be seen.")]
    variance: answers.Notes | None
    variance_total: answers.Amount | None


class Sessions(BaseModel):
    items: list[Session]
    next: answers.Next


class SessionMethod(BaseModel):
    method: str
    documents: int
    amount: answers.Amount


class SessionCash(BaseModel):
    kind: str
    at: answers.Time
    by: str
    reason: str
    amount: answers.Amount
    notes: answers.Notes


class SessionNote(BaseModel):
    """One denomination: the signed columns add up to `expected`."""

    value: str
    opening: int
    received: int
    change: int
    refund: int
    cash_in: int
    cash_out: int
    safe_drop: int
    corrected: int
    expected: int
    counted: int | None
    variance: int | None


class SessionReport(BaseModel):
    """An X report (`kind` x) of a session that is open, a Z report (z) of one that is closed."""

    kind: str
    number: int
    till: str
    till_name: str
    opened_at: answers.Time
    opened_by: str
    closed_at: answers.Time | None
    closed_by: str
    until: answers.Time
    handed_from: str
    handed_to: str
    invoices: int
    credit_notes: int
    first_number: str
    last_number: str
    taxable: answers.Amount
    tax: answers.Amount
    net: answers.Amount
    rounding: answers.Amount
    payable: answers.Amount
    refunded: answers.Amount
    kept: answers.Amount
    currency: str
    supplier: dict[str, str]
    methods: list[SessionMethod]
    taxes: list[answers.Tax]
    cash: list[SessionCash]
    notes: list[SessionNote]
    expected_total: answers.Amount
    counted_total: answers.Amount | None
    variance_total: answers.Amount | None
    variance: answers.Notes
    opening_difference: answers.Notes | None
    suspects: dict[str, list[str]]
