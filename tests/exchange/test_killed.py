"""An import killed while it writes leaves nothing half-done, and can be done again."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import ROOT

IMPORT = """
import sys, django
django.setup()
from django.core.management import call_command
from django.utils import timezone
call_command("migrate", verbosity=0)
from counterfoil.catalog.models import Product, StockMovement
from counterfoil.audit.models import Entry
from counterfoil.exchange import actions, keeping
print("before", Product.objects.count(), StockMovement.objects.count(), Entry.objects.filter(what="product").count())
lines = "".join(f"N{i},Thing {i},20,5,7\\n" for i in range(2500))
kept = keeping.keep(
    user_id=1, chunks=[f"Code,Name,Price,Tax,Stock\\n{lines}".encode()],
    meta={"kind": "products", "name": "x", "options": {}},
)
print("totals", *actions.check_file(kept=kept)["totals"].values(), flush=True)
actions.apply_file(kept=kept, only_good=False, now=timezone.now())
print("after", Product.objects.count(), StockMovement.objects.count(), Entry.objects.filter(what="product").count())
"""


@pytest.mark.long
def test_an_import_killed_half_way_leaves_nothing(empty_database: str, tmp_path: Path) -> None:
    environment = {
        **os.environ, "DATABASE_URL": empty_database, "COUNTERFOIL_DATA_DIR": str(tmp_path / "data"),
        "DJANGO_SETTINGS_MODULE": "counterfoil.config.settings",
    }  # fmt: skip

    def run(crash_at: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", IMPORT], cwd=ROOT, env={**environment, "COUNTERFOIL_CRASH_AT": crash_at},
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    killed = run("import:2")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert killed.stdout.split("\n")[:2] == ["before 0 0 0", "totals 2500 0 0 0"]
    again = run("")
    assert again.returncode == 0, again.stderr
    assert again.stdout.split("\n")[:3] == ["before 0 0 0", "totals 2500 0 0 0", "after 2500 2500 2500"]
