"""Reading a workbook as the standard says, without the library that wrote it."""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
CODE = re.compile("_x([0-9A-Fa-f]{4})_")


def cells_of(path: Path) -> tuple[list[str], list[list[object]]]:
    """The header, and the rows: text, floats and booleans, None for a cell that is not there."""
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        shared = [_text(item) for item in ElementTree.fromstring(file.read("xl/sharedStrings.xml"))]
        sheet = ElementTree.fromstring(file.read("xl/worksheets/sheet1.xml"))
    rows = list(sheet.find(f"{MAIN}sheetData"))
    assert [int(row.get("r")) for row in rows] == list(range(1, len(rows) + 1))
    header = [shared[int(cell.findtext(f"{MAIN}v"))] for cell in rows[0]]
    found = []
    for row in rows[1:]:
        values = [None] * len(header)
        for cell in row:
            letters = cell.get("r").removesuffix(row.get("r"))
            values[_index(letters)] = _value(cell)
        found.append(values)
    return header, found


def _value(cell):
    kind = cell.get("t")
    if kind == "inlineStr":
        return _text(cell.find(f"{MAIN}is"))
    number = cell.findtext(f"{MAIN}v")
    return number == "1" if kind == "b" else float(number)


def _text(item):
    (text,) = item
    return CODE.sub(lambda code: chr(int(code[1], 16)), text.text or "")


def _index(letters):
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
