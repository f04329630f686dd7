"""Rows out as CSV or XLSX, a piece at a time: neither a file nor a row is held longer than it is written.

A cell is text, an int, a `Figure` (a number with its decimals) or a date; None is empty. Text that a spreadsheet
would take for a formula gets an apostrophe: in CSV as a letter, in XLSX as the mark by which Excel keeps its own.
"""

import csv
import re
import struct
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import batched
from typing import Any
from xml.sax.saxutils import escape

from counterfoil.exchange.values import neutral

BATCH = 500
SHEET_ROWS_AT_MOST = 1_000_000  # a sheet of Excel ends at 1,048,576
_ZERO = date(1899, 12, 30)
_MARKED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\r\ud800-\udfff\ufffe\uffff]")


class Figure(str):
    """A number as text, written as a number: "472.00"."""

    __slots__ = ()


Line = Sequence[str | int | date | None]


class Counted[T]:
    """Rows on their way out, counted."""

    def __init__(self, rows: Iterable[T]) -> None:
        self._rows = iter(rows)
        self.done = 0

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        row = next(self._rows)
        self.done += 1
        return row


def framed(chunks: Iterable[bytes], rows: Counted[Any]) -> Iterator[bytes]:
    """Each piece behind the rows so far and its length (big-endian, four bytes each); an empty one says: all of it."""
    for chunk in chunks:
        if chunk:
            yield struct.pack(">II", rows.done, len(chunk)) + chunk
    yield struct.pack(">II", rows.done, 0)


# ---- CSV -------------------------------------------------------------------------------------------------------------


class _Pieces(list[str]):
    write = list.append


def csv_chunks(headings: Sequence[str], rows: Iterable[Line]) -> Iterator[bytes]:
    """With its mark, by which Excel knows UTF-8."""
    pieces = _Pieces()
    writer = csv.writer(pieces)
    writer.writerow(headings)
    yield b"\xef\xbb\xbf" + "".join(pieces).encode()
    for batch in batched(rows, BATCH, strict=False):
        pieces.clear()
        writer.writerows([_csv_cell(cell) for cell in row] for row in batch)
        yield "".join(pieces).encode("utf-8", "replace")


def _csv_cell(cell: str | int | date | None) -> str:
    if cell is None:
        return ""
    return neutral(cell) if isinstance(cell, str) and not isinstance(cell, Figure) else str(cell)


# ---- XLSX ------------------------------------------------------------------------------------------------------------

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_HEAD, _TEXT, _APOSTROPHE, _MONEY, _DAY = 1, 2, 3, 4, 5  # the cell styles below, in their order
_FONT = '<sz val="11"/><name val="Calibri"/>'
_AS_TEXT = 'numFmtId="49" applyNumberFormat="1" xfId="0"'
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    f'<fonts count="2"><font>{_FONT}</font><font><b/>{_FONT}</font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="6"><xf xfId="0"/><xf fontId="1" applyFont="1" xfId="0"/>'
    f'<xf {_AS_TEXT}/><xf {_AS_TEXT} quotePrefix="1"/>'
    '<xf numFmtId="2" applyNumberFormat="1" xfId="0"/><xf numFmtId="164" applyNumberFormat="1" xfId="0"/></cellXfs>'
    "</styleSheet>"
)


class _Pipe:
    """What the zip writes, to be taken away at once."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open. Without `tell` and `seek` the zip writes sizes behind what it packed."""

    def take(self) -> bytes:
        taken = b"".join(self.pieces)
        self.pieces.clear()
        return taken


def xlsx_chunks(title: str, headings: Sequence[str], rows: Iterable[Line]) -> Iterator[bytes]:
    pipe = _Pipe()
    sheets = 0
    waiting = iter(rows)
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        more = True
        while more:
            sheets += 1
            more = False
            with archive.open(f"xl/worksheets/sheet{sheets}.xml", "w") as sheet:
                sheet.write(_sheet_head(headings).encode())
                for start in range(0, SHEET_ROWS_AT_MOST, BATCH):
                    batch = next(batched(waiting, BATCH, strict=False), ())
                    lines = (_line(start + 2 + at, row) for at, row in enumerate(batch))
                    sheet.write("".join(lines).encode("utf-8"))
                    yield pipe.take()
                    more = len(batch) == BATCH
                    if not more:
                        break
                sheet.write(b"</sheetData></worksheet>")
        for name, text in _frame(title, sheets).items():
            archive.writestr(name, text)
    yield pipe.take()


def _sheet_head(headings: Sequence[str]) -> str:
    cells = "".join(f'<c t="inlineStr" s="{_HEAD}"><is><t>{escape(heading)}</t></is></c>' for heading in headings)
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<cols><col min="1" max="{len(headings)}" width="16" customWidth="1"/></cols>'
        f'<sheetData><row r="1">{cells}</row>'
    )


def _line(number: int, row: Line) -> str:
    return f'<row r="{number}">{"".join(_xlsx_cell(cell) for cell in row)}</row>'


def _xlsx_cell(cell: str | int | date | None) -> str:
    if cell is None or cell == "":
        return "<c/>"
    if isinstance(cell, Figure):
        return f'<c s="{_MONEY if cell[-3:-2] == "." else 0}"><v>{cell}</v></c>'
    if isinstance(cell, int):
        return f"<c><v>{cell}</v></c>"
    if isinstance(cell, date):
        return f'<c s="{_DAY}"><v>{(cell - _ZERO).days}</v></c>'
    style = _TEXT if neutral(cell) == cell else _APOSTROPHE
    text = neutral(cell) if cell[0] == "'" else cell  # an apostrophe of its own must not be taken for the mark
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{_xml(text)}</t></is></c>'


def _xml(text: str) -> str:
    text = _NOT_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", _MARKED.sub("_x005F_", text))
    return escape(text)


def _frame(title: str, sheets: int) -> dict[str, str]:
    """The parts of a workbook around its sheets."""
    numbers = range(1, sheets + 1)
    names = [escape(title if number == 1 else f"{title} {number}", {'"': "&quot;"}) for number in numbers]
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in zip(numbers, names, strict=True)
    )
    relations = "".join(_relation(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>' for n in numbers
    )
    return {
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>{types}</Types>',
        "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f"{_relation('rId1', 'officeDocument', 'xl/workbook.xml')}</Relationships>",
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{relations}'
        f"{_relation('rIdStyles', 'styles', 'styles.xml')}</Relationships>",
        "xl/styles.xml": _STYLES,
    }


def _relation(key: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'


FORMATS: dict[str, tuple[str, Any]] = {
    "csv": ("text/csv; charset=utf-8", lambda title, headings, rows: csv_chunks(headings, rows)),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_chunks),
}
