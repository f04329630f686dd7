"""`counterfoil verify` of a shop so large that several processes share its documents."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from counterfoil.rules.digest import _CANONICAL

# Nothing but the size from which a shop is large, and that of a portion, is made smaller.
PROGRAM = """
import sys
from counterfoil.cli.opened import open_shop
open_shop()
from counterfoil.cli import main
from counterfoil.cli.verify import side_by_side
side_by_side.LARGE_FROM, side_by_side.PORTION, side_by_side.os.cpu_count = 1, 7, lambda: 2
sys.exit(main(sys.argv[1:]))
"""


def counterfoil(folder: Path, *words: str) -> tuple[int, str]:
    environment = {
        **os.environ, "COUNTERFOIL_DATA_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'shop.sqlite3'}",
        "CELERY_BROKER_URL": "", "SECRET_KEY": "", "DJANGO_SETTINGS_MODULE": "counterfoil.config.settings",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", PROGRAM, *words], env=environment, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    counterfoil(tmp_path, "demo", "--invoices", "40", "--seed", "5")
    return tmp_path


def test_several_processes_see_what_one_sees(shop: Path) -> None:
    code, said = counterfoil(shop, "verify", "--json")
    clean = json.loads(said)
    assert (code, clean["ok"], clean["breaches"]) == (0, True, [])
    assert clean["documents"] >= 40
    (file,) = shop.glob("*.sqlite3")
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("DROP TRIGGER billing_invoiceline_no_update")
        database.execute("UPDATE billing_invoiceline SET name = 'Something else' WHERE id % 50 = 7")
        sql = "SELECT DISTINCT number FROM billing_invoice i JOIN billing_invoiceline l ON l.invoice_id = i.id"
        changed = {number for (number,) in database.execute(f"{sql} WHERE l.name = 'Something else'")}
    code, said = counterfoil(shop, "verify", "--json")
    found = json.loads(said)
    assert (code, found["heads"], found["documents"]) == (1, clean["heads"], clean["documents"])
    assert {breach["row"] for breach in found["breaches"] if breach["check"] == "digest"} == changed
    assert changed


PLAIN: Any = st.none() | st.booleans() | st.integers(min_value=-(2**63), max_value=2**63 - 1) | st.text()
INSIDE: Any = PLAIN | st.dictionaries(st.text(), PLAIN, max_size=3).map(lambda kept: dict(sorted(kept.items())))


@given(st.lists(st.tuples(INSIDE, INSIDE)))
def test_what_is_written_quickly_is_the_canonical_form(rows: list[tuple[Any, Any]]) -> None:
    """Else `verify` would only be slower: the canonical form decides."""
    assert to_json(rows).decode() == _CANONICAL.encode(rows)
