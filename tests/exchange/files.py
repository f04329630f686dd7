"""Files as people bring them: CSV of any dialect, and workbooks as Excel writes them."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"

# Cell styles of `excel`: as Excel numbers them
GENERAL, ZEROS, PERCENT, DATE, MONEY = 0, 1, 2, 3, 4
STYLES = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="0000000000000"/>
<numFmt numFmtId="165" formatCode="&quot;₹&quot;\\ #,##0.00;[Red]\\-&quot;₹&quot;\\ #,##0.00"/></numFmts>
<cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs>
<cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="9"/>
<xf numFmtId="14"/><xf numFmtId="165"/></cellXfs>
</styleSheet>"""


def csv_bytes(*lines: str, end: str = "\r\n", encoding: str = "utf-8") -> bytes:
    return "".join(line + end for line in lines).encode(encoding)


def excel(rows: Sequence[Sequence[Any]], *, hidden_first: bool = False, parts: dict[str, str] | None = None) -> bytes:
    """A workbook with shared strings, styles and absolute paths. A cell: text, (number, style), raw XML as bytes."""
    strings: list[str] = []
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = "".join(_cell(cell, f"{_letters(at)}{number}", strings) for at, cell in enumerate(row))
        lines.append(f'<row r="{number}" spans="1:{len(row)}">{cells}</row>')
    shared = "".join(f'<si><t xml:space="preserve">{text}</t></si>' for text in strings)
    hidden = '<sheet name="Notes" sheetId="9" state="hidden" r:id="rId9"/>' if hidden_first else ""
    files = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{hidden}'
        '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">'
        f'<Relationship Id="rId9" Type="{OFFICE}/worksheet" Target="worksheets/sheet9.xml"/>'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="/xl/worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId3" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet9.xml": f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><dimension ref="A1:ZZ9"/><sheetData>{"".join(lines)}'
        '</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{shared}</sst>',
        "xl/styles.xml": STYLES,
        **(parts or {}),
    }  # fmt: skip
    return zipped(files)


def zipped(files: dict[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return target.getvalue()


def _letters(at: int) -> str:
    return chr(65 + at) if at < 26 else chr(64 + at // 26) + chr(65 + at % 26)


def _cell(cell: Any, place: str, strings: list[str]) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bytes):
        return cell.decode().replace("<c", f'<c r="{place}"', 1)
    if isinstance(cell, tuple):
        return f'<c r="{place}" s="{cell[1]}"><v>{cell[0]}</v></c>'
    strings.append(cell)
    return f'<c r="{place}" t="s"><v>{len(strings) - 1}</v></c>'
