"""Every benchmark beside its floor, in one run: what was found against what was promised.

`uv run --group bench counterfoil-bench [--only PART ...] [--json FILE] [--svg FILE]`

Servers are thrown away afterwards; those whose writes are measured are durable (fsync on, SQLite synchronous=FULL).
The whole takes an hour or so; `growth` and `reads` fill large shops first and take most of it.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import figures

PARTS = {
    "rules": ["bench.rules"],
    "sale": ["bench.sale", "--database", "postgres", "--rounds", "5"],
    "sale-sqlite": ["bench.sale", "--database", "sqlite", "--rounds", "5"],
    "documents": ["bench.documents"],
    "mail": ["bench.mail"],
    "counter": ["bench.counter"],
    "memory": ["bench.memory"],
    "reads": ["bench.reads", "--database", "postgres"],
    "reads-sqlite": ["bench.reads", "--database", "sqlite"],
    "growth": ["bench.growth"],
}
TELLING = ("sale", "sale-sqlite", "memory", "growth", "counter")  # these write figures; of the others the output is all
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=list(PARTS), help="this part (may be given more than once)")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--svg", type=Path, help="draw them there")
    options = parser.parse_args()
    found: list[figures.Figure] = []
    failed: list[str] = []
    with TemporaryDirectory(prefix="counterfoil-bench-") as folder:
        for part in options.only or PARTS:
            path = Path(folder) / f"{part}.json"
            print(f"\n{part}", flush=True)
            began = time.monotonic()
            if subprocess.run(command(part, path), cwd=ROOT).returncode:
                failed.append(part)
            print(f"({time.monotonic() - began:.0f} s)", flush=True)
            if path.exists():
                found += figures.read(path)
    print(f"\nAll of it\n{figures.table(found)}")
    if options.json:
        figures.write(options.json, found)
    if options.svg:
        options.svg.write_text(figures.svg(found, title="What was found against what was promised"), encoding="utf-8")
    if failed:
        raise SystemExit(f"Did not get through: {', '.join(failed)}")


def command(part: str, path: Path) -> list[str]:
    asked = ["--figures", str(path)] if part in TELLING else []
    return [sys.executable, "-m", *PARTS[part], *asked]


if __name__ == "__main__":
    main()
