"""How long a large import and export take, beside the bare writing of the same products.

`uv run --group test python -m bench.exchange [--database postgres|sqlite] [--rows N]`

The dry run, the import (judged once more, then written in one transaction with movements and audit entries), the dry
run again (nothing may change), and the export to CSV and XLSX. The floor is `executemany` of the products' columns
alone, in one transaction on the same server, right before.
"""

import argparse
import os
import time
from contextlib import ExitStack
from typing import Any

from tests.servers import postgres, temporary_folder

LINE = "N{0:05},Thing number {0} of the list,89{0:011},Group {1},pc,3305,{2}.50,{3},{4}\n"
COLUMNS = (
    "code",
    "name",
    "unit_price_paise",
    "price_includes_tax",
    "tax_class_id",
    "enabled",
    "unit",
    "category",
    "hsn",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="sqlite")
    parser.add_argument("--rows", type=int, default=50_000)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        url = f"sqlite:///{folder / 'shop.sqlite3'}"
        if options.database == "postgres":
            url = stack.enter_context(postgres(folder, durable=True))
        os.environ |= {"DATABASE_URL": url, "COUNTERFOIL_DATA_DIR": str(folder / "data"), "CELERY_BROKER_URL": ""}
        os.environ["DJANGO_SETTINGS_MODULE"] = "counterfoil.config.settings"
        for name, seconds, cpu_seconds, said in measure(options.rows):
            rate = round(options.rows / seconds) if seconds else 0
            print(
                f"{name:24}{seconds:8.2f} s {cpu_seconds:7.2f} s of CPU here {rate:8} rows a second  {said}", flush=True
            )


def measure(rows: int) -> Any:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    data = ["Code,Name,Barcode,Category,Unit,HSN,Price,Tax,Stock\n"]
    data += [LINE.format(n, n % 40, 20 + n % 500, (5, 18)[n % 2], n % 90) for n in range(rows)]
    yield timed("floor: the bare rows", lambda: floor(rows))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_product")
    yield from imports("".join(data).encode())
    for form in ("csv", "xlsx"):
        yield timed(f"export to {form}", lambda form=form: export(form))


def timed(name: str, do: Any) -> tuple[str, float, float, Any]:
    started, cpu = time.perf_counter(), time.process_time()
    said = do()
    return name, time.perf_counter() - started, time.process_time() - cpu, said


def floor(rows: int) -> str:
    from django.db import connection, transaction

    marks = ", ".join(["%s"] * len(COLUMNS))
    values = [
        (f"N{n:05}", f"Thing number {n} of the list", 2050, False, 1, True, "pc", f"Group {n % 40}", "3305")
        for n in range(rows)
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO catalog_product ({', '.join(COLUMNS)}) VALUES ({marks})", values)
    return ""


def imports(data: bytes) -> Any:
    from django.utils import timezone

    from counterfoil.exchange import actions, keeping

    meta = {"kind": "products", "name": "list.csv", "options": {"set_stock": True}}
    kept = keeping.keep(user_id=1, chunks=[data], meta=meta)
    yield timed("dry run", lambda: actions.check_file(kept=kept)["totals"])
    apply = timed("import", lambda: actions.apply_file(kept=kept, only_good=False, now=timezone.now())["totals"])
    yield apply
    again = keeping.keep(user_id=1, chunks=[data], meta=meta)
    yield timed("dry run of it again", lambda: actions.check_file(kept=again)["totals"])


def export(form: str) -> str:
    from django.utils import timezone

    from counterfoil.catalog import queries
    from counterfoil.exchange import exports
    from counterfoil.exchange.writing import FORMATS

    found = queries.products(day=timezone.localdate()).order_by("code")
    chunks = FORMATS[form][1]("Products", exports.PRODUCT_HEADINGS, exports.export_products(found))
    return f"{sum(map(len, chunks)) // 1024} KiB"


if __name__ == "__main__":
    main()
