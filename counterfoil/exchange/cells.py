"""What a file's cells become: text, always. A cell that a spreadsheet had as a number, or spoilt, says so by its type.

Nothing here is a float: an XLSX number stays the decimal it was written as.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from counterfoil.rules.errors import Invalid

BYTES_AT_MOST = 20 * 1024 * 1024
ROWS_AT_MOST = 100_000
COLUMNS_AT_MOST = 256
CELL_AT_MOST = 32_767  # characters, as in Excel

Row = tuple[int, list[str]]  # the row's number as the spreadsheet shows it, and its cells


class Number(str):
    """From a numeric cell, written plainly: 8901234567894, 12.5, 18%."""

    __slots__ = ()


class Broken(str):
    """A cell whose content is lost; `str` is what is seen, `why` is what to do."""

    __slots__ = ("why",)
    why: str


def broken(seen: str, why: str) -> Broken:
    cell = Broken(seen)
    cell.why = why
    return cell


@dataclass(slots=True)
class Table:
    """Rows one after another, empty ones left out; `percent` says how far the reading is."""

    kind: str  # "csv" or "xlsx"
    rows: Iterator[Row]
    percent: Callable[[], int]
    semicolons: bool = False  # cells were parted by semicolons: a comma may be the decimal one


def unreadable(detail: str) -> Invalid:
    return Invalid(detail, field="file")


def counted(rows: Iterator[Row]) -> Iterator[Row]:
    """Rows with something in them, without empty cells at their end; too many of them are refused."""
    seen = 0
    for number, cells in rows:
        while cells and not cells[-1].strip():
            cells.pop()
        if not cells:
            continue
        seen += 1
        if seen > ROWS_AT_MOST + 1:  # and the headings
            raise unreadable(f"The file has more than {ROWS_AT_MOST:,} rows: split it.")
        if len(cells) > COLUMNS_AT_MOST:
            raise unreadable(f"Row {number} has more than {COLUMNS_AT_MOST} columns: is this the right file?")
        yield number, cells
