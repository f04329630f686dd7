"""Files come as they come: what Excel does to codes, letters, numbers, line ends is undone, or refused with advice."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from counterfoil.exchange.cells import Broken, Number
from counterfoil.exchange.opening import open_table
from counterfoil.rules.errors import Invalid
from tests.exchange.files import DATE, MONEY, PERCENT, ZEROS, csv_bytes, excel, zipped

pytestmark = pytest.mark.pure
CODE = "Code"


def rows(tmp_path: Path, data: bytes) -> list[list[str]]:
    path = tmp_path / "file"
    path.write_bytes(data)
    return [cells for _number, cells in open_table(path).rows]


def refused(tmp_path: Path, data: bytes) -> str:
    with pytest.raises(Invalid) as refusal:
        rows(tmp_path, data)
    assert [error.field for error in refusal.value.errors] == ["file"]
    return refusal.value.detail


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_any_delimiter_and_any_line_end(tmp_path: Path, mark: str, end: str) -> None:
    data = csv_bytes(f"Code{mark}Name", f'007{mark}"Salt{mark} iodised"', f"{mark}", "", end=end)
    assert rows(tmp_path, data) == [["Code", "Name"], ["007", f"Salt{mark} iodised"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_any_encoding_of_unicode(tmp_path: Path, encoding: str) -> None:
    data = csv_bytes("Code,Name", "1,உப்பு 🧂", encoding=encoding)
    assert rows(tmp_path, data)[1] == ["1", "உப்பு 🧂"]


def test_letters_of_windows(tmp_path: Path) -> None:
    assert (
        rows(tmp_path, csv_bytes("Code,Name", "1,Crème “frâiche” €5", encoding="cp1252"))[1][1] == "Crème “frâiche” €5"
    )


def test_excels_own_line_names_the_delimiter(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(csv_bytes("sep=;", "Code;Name, long", "1;Salt"))
    assert list(open_table(path).rows) == [(2, ["Code", "Name, long"]), (3, ["1", "Salt"])]


def test_a_cell_may_have_lines_and_quotes(tmp_path: Path) -> None:
    assert rows(tmp_path, b'Code,Name\r\n1,"a ""b""\r\nc"\r\n')[1] == ["1", 'a "b"\r\nc']


@pytest.mark.parametrize("data, words", [
    (b"", "empty"),
    (b'Code,Name\n1,"open\n2,x\n', "quotation mark"),
    (b"\x00\x01\x02\x03binary\xff\x00\x00\x00", "neither CSV nor XLSX"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "password"),
    (b"PK\x03\x04 no zip at all", "no Excel workbook"),
    (b"Code,Name\n1,\x81\x8d\n", "CSV UTF-8"),
    (b"\xff\xfea\xd8\x00", "CSV UTF-8"),
    ((",".join("abc" for _ in range(300)) + "\n").encode(), "columns"),
])  # fmt: skip
def test_odd_files_get_clear_words(tmp_path: Path, data: bytes, words: str) -> None:
    assert words in refused(tmp_path, data)


def test_too_many_rows(tmp_path: Path) -> None:
    assert "100,000" in refused(tmp_path, b"Code\n" + b"1\n" * 100_002)


def test_a_workbook_as_excel_writes_it(tmp_path: Path) -> None:
    data = excel(
        [
            ["Code", "Barcode", "GST %", "Price", "Made", "Sum", "Flag", "Error"],
            ["007", ("12345678901", ZEROS), ("0.18", PERCENT), ("19.989999999999998", MONEY), ("46348", DATE),
             b'<c><f>1+1</f><v>2</v></c>', b'<c t="b"><v>1</v></c>', b'<c t="e"><v>#REF!</v></c>'],
            [],
            [("8.9012345678939999E12", 0), None, ("0.025", PERCENT), ("1E2", 0),
             b'<c t="inlineStr"><is><t>in line</t></is></c>',
             b'<c><f>NOW()</f></c>', b'<c t="str"><f>A1</f><v>text</v></c>', None],
        ],
        hidden_first=True,
    )  # fmt: skip
    found = rows(tmp_path, data)
    assert found[1] == ["007", "0012345678901", "18%", "19.99", "46348", "2", "TRUE", "#REF!"]
    assert found[2] == ["8901234567894", "", "2.5%", "100", "in line", "=", "text"]
    made, formula = found[1][4], found[2][5]
    assert isinstance(made, Broken)
    assert "date" in made.why
    assert isinstance(formula, Broken)
    assert "save it again" in formula.why
    assert [isinstance(cell, Number) for cell in (found[1][0], found[2][0])] == [False, True]


def test_rich_text_and_reading_aids(tmp_path: Path) -> None:
    shared = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><r><t>Co</t></r><r><t>de</t></r>'
        "<rPh><t>aloud</t></rPh></si><si><t>a_x000D_b</t></si></sst>"
    )
    data = excel([["", ""]], parts={"xl/sharedStrings.xml": shared})
    assert rows(tmp_path, data) == [["Code", "a\rb"]]


def test_a_workbook_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(300 * 1024 * 1024))
    assert target.tell() < 1024 * 1024
    assert "unpacks to too much" in refused(tmp_path, target.getvalue())


def test_a_bomb_that_lies_about_its_size_does_not_get_far(tmp_path: Path) -> None:
    text = "<worksheet><sheetData>" + "<row/>" * 500_000 + "</sheetData></worksheet>"
    data = bytearray(excel([["Code"]], parts={"xl/worksheets/sheet1.xml": text}))
    size = struct.pack("<I", len(text))
    assert size in data
    assert "no Excel workbook" in refused(tmp_path, bytes(data).replace(size, struct.pack("<I", 60)))


def test_entities_are_refused(tmp_path: Path) -> None:
    bomb = (
        '<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet><sheetData><row><c t="str"><v>&b;'
        "</v></c></row></sheetData></worksheet>"
    )
    assert "no Excel workbook" in refused(tmp_path, excel([["Code"]], parts={"xl/worksheets/sheet1.xml": bomb}))


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
@pytest.mark.parametrize("text", ["", "<broken", "no xml"])
def test_a_torn_workbook(tmp_path: Path, part: str, text: str) -> None:
    assert "no Excel workbook" in refused(tmp_path, excel([["Code"]], parts={part: text}))


def test_some_other_zip(tmp_path: Path) -> None:
    assert "no Excel workbook" in refused(tmp_path, zipped({"content.xml": "<office/>"}))
