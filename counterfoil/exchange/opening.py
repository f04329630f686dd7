"""Opening a file by what it is, whatever its name says."""

from pathlib import Path

from counterfoil.exchange.cells import BYTES_AT_MOST, Table, unreadable

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and an .xlsx with a password


def open_table(path: Path) -> Table:
    size = path.stat().st_size
    if not size:
        raise unreadable("The file is empty.")
    if size > BYTES_AT_MOST:
        raise unreadable(f"The file is larger than {BYTES_AT_MOST // 1024 // 1024} MB: split it.")
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(_ZIP):
        from counterfoil.exchange.workbook import read_workbook

        return read_workbook(path)
    if head == _OLE:
        raise unreadable("This workbook has a password, or is of Excel 2003 or before: save it as .xlsx without one.")
    from counterfoil.exchange.text import read_text_table

    return read_text_table(path.read_bytes())
