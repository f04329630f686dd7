"""An import from bytes to verdicts, and on to the shop."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from tests.shop import OPENED_AT, SmallShop

NOW = OPENED_AT + timedelta(hours=1)


@dataclass
class Import:
    """A file that was looked at: what would become of its rows."""

    kept: Any
    meta: dict[str, Any]

    @property
    def totals(self) -> tuple[int, int, int, int]:
        """New, changed, unchanged, refused."""
        totals = self.meta["totals"]
        return (totals["create"], totals["change"], totals["same"], totals["refuse"])

    def row(self, number: int) -> Any:
        return next(verdict for verdict in self.kept.all_verdicts() if verdict.row == number)

    def why(self, number: int) -> str:
        return "; ".join(f"{field}: {why}" for field, why in self.row(number).details)

    def apply(self, *, only_good: bool = False) -> dict[str, Any]:
        from counterfoil.exchange.actions import apply_file

        return apply_file(kept=self.kept, only_good=only_good, now=NOW)


Look = Callable[..., Import]


@pytest.fixture
def look(shop: SmallShop, settings: Settings, tmp_path: Any) -> Look:
    """Keeps the file as the owner's and runs the dry run."""
    from counterfoil.exchange import actions, keeping

    settings.DATA_DIR = tmp_path

    def look(data: bytes, kind: str = "products", **options: bool) -> Import:
        meta = {"kind": kind, "name": "list.csv", "options": options}
        kept = keeping.keep(user_id=shop.owner.pk, chunks=[data], meta=meta)
        return Import(kept, actions.check_file(kept=kept))

    return look
