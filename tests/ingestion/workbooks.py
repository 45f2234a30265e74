"""Writers of spreadsheets in every format that is read: one sheet of texts, numbers and moments.

Those of .xls and .xlsx are other programs' own; of .ods and .xlsb, which no library writes, they
are as small as the formats allow.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter
import xlwt

Cell = str | Decimal | dt.date | dt.datetime | None
Rows = Sequence[Sequence[Cell]]

_DAY = "yyyy-mm-dd"
_MOMENT = "yyyy-mm-dd hh:mm:ss"


def xlsx(rows: Rows) -> bytes:
    """A workbook of Excel 2007 and later."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Sheet1")
        day, moment = (
            book.add_format({"num_format": _DAY}),
            book.add_format({"num_format": _MOMENT}),
        )
        for row, column, cell in _filled(rows):
            match cell:
                case str():
                    sheet.write_string(row, column, cell)
                case Decimal():
                    sheet.write_number(row, column, float(cell))
                case dt.datetime():
                    sheet.write_datetime(row, column, cell, moment)
                case _:
                    sheet.write_datetime(row, column, cell, day)
    return out.getvalue()


def xls(rows: Rows) -> bytes:
    """A workbook of Excel 97."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    styles = {
        dt.datetime: xlwt.easyxf(num_format_str=_MOMENT),
        dt.date: xlwt.easyxf(num_format_str=_DAY),
    }
    plain = xlwt.easyxf()
    for row, column, cell in _filled(rows):
        sheet.write(row, column, cell, styles.get(type(cell), plain))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods(rows: Rows) -> bytes:
    """A spreadsheet of LibreOffice."""
    table = "".join(
        f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows
    )
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{names} '
        'office:version="1.2"><office:body><office:spreadsheet><table:table table:name="Sheet1">'
        f"{table}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        "</manifest:manifest>"
    )
    return _zipped({"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content})


def xlsb(rows: Rows) -> bytes:
    """A binary workbook of Excel 2007 and later."""
    sheet = [_record(129), _record(148, struct.pack("<4I", 0, len(rows) - 1, 0, len(rows[0]) - 1))]
    sheet.append(_record(145))
    for at, row in enumerate(rows):
        sheet.append(_record(0, struct.pack("<2IHBBBI", at, 0, 300, 0, 0, 0, 0)))
        sheet += [_xlsb_cell(column, cell) for column, cell in enumerate(row) if cell is not None]
    sheet += [_record(146), _record(130)]
    book = [
        *(_record(131), _record(143)),
        _record(156, struct.pack("<2I", 0, 1) + _wide("rId1") + _wide("Sheet1")),
        *(_record(144), _record(132)),
    ]
    formats = (0, 164, 165)
    styles = [
        *(_record(278), _record(615, struct.pack("<I", 2))),
        *(_record(44, struct.pack("<H", 164) + _wide(_DAY)),),
        *(_record(44, struct.pack("<H", 165) + _wide(_MOMENT)), _record(616)),
        _record(617, struct.pack("<I", len(formats))),
        *(_record(47, struct.pack("<HH12x", 0, number)) for number in formats),
        *(_record(618), _record(279)),
    ]
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"

    def relations(**targets: tuple[str, str]) -> str:
        listed = "".join(
            f'<Relationship Id="{id_}" Type="{office}/{kind}" Target="{target}"/>'
            for id_, (kind, target) in targets.items()
        )
        return f'<Relationships xmlns="{package}/relationships">{listed}</Relationships>'

    types = (
        f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default '
        'Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
        "</Types>"
    )
    return _zipped(
        {
            "[Content_Types].xml": types,
            "_rels/.rels": relations(rId1=("officeDocument", "xl/workbook.bin")),
            "xl/_rels/workbook.bin.rels": relations(
                rId1=("worksheet", "worksheets/sheet1.bin"), rId2=("styles", "styles.bin")
            ),
            "xl/workbook.bin": b"".join(book),
            "xl/styles.bin": b"".join(styles),
            "xl/worksheets/sheet1.bin": b"".join(sheet),
        }
    )


WRITERS: dict[str, Callable[[Rows], bytes]] = {"xlsx": xlsx, "xls": xls, "ods": ods, "xlsb": xlsb}


def _filled(rows: Rows) -> list[tuple[int, int, Cell]]:
    return [
        (row, column, cell)
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
        if cell is not None
    ]


def _zipped(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def _ods_cell(cell: Cell) -> str:
    match cell:
        case None:
            return "<table:table-cell/>"
        case str():
            lines = "".join(
                f"<text:p>{escape(line).replace(' ', '<text:s/>').replace(chr(9), '<text:tab/>')}"
                "</text:p>"
                for line in cell.split("\n")
            )
            return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'
        case Decimal():
            kind, value = "float", str(cell)
        case _:
            kind, value = "date", cell.isoformat()
    name = "value" if kind == "float" else "date-value"
    return (
        f'<table:table-cell office:value-type="{kind}" office:{name}={quoteattr(value)}>'
        f"<text:p>{escape(value)}</text:p></table:table-cell>"
    )


def _record(kind: int, content: bytes = b"") -> bytes:
    number = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
    length = b""
    left = len(content)
    while left >= 128:
        length += bytes([left & 127 | 128])
        left >>= 7
    return number + length + bytes([left]) + content


def _wide(text: str) -> bytes:
    units = text.encode("utf-16-le")
    return struct.pack("<I", len(units) // 2) + units


def _xlsb_cell(column: int, cell: Cell) -> bytes:
    if isinstance(cell, str):
        return _record(6, struct.pack("<2I", column, 0) + _wide(cell))
    if isinstance(cell, Decimal):
        return _record(5, struct.pack("<2Id", column, 0, float(cell)))
    style, moment = 1, cell
    if isinstance(cell, dt.datetime):
        style = 2
    else:
        moment = dt.datetime.combine(cell, dt.time())
    days = (moment - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)
    return _record(5, struct.pack("<2Id", column, style, days))
