"""How long an invoice takes to set, warm: 1, 8 and 200 lines, A4 and receipt, against an empty page in the same run.

Run from the checkout: `python -m bench.documents`. The empty page is Typst with the same fonts and standard, and
nothing on it: what no invoice can be faster than. Each invoice is another one. Rounds take
turns, so that a busy moment hits all alike.
"""

import itertools
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from counterfoil import documents
from counterfoil.documents.glyphs import font_folders
from tests.documents import papers

ROUNDS = 15


def main() -> None:
    with TemporaryDirectory() as folder:
        jobs = {"empty page": _empty_page(Path(folder))}
        for lines, paper in ((1, papers.one_line()), (8, papers.eight_lines()), (200, papers.many_lines(200))):
            jobs[f"{lines} lines, A4"] = _turns(paper, documents.pdf)
            jobs[f"{lines} lines, receipt"] = _turns(paper, partial(documents.pdf, format="receipt"))
            jobs[f"{lines} lines, letter"] = _turns(paper, lambda document: documents.letter(document).html.encode())
        _report(jobs)


def _turns(paper: dict[str, Any], make: Callable[[dict[str, Any]], bytes]) -> Callable[[], bytes]:
    turn = itertools.count(1)
    return lambda: make(_another(paper, next(turn)))


def _another(paper: dict[str, Any], turn: int) -> dict[str, Any]:
    """The same size of bill with other words and figures on every line: Typst keeps what it has set before."""
    lines = [
        line | {"name": f"{line['name']} {turn}", "total": f"{turn}.{i % 100:02d}", "taxable": f"{i}.{turn % 100:02d}"}
        for i, line in enumerate(paper["lines"])
    ]
    return paper | {"number": f"Z/26-27/{turn:06}", "lines": lines, "rounded_payable": f"{turn}.00"}


def _empty_page(folder: Path) -> Callable[[], bytes]:
    source = folder / "empty.typ"
    source.write_text('#set page(paper: "a4")\n#sys.inputs.turn.slice(0, 0)\n')
    fonts: list[Any] = [str(path) for path in font_folders()]
    compiler = typst.Compiler(str(source), root=str(folder), font_paths=fonts, ignore_system_fonts=True)
    turn = itertools.count(1)

    def compile_one() -> bytes:
        inputs = {"turn": str(next(turn))}
        made = compiler.compile(format="pdf", pdf_standards=["a-3b"], timestamp=0, sys_inputs=inputs)
        assert isinstance(made, bytes)
        return made

    return compile_one


def _report(jobs: dict[str, Callable[[], bytes]]) -> None:
    spent: dict[str, list[float]] = {name: [] for name in jobs}
    sizes = {name: len(job()) for name, job in jobs.items()}
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            started = time.perf_counter()
            job()
            spent[name].append(1000 * (time.perf_counter() - started))
    floor = statistics.median(spent["empty page"])
    sys.stdout.write(f"{'':20}{'median ms':>10}{'ratio':>8}{'KiB':>7}   median of {ROUNDS}, warm, one thread\n")
    for name, times in spent.items():
        middle = statistics.median(times)
        sys.stdout.write(f"{name:20}{middle:10.1f}{middle / floor:8.1f}{sizes[name] / 1024:7.0f}\n")


if __name__ == "__main__":
    main()
