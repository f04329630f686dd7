"""How the tests read a PDF back: its text as any reader would copy it, its standard, its attachment."""

import io
import json
from typing import Any

import pypdf


def text_of(made: bytes) -> str:
    """All pages, with lines joined by a space and no-break spaces as plain ones: a figure never spans two cells."""
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages]
    return " ".join("\n".join(pages).replace("\N{NO-BREAK SPACE}", " ").split())


def pages_of(made: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages]


def is_pdf_a_3b(made: bytes) -> bool:
    """The mark of the standard, which Typst sets only where every character has a glyph."""
    metadata: Any = pypdf.PdfReader(io.BytesIO(made)).root_object["/Metadata"]
    xmp = metadata.get_data().decode()
    return "<pdfaid:part>3</pdfaid:part>" in xmp and "<pdfaid:conformance>B</pdfaid:conformance>" in xmp


def attached(made: bytes) -> Any:
    (content,) = pypdf.PdfReader(io.BytesIO(made)).attachments["invoice.json"]
    return json.loads(content)


def fonts_of(made: bytes) -> set[str]:
    reader = pypdf.PdfReader(io.BytesIO(made))
    found = set()
    for page in reader.pages:
        resources: Any = page["/Resources"]
        fonts: Any = resources["/Font"]
        found |= {str(font.get_object()["/BaseFont"]).split("+")[-1] for font in fonts.values()}
    return found
