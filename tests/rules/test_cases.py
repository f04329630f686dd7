"""Worked cases from tax papers, standards and peers' published tests: figures in cases.json, each with its source."""

import json
from pathlib import Path
from typing import Any

import pytest

from counterfoil.rules.money import format_amount, format_rate, parse_amount, parse_discount, parse_quantity, parse_rate
from counterfoil.rules.pricing import CartLine, Policy, PricedSale, price

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))
SALE_FIGURES = ("taxable", "tax", "net", "rounding", "payable")
LINE_FIGURES = {"share": "bill_discount_paise"} | {
    name: f"{name}_paise" for name in ("value", "discount", "taxable", "tax", "total")
}


def price_case(case: dict[str, Any]) -> PricedSale:
    lines = [
        CartLine(
            quantity_milli=parse_quantity(line["quantity"]),
            unit_price_paise=parse_amount(line["unit_price"]),
            price_includes_tax=line["price_includes_tax"],
            tax_rate_bp=parse_rate(line["tax_rate"]),
            discount=parse_discount(line["discount"]),
        )
        for line in case["lines"]
    ]
    policy = Policy(
        heads=tuple(case["heads"]),
        tax_rounding=case["tax_rounding"],
        payable_rounding=case["payable_rounding"],
        payable_unit_paise=parse_amount(case["payable_unit"]),
    )
    return price(lines, discount=parse_discount(case["discount"]), policy=policy)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_worked_case_comes_out_to_the_paisa(case: dict[str, Any]) -> None:
    sale = price_case(case)
    expected = case["expect"]
    for name in SALE_FIGURES:
        if name in expected:
            assert format_amount(getattr(sale, f"{name}_paise")) == expected[name], name
    if "discount_total" in expected:
        assert format_amount(sale.discount_paise) == expected["discount_total"]
    if "taxes" in expected:
        assert [
            [tax.name, format_rate(tax.rate_ppm), format_amount(tax.taxable_paise), format_amount(tax.amount_paise)]
            for tax in sale.taxes
        ] == expected["taxes"]
    for line, priced in zip(case["lines"], sale.lines, strict=True):
        for name, figure in line.get("expect", {}).items():
            assert format_amount(getattr(priced, LINE_FIGURES[name])) == figure, name


def test_there_are_at_least_forty_cases_and_each_names_its_source() -> None:
    assert len(CASES) >= 40
    assert all(case["source"] and (case["expect"] or any("expect" in line for line in case["lines"])) for case in CASES)
    assert len({case["name"] for case in CASES}) == len(CASES)
