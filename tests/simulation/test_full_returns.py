"""Everything given back in random steps gives back exactly what was paid: 10,000 random invoices by the pure rules,
and some of them through the database, with goods, cash and credit notes.

A failure names the seed of its invoice; each invoice has one of its own.
"""

import os
from random import Random
from typing import Any

import pytest

from counterfoil.billing.models import Invoice
from counterfoil.checkout.plan import Cashier
from counterfoil.checkout.returns import ReturnIn, take_back
from counterfoil.checkout.sale import read
from counterfoil.cli.verify.command import examine
from counterfoil.rules.errors import AlreadyReturned, Invalid
from counterfoil.rules.money import Discount
from counterfoil.rules.pricing import CartLine, Policy, price
from counterfoil.rules.returns import Credit, Sold, SoldLine, give_back
from counterfoil.shop import actions as shop_actions
from tests.checkout.conftest import NOON, sell
from tests.shop import SmallShop
from tests.simulation.books import milli, paise

PURE_INVOICES = int(os.environ.get("COUNTERFOIL_RETURNS", "10000"))
REAL_INVOICES = 50
FIRST_SEED = int(os.environ.get("COUNTERFOIL_SEED", "1"))
HEADS = (("CGST", "SGST"), ("CGST", "UTGST"), ("IGST",), ("Tax",))
RATES_BP = (0, 25, 300, 500, 1200, 1800, 2800, 4000)
FIGURES = ("discount_paise", "taxable_paise", "tax_paise", "net_paise", "rounding_paise", "payable_paise")
LINE_FIGURES = (
    "quantity_milli", "value_paise", "discount_paise", "bill_discount_paise", "taxable_paise", "tax_paise",
    "total_paise",
)  # fmt: skip


def random_discount(dice: Random) -> Discount:
    way = dice.random()
    if way < 0.6:
        return Discount()
    return Discount(amount_paise=dice.randint(0, 5000)) if way < 0.8 else Discount(rate_bp=dice.randint(0, 10_000))


def random_line(dice: Random) -> CartLine:
    loose = dice.random() < 0.4
    return CartLine(
        quantity_milli=dice.randint(1, 20_000) if loose else dice.randint(1, 12) * 1000,
        unit_price_paise=dice.choice([dice.randint(0, 20), dice.randint(0, 5_000), dice.randint(0, 1_000_000)]),
        price_includes_tax=dice.random() < 0.5,
        tax_rate_bp=dice.choice([*RATES_BP, dice.randint(0, 10_000)]),
        discount=random_discount(dice),
    )


def random_policy(dice: Random) -> Policy:
    return Policy(
        heads=dice.choice(HEADS),
        tax_rounding=dice.choice(["rate", "line"]),
        payable_rounding=dice.choice(["down", "nearest", "none"]),
        payable_unit_paise=dice.choice([1, 5, 50, 100, 1000]),
    )


def steps(dice: Random, left: dict[int, int], *, patience: int) -> list[dict[int, int]]:
    """`left` ({position: milli}) in random parts, every piece once; after `patience` steps a line goes whole."""
    parts: list[dict[int, int]] = []
    while any(left.values()):
        positions = [position for position, most in left.items() if most]
        part = {}
        for position in dice.sample(positions, dice.randint(1, len(positions))):
            most = left[position]
            whole_pieces = most % 1000 == 0 and dice.random() < 0.6
            part[position] = dice.randint(1, most // 1000) * 1000 if whole_pieces else dice.randint(1, most)
            part[position] = most if len(parts) >= patience else part[position]
            left[position] -= part[position]
        parts.append(part)
    return parts


def give_all_back(dice: Random, sold: Sold) -> list[Credit]:
    credits, returned = [], dict.fromkeys((line.position for line in sold.lines), 0)
    for part in steps(dice, {line.position: line.quantity_milli for line in sold.lines}, patience=6):
        credits.append(give_back(sold, returned_milli=returned, now_milli=part))
        for position, quantity_milli in part.items():
            returned[position] += quantity_milli
    return credits


@pytest.mark.long
@pytest.mark.pure
def test_ten_thousand_invoices_come_back_to_the_paisa() -> None:
    in_steps = 0
    for seed in range(FIRST_SEED, FIRST_SEED + PURE_INVOICES):
        dice = Random(seed)
        policy, lines = random_policy(dice), [random_line(dice) for _ in range(dice.randint(1, 8))]
        sale = price(lines, discount=random_discount(dice), policy=policy)
        shared = [name for name in SoldLine.__dataclass_fields__ if name != "position"]
        sold = Sold(
            lines=tuple(SoldLine(n, *(getattr(line, name) for name in shared)) for n, line in enumerate(sale.lines, 1)),
            heads=policy.heads,
            payable_paise=sale.payable_paise,
            payable_rounding=policy.payable_rounding,
            payable_unit_paise=policy.payable_unit_paise,
        )
        credits = give_all_back(dice, sold)
        in_steps += len(credits) > 1
        for name in FIGURES:
            assert sum(getattr(c, name) for c in credits) == getattr(sale, name), f"seed {seed}: {name}"
        assert all(c.payable_paise >= 0 for c in credits), f"seed {seed}: a refund below zero"
        for n, line in enumerate(sale.lines, 1):
            back = [part for c in credits for part in c.lines if part.position == n]
            for name in LINE_FIGURES:
                assert sum(getattr(b, name) for b in back) == getattr(line, name), f"seed {seed}: line {n}, {name}"
        with pytest.raises(AlreadyReturned):
            give_back(sold, returned_milli={line.position: line.quantity_milli for line in sold.lines})
    assert in_steps > PURE_INVOICES // 2


def random_basket(dice: Random) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for _ in range(dice.randint(1, 4)):
        code = dice.choice(["P001", "P002", "P003", "P004"])
        line = {"product": code, "quantity": "0.375" if code == "P002" else str(dice.randint(1, 3))}
        lines.append(line | ({"discount": dice.choice(["7%", "1.25"])} if dice.random() < 0.3 else {}))
    if dice.random() < 0.4:
        lines.append({"name": "Gift wrap", "unit_price": "14.99", "tax_rate": "18", "quantity": "1.333"})
    return lines, {"discount": dice.choice(["3%", "2.50"])} if dice.random() < 0.4 else {}


def return_all(dice: Random, invoice: dict[str, Any], seed: int) -> list[dict[str, Any]]:
    """In random steps; a step too small to be given back by itself, to the paisa, is joined to the next."""
    notes: list[dict[str, Any]] = []
    waiting: dict[int, int] = {}
    bought = {line["position"]: milli(line["quantity"]) for line in invoice["lines"]}
    for n, part in enumerate(steps(dice, bought, patience=2)):
        waiting = {p: waiting.get(p, 0) + part.get(p, 0) for p in {*waiting, *part}}
        asked = [{"position": p, "quantity": f"{q // 1000}.{q % 1000:03}"} for p, q in sorted(waiting.items())]
        request = read(ReturnIn, {"lines": asked, "refund": [{"method": "card"}]})
        try:
            outcome = take_back(
                number=invoice["number"], request=request, key=f"back-{seed}-{n}", cashier=Cashier(), now=NOON
            )
        except Invalid as refusal:
            if "So little" not in refusal.detail:
                raise
            continue
        notes.append(outcome.document)
        waiting = {}
    assert not waiting, f"seed {seed}: the last step was refused"
    return notes


@pytest.mark.long
def test_fifty_invoices_come_back_through_the_database(shop: SmallShop) -> None:
    before = {code: shop.stock_milli(code) for code in ("P001", "P002", "P003")}
    for seed in range(FIRST_SEED, FIRST_SEED + REAL_INVOICES):
        dice = Random(seed)
        policy = {"tax_rounding": dice.choice(["rate", "line"]),
                  "payable_rounding": dice.choice(["down", "nearest", "none"])}  # fmt: skip
        shop_actions.change_shop(changes=policy, now=NOON)
        lines, more = random_basket(dice)
        invoice = sell(*lines, **more).document
        notes = return_all(dice, invoice, seed)
        for name in ("taxable_total", "tax_total", "net_total", "rounded_payable", "paid"):
            assert sum(paise(note[name]) for note in notes) == paise(invoice[name]), f"seed {seed}: {name}"
        with pytest.raises(AlreadyReturned):
            take_back(
                number=invoice["number"], request=ReturnIn(), key=f"once-more-{seed}", cashier=Cashier(), now=NOON
            )
    assert {code: shop.stock_milli(code) for code in before} == before
    assert Invoice.objects.filter(kind="credit-note").count() > REAL_INVOICES
    found = examine()
    assert found.ok, [breach.line() for breach in found.breaches[:20]]
