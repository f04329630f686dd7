"""What the API answers, for its OpenAPI document. The views answer these shapes without building the models."""

from typing import Annotated

from pydantic import BaseModel, Field

Amount = Annotated[str, Field(pattern=r"^-?\d+\.\d{2}$", examples=["472.00"])]
Quantity = Annotated[str, Field(pattern=r"^-?\d+\.\d{3}$", examples=["1.250"])]
Rate = Annotated[str, Field(pattern=r"^\d+\.\d{2,}$", examples=["18.00"])]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-22T10:15:00+05:30"])]
Notes = Annotated[dict[str, int], Field(examples=[{"500": 2, "20": 3}])]
Next = Annotated[str | None, Field(description="Send it as `cursor` for the next page; null on the last.")]


class Shop(BaseModel):
    name: str
    address: str
    gstin: str
    state: str
    email: str
    phone: str
    upi_id: str
    currency: str
    time_zone: str
    tax_regime: str
    tax_name: str
    tax_rounding: str
    payable_rounding: str
    payable_unit: Amount
    prices_include_tax: bool
    waive_limit: Amount
    change_strategy: str
    blind_close: bool


class Product(BaseModel):
    code: str
    name: str
    unit_price: Amount
    price_includes_tax: bool
    tax_rate: Rate
    tax_class: str
    stock: Quantity | None
    enabled: bool
    barcode: str | None
    hsn: str
    unit: str
    category: str
    reorder_level: Quantity | None


class Products(BaseModel):
    items: list[Product]
    next: Next


class DatedRate(BaseModel):
    from_: Annotated[str, Field(alias="from", examples=["2026-04-01"])]
    rate: Rate


class TaxClass(BaseModel):
    name: str
    rate: Annotated[Rate, Field(description="Today's.")]
    rates: list[DatedRate]


class TaxClasses(BaseModel):
    items: list[TaxClass]
    next: Next


class Customer(BaseModel):
    id: int
    name: str
    email: str
    phone: str
    gstin: str
    state: str
    address: str
    enabled: bool


class Customers(BaseModel):
    items: list[Customer]
    next: Next


class Denomination(BaseModel):
    value: Annotated[str, Field(examples=["500", "0.50"])]
    enabled: bool
    coin: bool


class Denominations(BaseModel):
    items: list[Denomination]
    next: Next


class Till(BaseModel):
    code: str
    name: str
    enabled: bool
    counted: bool


class Tills(BaseModel):
    items: list[Till]
    next: Next


class Drawer(BaseModel):
    counted: bool
    notes: Notes
    total: Amount


class Count(BaseModel):
    till: str
    expected: Notes
    counted: Notes
    variance: Notes
    expected_total: Amount
    counted_total: Amount
    variance_total: Amount


class Change(BaseModel):
    change: Notes


class Party(BaseModel):
    id: int | None
    name: str
    email: str
    phone: str
    gstin: str
    state: str
    address: str


class Line(BaseModel):
    position: int
    product: str | None
    name: str
    quantity: Quantity
    unit_price: Amount
    price_includes_tax: bool
    discount: Amount
    bill_discount: Amount
    tax_rate: Rate
    taxable: Amount
    tax: Amount
    total: Amount


class Tax(BaseModel):
    name: str
    rate: Rate
    taxable: Amount
    amount: Amount


class Payment(BaseModel):
    method: str
    amount: Amount
    reference: str = ""
    notes: Notes = {}


class Email(BaseModel):
    state: Annotated[str, Field(examples=["none", "queued", "sending", "sent", "failed", "unknown"])]
    sent: bool
    fail_count: int
    last_error: str


class Mail(Email):
    number: str
    to: str
    next_attempt_at: Time | None


class _Priced(BaseModel):
    kind: str
    issued_at: Time
    till: str
    customer: Party | None
    lines: list[Line]
    discount: Amount
    taxable_total: Amount
    tax_total: Amount
    net_total: Amount
    taxes: list[Tax]
    rounding: Amount
    rounded_payable: Amount
    paid: Amount
    change_due: Amount
    change: Notes
    payments: list[Payment]


class Invoice(_Priced):
    number: Annotated[str, Field(examples=["A/26-27/000001"])]
    email: Email
    credit_notes: list[str]
    digest: str


class Invoices(BaseModel):
    items: list[Invoice]
    next: Next


class PriceProblem(BaseModel):
    code: str
    message: str


class Price(_Priced):
    problems: list[PriceProblem]
