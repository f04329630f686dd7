"""Backup and restore: one file, taken while the shop sells, that becomes a shop again."""

import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest

from counterfoil.cli import main
from counterfoil.people.models import ApiToken
from tests.databases import fresh_database
from tests.live import COMMAND, LiveShop
from tests.processes import Program

CLIENTS = 8
ENOUGH = 24  # invoices before the backup begins
FLOAT = {"100": 100, "50": 100, "20": 100, "10": 100, "5": 9000, "2": 9000, "1": 9000}
SALE = {"lines": [{"product": "P004", "quantity": "2"}], "payments": [{"method": "cash", "amount": "12.00"}]}
ASHA = {"name": "Asha Rao", "email": "asha@example.com"}
SALES: list[dict[str, Any]] = [
    SALE,
    {**SALE, "payments": [{"method": "cash", "notes": {"20": 1}}]},
    {"lines": [{"product": "P002", "quantity": "0.010"}], "payments": [{"method": "cash", "notes": {"5": 1}}]},
    {**SALE, "customer": ASHA, "payments": [{"method": "upi", "amount": "12.00"}]},
]


class Clients:
    """Tills that sell until told to stop, and remember what was acknowledged."""

    def __init__(self, shop: LiveShop) -> None:
        self.shop, self.stop = shop, threading.Event()
        self.acknowledged: list[str] = []
        self.refused: list[Any] = []
        self.threads = [threading.Thread(target=self._sell, args=[n]) for n in range(CLIENTS)]

    def _sell(self, client: int) -> None:
        count = 0
        while not self.stop.is_set():
            count += 1
            sale, key = SALES[(client + count) % len(SALES)], f"client-{client}-{count:05}"
            status, answer = self.shop.api("POST", "/invoices", sale, Idempotency_Key=key)
            if status == 201:
                self.acknowledged.append(answer["number"])
            else:
                self.refused.append(answer)

    def __enter__(self) -> "Clients":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()


def command(environment: dict[str, str], *words: str) -> tuple[int, str]:
    with Program([*COMMAND, *words], environment=environment) as program:
        code = program.wait(seconds=60)
        return code, program.output


@pytest.mark.long
def test_a_backup_taken_during_sales_becomes_a_shop_with_every_invoice(tmp_path: Path, empty_database: str) -> None:
    kept = tmp_path / "shop.backup"
    with LiveShop(folder=tmp_path / "shop", database_url=empty_database) as shop:
        shop.stock_up()
        assert shop.api("POST", "/tills/A/count", {"notes": FLOAT})[0] == 200
        with Clients(shop) as clients:
            while len(clients.acknowledged) < ENOUGH and not clients.refused:
                clients.stop.wait(0.05)
            before = list(clients.acknowledged)
            shop.command("backup", str(kept))
        assert clients.refused == []
        assert len(clients.acknowledged) > len(before)
        code, told = command(shop.environment, "restore", str(kept))
        assert code == 1
        assert "--force" in told
    with fresh_database(tmp_path) as url:
        other = {"COUNTERFOIL_DATA_DIR": str(tmp_path / "other"), "DATABASE_URL": url, "SECRET_KEY": ""}
        code, told = command(other, "restore", str(kept))
        assert code == 0, told
        assert "every invariant holds" in told
        with LiveShop(folder=tmp_path / "other", database_url=url) as again:
            assert again.password == ""  # its owner came with it
            assert {again.api("GET", f"/invoices/{number}")[0] for number in before} == {200}
            assert again.api("POST", "/invoices", SALE, Idempotency_Key="after-the-restore")[0] == 201


@pytest.mark.django_db
def test_a_damaged_file_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept, spoilt, half = tmp_path / "kept", tmp_path / "spoilt", tmp_path / "half"
    assert main(["token", "create", "before"]) == 0
    assert main(["backup", str(kept)]) == 0
    assert kept.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(kept) as whole, zipfile.ZipFile(spoilt, "w") as other:
        for name in whole.namelist():
            text = whole.read(name)
            other.writestr(name, text.replace(b"before", b"BEFORE") if name.startswith("people_") else text)
    half.write_bytes(kept.read_bytes()[:300])
    assert main(["token", "create", "after"]) == 0
    capsys.readouterr()
    for file in (spoilt, half, tmp_path / "nowhere"):
        assert main(["restore", str(file)]) == 1
    assert "people_apitoken is not what the manifest says" in capsys.readouterr().err
    assert set(ApiToken.objects.values_list("name", flat=True)) == {"before", "after"}
    assert main(["restore", str(kept)]) == 0
    assert set(ApiToken.objects.values_list("name", flat=True)) == {"before"}
