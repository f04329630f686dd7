"""Which characters the shipped fonts can draw, and what stands in for the others.

A PDF/A must not hold a character without a glyph, and a name from a phone may hold any emoji. So text is checked
against the fonts' own character maps (the `cmap` table, formats 4 and 12) before it is set.
"""

import struct
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from counterfoil.documents.wording import JOINERS, one_line

STAND_IN = "\N{DOTTED CIRCLE}"  # the usual sign for a place where a character belongs
VARIATIONS = range(0xFE00, 0xFE10)  # "as emoji" and the like: they change a glyph and have none of their own


def font_folders() -> list[Path]:
    """The folders of the fonts that documents are set in: Latin, Devanagari and ₹ first, then Tamil."""
    return [Path(str(files(package) / "files")) for package in ("fontpkg_mukta", "fontpkg_noto_sans_tamil")]


@lru_cache(maxsize=4096)
def printable(text: str) -> str:
    """`text` on one line, without control and direction characters, and with a stand-in for what no font can draw."""
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFC", one_line(text))
    return "".join(_drawn(char) for char in composed if ord(char) not in VARIATIONS)


def _drawn(char: str) -> str:
    if char in JOINERS or ord(char) in covered():
        return char
    return " " if unicodedata.category(char) == "Zs" else STAND_IN


@cache
def covered() -> frozenset[int]:
    """The code points that some shipped font has a glyph for. Read once per process."""
    regular = [next(p for p in sorted(folder.glob("*.ttf")) if _is_regular(p)) for folder in font_folders()]
    return frozenset().union(*(_code_points(path.read_bytes()) for path in regular))


def _is_regular(path: Path) -> bool:
    return "Regular" in path.name or "[" in path.name  # a variable font names its axes in brackets


def _code_points(font: bytes) -> set[int]:
    tables = struct.unpack_from(">H", font, 4)[0]
    records = (struct.unpack_from(">4s4xII", font, 12 + 16 * i) for i in range(tables))
    cmap = next(offset for tag, offset, _ in records if tag == b"cmap")
    found: set[int] = set()
    for i in range(struct.unpack_from(">H", font, cmap + 2)[0]):
        table = cmap + struct.unpack_from(">4xI", font, cmap + 4 + 8 * i)[0]
        kind = struct.unpack_from(">H", font, table)[0]
        if kind == 4:
            found |= _segments(font, table)
        elif kind == 12:
            found |= _groups(font, table)
    return found


def _segments(font: bytes, table: int) -> set[int]:
    """Format 4: ranges up to U+FFFF, each either shifted by a delta or looked up in an array of glyph numbers."""
    count = struct.unpack_from(">H", font, table + 6)[0] // 2
    ends, starts, deltas, shifts = (
        struct.unpack_from(f">{count}H", font, table + 14 + 2 * count * i + (2 if i else 0)) for i in range(4)
    )
    found = set()
    for i, (end, start, delta, shift) in enumerate(zip(ends, starts, deltas, shifts, strict=True)):
        for code in range(start, min(end, 0xFFFE) + 1):
            glyph = code
            if shift:
                place = table + 16 + 6 * count + 2 * i + shift + 2 * (code - start)
                glyph = struct.unpack_from(">H", font, place)[0]
            if glyph and (glyph + delta) % 65536:
                found.add(code)
    return found


def _groups(font: bytes, table: int) -> set[int]:
    """Format 12: plain groups of code points."""
    found: set[int] = set()
    for i in range(struct.unpack_from(">I", font, table + 12)[0]):
        start, end, glyph = struct.unpack_from(">III", font, table + 16 + 12 * i)
        found.update(range(start + (0 if glyph else 1), end + 1))
    return found
