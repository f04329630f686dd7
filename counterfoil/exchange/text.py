"""Reading CSV as Excel and its neighbours write it: any usual encoding, comma, semicolon, tab or bar, any line end."""

import codecs
import csv
import io
from collections.abc import Iterator

from counterfoil.exchange.cells import CELL_AT_MOST, Row, Table, counted, unreadable

DELIMITERS = ",;\t|"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_text_table(data: bytes) -> Table:
    text = decode(data)
    if "\0" in text:
        raise unreadable("This is neither CSV nor XLSX: save the sheet as one of them.")
    start, delimiter = _dialect(text)
    lines = io.StringIO(text[start:], newline="")
    length = max(len(text) - start, 1)
    first = 2 if start else 1
    return Table("csv", counted(_rows(lines, delimiter, first)), lambda: lines.tell() * 100 // length, delimiter == ";")


def decode(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding)
    head = data[:400]
    if len(head) >= 4 and head[1::2].count(0) > len(head) // 4:
        return _decoded(data, "utf-16-le")
    if len(head) >= 4 and head[::2].count(0) > len(head) // 4:
        return _decoded(data, "utf-16-be")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(data, "cp1252")  # what Excel on Windows calls CSV


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise unreadable(
            "The letters of this file cannot be read: in Excel, save it as “CSV UTF-8”, or as an Excel workbook."
        ) from error


def _dialect(text: str) -> tuple[int, str]:
    """Where the table starts, and what parts its cells. Excel's own `sep=;` line says it, else the headings do."""
    line = text.lstrip("\r\n").partition("\n")[0].rstrip("\r")
    if line[:4].lower() == "sep=" and len(line) == 5 and line[4] in DELIMITERS:
        at = text.index(line) + len(line)
        return at + (2 if text[at : at + 2] == "\r\n" else 1), line[4]
    counts = dict.fromkeys(DELIMITERS, 0)
    quoted = False
    for letter in text[:CELL_AT_MOST]:
        if letter == '"':
            quoted = not quoted
        elif not quoted and letter in counts:
            counts[letter] += 1
        elif not quoted and letter in "\r\n" and any(counts.values()):
            break
    return 0, max(DELIMITERS, key=lambda mark: counts[mark])


def _rows(lines: io.StringIO, delimiter: str, first: int) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = first - 1
    try:
        for cells in reader:
            number += 1
            yield number, cells
    except csv.Error as error:
        raise unreadable(
            f"Row {number + 1} cannot be read: a quotation mark is opened and not closed, or stands in the wrong place."
            if "limit" not in str(error)
            else f"Row {number + 1} has a cell of more than 131,072 characters."
        ) from error
