"""Reading the first visible sheet of an XLSX workbook, row by row, without holding it: values only, no formulas.

A workbook is a zip of XML. What it unpacks to is bounded before and while it is read, and a document type (which an
entity bomb needs) is refused. Number formats matter for three things: 0.18 shown as 18%, 123 shown as 00123, dates.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from counterfoil.exchange.cells import (
    CELL_AT_MOST,
    COLUMNS_AT_MOST,
    Broken,
    Number,
    Row,
    Table,
    broken,
    counted,
    unreadable,
)

UNPACKED_AT_MOST = 256 * 1024 * 1024
PARTS_AT_MOST = 5_000
STRINGS_AT_MOST = 2_000_000
_CHUNK = 1 << 16
_DIGITS = 15  # as many as Excel keeps of a number
_NO_WORKBOOK = "This is no Excel workbook that can be read: save the sheet as .xlsx or as CSV."
_DATE = "Excel made a date of this: format the column as Text and type it again."
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_PERCENT_FORMATS = {9, 10}


def read_workbook(path: Path) -> Table:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise unreadable(_NO_WORKBOOK) from error
    parts = archive.infolist()
    if len(parts) > PARTS_AT_MOST or sum(part.file_size for part in parts) > UNPACKED_AT_MOST:
        archive.close()
        raise unreadable("The workbook unpacks to too much: save the one sheet as CSV.")
    book = _Book(archive)
    return Table("xlsx", counted(book.rows()), lambda: book.percent)


class _Book:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.left = UNPACKED_AT_MOST
        self.percent = 0

    def rows(self) -> Iterator[Row]:
        try:
            with self.archive:
                yield from self._sheet()
        except (KeyError, expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise unreadable(_NO_WORKBOOK) from error
        except (RuntimeError, NotImplementedError) as error:  # encrypted, or packed in a way nobody uses
            raise unreadable(_NO_WORKBOOK) from error

    def _sheet(self) -> Iterator[Row]:
        book = self._target("", "officeDocument") or "xl/workbook.xml"
        name, strings, styles = self._parts(book)
        texts = self._strings(strings) if strings else []
        kinds = self._styles(styles) if styles else []
        reading = _Sheet(texts, kinds)
        size = max(self.archive.getinfo(name).file_size, 1)
        read = 0
        for chunk in self._chunks(name):
            reading.feed(chunk)
            read += len(chunk)
            self.percent = min(read * 100 // size, 100)
            yield from reading.take()
        reading.end()
        yield from reading.take()

    def _chunks(self, name: str) -> Iterator[bytes]:
        with self.archive.open(name) as part:
            while chunk := self._some(part):
                yield chunk

    def _some(self, part: IO[bytes]) -> bytes:
        """Counted while it unpacks: what the zip says of itself need not be true."""
        chunk = part.read(_CHUNK)
        self.left -= len(chunk)
        if self.left < 0:
            raise unreadable("The workbook unpacks to too much: save the one sheet as CSV.")
        return chunk

    def _events(self, name: str, start: Any, end: Any = None, text: Any = None) -> None:
        parser = _parser(start, end, text)
        for chunk in self._chunks(name):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """{id: (kind, path)} of what a part points to."""
        folder, file = posixpath.split(part)
        name = posixpath.join(folder, "_rels", f"{file}.rels")
        found: dict[str, tuple[str, str]] = {}
        if name not in self.archive.namelist():
            return found

        def start(tag: str, given: dict[str, str]) -> None:
            if tag == "Relationship":
                target = given.get("Target", "")
                path = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found[given.get("Id", "")] = (given.get("Type", "").rpartition("/")[2], path)

        self._events(name, start)
        return found

    def _target(self, part: str, kind: str) -> str:
        return next((path for its, path in self._relations(part).values() if its == kind), "")

    def _parts(self, book: str) -> tuple[str, str, str]:
        """The paths of the first visible sheet, the shared strings, the styles."""
        sheets: list[str] = []

        def start(tag: str, given: dict[str, str]) -> None:
            if tag == "sheet" and given.get("state", "visible") == "visible":
                sheets.append(given.get("id", ""))

        self._events(book, start)
        relations = self._relations(book)
        wanted = [relations[key][1] for key in sheets if relations.get(key, ("", ""))[0] == "worksheet"]
        if not wanted:
            raise unreadable("The workbook has no sheet that can be read.")
        by_kind = dict(relations.values())
        return wanted[0], by_kind.get("sharedStrings", ""), by_kind.get("styles", "")

    def _strings(self, name: str) -> list[str]:
        reading = _Strings()
        self._events(name, reading.start, reading.end, reading.text)
        return reading.found

    def _styles(self, name: str) -> list[str]:
        """Of each cell style what it does to a number: "date", "percent", zeros such as "000", or nothing."""
        codes: dict[str, str] = {}
        ids: list[str] = []
        inside = [False]

        def start(tag: str, given: dict[str, str]) -> None:
            if tag == "numFmt":
                codes[given.get("numFmtId", "")] = given.get("formatCode", "")
            elif tag == "cellXfs":
                inside[0] = True
            elif tag == "xf" and inside[0]:
                ids.append(given.get("numFmtId", "0"))

        def end(tag: str) -> None:
            if tag == "cellXfs":
                inside[0] = False

        self._events(name, start, end)
        return [_kind(key, codes) for key in ids]


def _kind(key: str, codes: dict[str, str]) -> str:
    if key not in codes:
        number = int(key) if key.isdecimal() else 0
        return "date" if number in _DATE_FORMATS else "percent" if number in _PERCENT_FORMATS else ""
    code = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.', "", codes[key].partition(";")[0]).strip()
    if re.fullmatch("0{2,}", code):
        return code
    if "%" in code:
        return "percent"
    return "date" if re.search("[ymdhs]", code, re.IGNORECASE) and "General" not in code else ""


def _parser(start: Any, end: Any, text: Any) -> Any:
    """Tags and attributes come without their namespaces; a document type is refused, and with it every entity."""
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    names: dict[str, str] = {}

    def bare(name: str) -> str:
        known = names.get(name)
        if known is None:
            known = names[name] = name.rpartition("}")[2]
        return known

    def refuse(*_given: Any) -> None:
        raise unreadable(_NO_WORKBOOK)

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda tag, given: start(bare(tag), {bare(key): given[key] for key in given})
    if end:
        parser.EndElementHandler = lambda tag: end(bare(tag))
    if text:
        parser.CharacterDataHandler = text
    return parser


class _Strings:
    """The texts that cells refer to by number; how a word is read aloud (rPh) is no part of them."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.pieces: list[str] = []
        self.reading = self.aloud = False

    def start(self, tag: str, _given: dict[str, str]) -> None:
        if tag == "si":
            self.pieces = []
        elif tag == "rPh":
            self.aloud = True
        elif tag == "t":
            self.reading = not self.aloud

    def end(self, tag: str) -> None:
        if tag == "t":
            self.reading = False
        elif tag == "rPh":
            self.aloud = False
        elif tag == "si":
            if len(self.found) >= STRINGS_AT_MOST:
                raise unreadable(_NO_WORKBOOK)
            self.found.append(unescaped("".join(self.pieces)))

    def text(self, data: str) -> None:
        if self.reading:
            self.pieces.append(data)


class _Sheet:
    """Fed with a sheet's XML, gives its rows."""

    def __init__(self, texts: list[str], kinds: list[str]) -> None:
        self.texts, self.kinds = texts, kinds
        self.parser = _parser(self._start, self._end, self._text)
        self.done: list[Row] = []
        self.number = 0
        self.cells: list[str] = []
        self.columns: dict[str, int] = {}
        self.column, self.type, self.style = -1, "", 0
        self.pieces: list[str] = []
        self.reading = self.aloud = self.formula = False

    def feed(self, chunk: bytes) -> None:
        self.parser.Parse(chunk, False)

    def end(self) -> None:
        self.parser.Parse(b"", True)

    def take(self) -> list[Row]:
        done, self.done = self.done, []
        return done

    def _start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "c":
            reference = given.get("r", "").rstrip("0123456789")
            self.column = self._column(reference) if reference else self.column + 1
            self.type = given.get("t", "n")
            style = given.get("s", "0")
            self.style = int(style) if style.isdecimal() else 0
            self.pieces = []
            self.formula = False
        elif tag in ("v", "t"):
            self.reading = not self.aloud
        elif tag == "f":
            self.formula = True
        elif tag == "rPh":
            self.aloud = True
        elif tag == "row":
            number = given.get("r", "")
            self.number = int(number) if number.isdecimal() else self.number + 1
            self.cells, self.column = [], -1

    def _end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self.reading = False
        elif tag == "rPh":
            self.aloud = False
        elif tag == "c":
            self._keep(self._value("".join(self.pieces)))
        elif tag == "row" and self.cells:
            self.done.append((self.number, self.cells))

    def _text(self, data: str) -> None:
        if self.reading:
            self.pieces.append(data)

    def _column(self, letters: str) -> int:
        column = self.columns.get(letters)
        if column is None:
            column = 0
            for letter in letters[:8].upper():
                column = column * 26 + ord(letter) - 64
            self.columns[letters] = column = column - 1
        return column

    def _keep(self, value: str) -> None:
        if not value:
            return
        if not 0 <= self.column < COLUMNS_AT_MOST:
            raise unreadable(f"Row {self.number} has more than {COLUMNS_AT_MOST} columns: is this the right file?")
        while len(self.cells) <= self.column:
            self.cells.append("")
        self.cells[self.column] = value

    def _value(self, raw: str) -> str:
        if self.type == "s":
            at = int(raw) if raw.isdecimal() else -1
            if at >= len(self.texts) or (raw and at < 0):
                raise unreadable(_NO_WORKBOOK)
            return self.texts[at] if raw else ""
        if self.type in ("inlineStr", "str"):
            return unescaped(raw)[: CELL_AT_MOST + 1]
        if not raw:
            return (
                broken("=", "The formula has no value: open the file in Excel and save it again.")
                if self.formula
                else ""
            )
        if self.type == "b":
            return "TRUE" if raw.strip() == "1" else "FALSE"
        if self.type == "e":
            return broken(raw, "The spreadsheet shows an error here.")
        if self.type == "d":
            return broken(raw, _DATE)
        return _number(raw, self.kinds[self.style] if self.style < len(self.kinds) else "")


def _number(raw: str, kind: str) -> Number | Broken:
    """As the sheet shows it, but for its rounding."""
    try:
        value = Decimal(raw.strip())
    except InvalidOperation:
        return broken(raw, "This is no number.")
    if not value.is_finite() or abs(value.adjusted()) > 30:
        return broken(raw, "This is no number that can be used.")
    if kind == "date":
        return broken(raw, _DATE)
    if kind == "percent":
        return Number(_plain(value * 100) + "%")
    text = _plain(value)
    return Number(text.zfill(len(kind)) if kind and text.isdecimal() else text)


def _plain(value: Decimal) -> str:
    """Without an exponent, to the digits that Excel keeps: 19.989999999999998 is 19.99."""
    if value.adjusted() - int(value.as_tuple().exponent) >= _DIGITS:
        value = value.quantize(Decimal(1).scaleb(value.adjusted() - _DIGITS + 1))
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def unescaped(text: str) -> str:
    """_x000D_ is how a workbook writes a character that XML cannot hold."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
