"""An invoice as PDF/A-3b, set by Typst from the templates beside this file, with the invoice's JSON attached; and the
X and Z reports of a till, which are papers of the same make.

What a person typed reaches Typst as data (`sys.inputs`), never as markup, so no name can be a command. The creation
date is the time of issue and nothing is random: one invoice has one sequence of bytes.
"""

import json
import os
import re
import subprocess
import sys
import threading
import unicodedata
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

from counterfoil.documents.glyphs import font_folders, printable
from counterfoil.documents.report import report_sheet
from counterfoil.documents.sheet import sheet
from counterfoil.documents.upi import upi_qr_svg
from counterfoil.documents.wording import JOINERS, moment

Format = Literal["a4", "receipt"]
TEMPLATES = Path(__file__).parent / "templates" / "documents"
REPORTS = ("x", "z")
LATER = {"email", "credit_notes"}  # what happens to an invoice after its issue is not part of its paper
LONGEST_WORD = 24  # what fits a column; a longer one is given places to break, every so many letters
PIECE = 6
VIRAMAS = ("\u094d", "\u0bcd", *JOINERS)  # the Devanagari and Tamil signs that join the next letter on
RENDER_SECONDS = 60

_threads = threading.local()  # a Compiler is not thread-safe; one per thread stays warm
_started_in: int | None = None


def pdf(document: dict[str, Any], *, format: Format = "a4") -> bytes:
    """The A4 page, or the 80 mm receipt of free height, of an invoice or of a till's report (kind x or z)."""
    global _started_in
    if _started_in is not None and _started_in != os.getpid():
        return _pdf_elsewhere(document, format)
    _started_in = os.getpid()
    return _set(document, format)


def filename(document: dict[str, Any]) -> str:
    """`A-26-27-000413.pdf`: safe in a header and on every disk."""
    return re.sub(r"[^A-Za-z0-9]+", "-", str(document.get("number", ""))).strip("-")[:60] + ".pdf"


def attachment(document: dict[str, Any]) -> str:
    """The invoice as the JSON that travels inside the PDF."""
    issued = {key: value for key, value in document.items() if key not in LATER}
    text = json.dumps(issued, ensure_ascii=False, sort_keys=True, indent=1)
    return text.encode("utf-8", "replace").decode()  # half a surrogate pair is no text in any file


def _set(document: dict[str, Any], format: Format) -> bytes:
    if document.get("kind") in REPORTS:
        words = {**_literal(report_sheet(document)), "lang": "en", "region": "IN"}
        until = moment(document["until"]).replace(microsecond=0)
        return _compile(f"report-{format}", {"sheet": json.dumps(words, ensure_ascii=False)}, until, [])
    inputs = {"sheet": json.dumps(_words(document), ensure_ascii=False), "invoice": attachment(document)}
    issued_at = moment(document["issued_at"]).replace(microsecond=0)
    try:
        return _compile(format, inputs, issued_at, ["a-3b"])
    except typst.TypstError:
        # A cluster that no font can shape is an error in PDF/A and a box without: the paper matters more.
        return _compile(format, inputs, issued_at, [])


def _compile(template: str, inputs: dict[str, str], issued_at: datetime, standards: list[Literal["a-3b"]]) -> bytes:
    made = _compiler(template).compile(format="pdf", sys_inputs=inputs, pdf_standards=[*standards], timestamp=issued_at)
    assert isinstance(made, bytes)
    return made


def _words(document: dict[str, Any]) -> dict[str, Any]:
    """The sheet for the templates. The paper's own words are English; the region is the shop's."""
    region = str(document.get("locale") or "en-IN")[-2:].upper()
    code = upi_qr_svg(document, border=0)
    return {**_literal(sheet(document)), "lang": "en", "region": region, "qr": code}


def _literal(value: Any) -> Any:
    """Every string as it can be printed; one with a word too long for its column as the pieces it may break into."""
    if isinstance(value, dict):
        return {key: _literal(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_literal(entry) for entry in value]
    if not isinstance(value, str):
        return value
    text = printable(value)
    return text if len(text) <= LONGEST_WORD else _breakable(text)


def _breakable(text: str) -> str | dict[str, list[str]]:
    words = text.split(" ")
    if max(map(len, words)) <= LONGEST_WORD:
        return text
    pieces = [piece for word in words for piece in (*_cut(word)[:-1], f"{_cut(word)[-1]} ")]
    return {"pieces": [*pieces[:-1], pieces[-1][:-1]]}


def _cut(word: str) -> list[str]:
    """A long word in pieces, none of which begins with a mark or a letter joined to the one before."""
    if len(word) <= LONGEST_WORD:
        return [word]
    pieces = [""]
    for char in word:
        joined = unicodedata.category(char)[0] == "M" or char in JOINERS or pieces[-1][-1:] in VIRAMAS
        if len(pieces[-1]) >= PIECE and not joined:
            pieces.append("")
        pieces[-1] += char
    return pieces


@cache
def _fonts() -> typst.Fonts:
    folders: list[Any] = [str(folder) for folder in font_folders()]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def _compiler(template: str) -> typst.Compiler:
    warm: dict[str, typst.Compiler] = _threads.__dict__.setdefault("warm", {})
    if template not in warm:
        warm[template] = typst.Compiler(TEMPLATES / f"{template}.typ", root=TEMPLATES, font_paths=_fonts())
    return warm[template]


def _pdf_elsewhere(document: dict[str, Any], format: Format) -> bytes:
    """Typst's own threads do not survive a fork: a child of a process that has rendered would wait for ever.

    So such a child renders in a fresh process. Slow, and right; a server that renders only in its workers never
    comes here.
    """
    job = json.dumps({"document": document, "format": format}).encode()
    run = [sys.executable, "-m", "counterfoil.documents"]
    paths = filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(run, input=job, stdout=subprocess.PIPE, check=True, timeout=RENDER_SECONDS, env=environment)
    return done.stdout
