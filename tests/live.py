"""The shop as a program of its own, as its users start it: for browser tests, and whatever must see real processes."""

import json
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError

from tests.processes import Program
from tests.servers import LOOPBACK, free_port

START_SECONDS = 60
COMMAND = [sys.executable, "-c", "import sys; from counterfoil.cli import main; sys.exit(main())"]


class LiveShop:
    """`counterfoil serve` on a free port, with a database and a data folder of its own.

    `owner` and `password` are those that the first start printed. A second LiveShop with the same folder and database
    is the same shop on its second day.
    """

    def __init__(
        self,
        *,
        folder: Path,
        database_url: str,
        environment: Mapping[str, str] | None = None,
        arguments: tuple[str, ...] = ("--no-demo",),
    ) -> None:
        self.environment = {
            "COUNTERFOIL_DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "SECRET_KEY": "",
            **(environment or {}),
        }
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.owner = self.password = self._token = ""
        self.cookies: list[Any] = []  # of a browser that has logged in
        self.program = Program(
            [*COMMAND, "serve", "--host", LOOPBACK, "--port", str(self.port), *arguments], environment=self.environment
        )
        try:
            # The address comes last, once the shop answers there.
            self.program.wait_for(rf"http://{LOOPBACK}:{self.port}", seconds=START_SECONDS)
        except BaseException:
            self.program.stop()
            raise
        for line in self.program.lines:
            self.owner = line.removeprefix("Owner: ") if line.startswith("Owner: ") else self.owner
            self.password = line.removeprefix("Password: ") if line.startswith("Password: ") else self.password

    def command(self, *words: str) -> str:
        """What `counterfoil WORDS` prints, in this shop."""
        with Program([*COMMAND, *words], environment=self.environment) as program:
            code = program.wait(seconds=START_SECONDS)
            assert code == 0, program.output
            return program.output

    @property
    def token(self) -> str:
        if not self._token:
            self._token = self.command("token", "create", "tests").splitlines()[-1]
        return self._token

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of one call under /api/v1; header names with underscores for hyphens."""
        request = urllib.request.Request(f"{self.url}/api/v1{path}", method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read() or b"null")

    def stock_up(self) -> None:
        """The products of the small shop, through the API."""
        from tests.shop import PRODUCTS

        for code, (name, price, inclusive, rate_bp, stock_milli, unit, hsn, barcode, enabled) in PRODUCTS.items():
            body = {
                "code": code,
                "name": name,
                "unit": unit,
                "hsn": hsn,
                "barcode": barcode or None,
                "enabled": enabled,
            }
            body |= {"unit_price": f"{price // 100}.{price % 100:02}", "price_includes_tax": inclusive}
            body |= {"tax_rate": f"{rate_bp // 100}.{rate_bp % 100:02}"}
            body |= {"stock": None if stock_milli is None else str(stock_milli // 1000)}
            status, answer = self.api("POST", "/products", body)
            assert status == 201, answer

    def stop(self) -> int:
        return self.program.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
