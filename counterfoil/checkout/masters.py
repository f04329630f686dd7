"""What all sales read alike, and kept while its edition stays: the shop's settings, tax rates and denominations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from counterfoil import edition
from counterfoil.catalog import queries as catalog
from counterfoil.shop import queries as shop
from counterfoil.store import send
from counterfoil.till import statements as till


@dataclass(frozen=True, slots=True)
class Masters:
    shop: shop.Settings
    rates: Mapping[int, list[tuple[date, int]]]  # tax class → (first day, rate in bp), in order
    money: till.Money


_kept: dict[str, Masters] = {}  # of the last edition that this process has seen


def masters(mark: str) -> Masters:
    """As they are now. `mark`: the edition that was read a moment ago."""
    if found := _kept.get(mark):
        return found
    before, settings, rates, money, after = send(
        edition.ask(), shop.ask(), catalog.ask_rates(), till.ask_money(), edition.ask()
    )
    found = Masters(settings, rates, money)
    if before and before == after:  # nothing was changed from the first of these statements to the last
        _kept.clear()
        _kept[after] = found
    return found
