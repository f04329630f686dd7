"""docs/money.md is worked out again: its steps, its bills, its returns and its change."""

import ast
import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from counterfoil.rules.change import format_notes, make_change, smallest_ask
from counterfoil.rules.money import format_amount, format_quantity, format_rate, parse_amount, round_half_away
from counterfoil.rules.returns import Credit, give_back
from tests.rules.test_cases import price_case
from tests.rules.test_returns import sold

PAGE = (Path(__file__).parents[2] / "docs" / "money.md").read_text(encoding="utf-8")
RUPEES = [50000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100]
STEPS = [line for block in re.findall(r"```steps\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
SECTIONS = {part.splitlines()[0]: part for part in PAGE.split("\n## ")[1:]}
BILLS = [name for name in SECTIONS if name.startswith("Bill ")]


def tables(section: str) -> list[list[list[str]]]:
    """Rows of cells of each table, without heading and rule."""
    found = re.findall(r"(?:^\|.*\|\n)+", section, re.MULTILINE)
    return [[[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]] for table in found]


def exact(expression: str) -> Fraction:
    """The value of an expression in +, −, × and ÷, as a fraction."""
    tree = ast.parse(expression.replace("×", "*").replace("÷", "/").replace("−", "-"), mode="eval")
    text = expression.replace("−", "-")

    def value(node: ast.expr) -> Fraction:
        if isinstance(node, ast.Constant):
            return Fraction(text[node.col_offset : node.end_col_offset])
        assert isinstance(node, ast.BinOp)
        left, right = value(node.left), value(node.right)
        match node.op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.Div():
                return left / right
        raise AssertionError(expression)

    return value(tree.body)


def bill(name: str) -> dict[str, Any]:
    found = re.search(r"```json\n(.*?)```", SECTIONS[name], re.DOTALL)
    assert found
    case: dict[str, Any] = {"tax_rounding": "rate"} | json.loads(found[1])
    for line in case["lines"]:
        line.setdefault("discount", "0")
    return case


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_calculated_right(step: str) -> None:
    expression, result = re.split(r" [=≈] ", step)
    value = exact(expression) * 100
    rounded = format_amount(round_half_away(value.numerator, value.denominator))
    expected = result.replace("−", "-")
    if "≈" in step:  # cut off: the remaining paisa went to another line
        assert format_amount(value.numerator // value.denominator) == expected
    else:
        assert rounded == expected


@pytest.mark.parametrize("name", BILLS)
def test_a_bill_comes_out_as_the_page_says(name: str) -> None:
    sale = price_case(bill(name))
    lines, heads, totals = tables(SECTIONS[name])
    assert lines == [
        [str(position)]
        + [
            format_amount(paise)
            for paise in (
                line.value_paise,
                line.discount_paise,
                line.bill_discount_paise,
                line.taxable_paise,
                line.tax_paise,
                line.total_paise,
            )
        ]
        for position, line in enumerate(sale.lines, start=1)
    ]
    assert heads == [
        [tax.name, format_rate(tax.rate_ppm), format_amount(tax.taxable_paise), format_amount(tax.amount_paise)]
        for tax in sale.taxes
    ]
    figures = (sale.taxable_paise, sale.tax_paise, sale.net_paise, sale.rounding_paise, sale.payable_paise)
    assert totals == [[format_amount(paise) for paise in figures]]


def test_there_are_three_bills_and_steps_to_each() -> None:
    assert len(BILLS) == 3
    assert all("```steps" in SECTIONS[name] for name in BILLS)


def test_bill_2_goes_back_as_the_page_says() -> None:
    case = bill(BILLS[1])
    from counterfoil.rules.pricing import Policy

    policy = Policy(tuple(case["heads"]), payable_rounding="down")
    invoice = sold(price_case(case), policy)
    first = give_back(invoice, returned_milli={}, now_milli={2: 1000})
    rest = give_back(invoice, returned_milli={2: 1000})

    def row(credit: Credit) -> list[str]:
        figures = (credit.taxable_paise, credit.tax_paise, credit.net_paise, credit.payable_paise)
        return [format_amount(paise) for paise in figures]

    assert tables(SECTIONS["Taking goods back"]) == [
        [["1", "2", format_quantity(first.lines[0].quantity_milli), *row(first)], ["2", "all", "the rest", *row(rest)]]
    ]


def test_change_is_handed_back_as_the_page_says() -> None:
    def notes(text: str) -> dict[int, int] | None:
        if text == "any":
            return None
        pairs = (pair.split(" × ") for pair in text.split(", "))
        return {parse_amount(value): int(count) for value, count in pairs}

    def written(change: dict[int, int]) -> str:
        return ", ".join(f"{value} × {count}" for value, count in format_notes(change).items())

    rows = tables(SECTIONS["Change"])[0]
    assert len(rows) == 6
    for amount, drawer, answer in rows:
        options: Any = {"denominations": RUPEES, "notes": notes(drawer)}
        change = make_change(parse_amount(amount), **options)
        ask = None if change is not None else smallest_ask(parse_amount(amount), **options)
        if change is not None:
            assert written(change) == answer
        elif ask is not None:
            assert f"ask for {format_amount(ask.amount_paise)}, then {written(ask.change)}" == answer
        else:
            assert answer == "none"
