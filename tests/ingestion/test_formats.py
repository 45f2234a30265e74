"""JSON, Parquet, spreadsheets and archives: the same rows, the same accounting, no digit lost."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import zipfile

import duckdb
import pytest
import xlsxwriter


def test_json_lines(company):
    company.deliver(
        "deals.jsonl",
        '{"Deal_ID":18446744073709551615,"created_at":"2024-01-01","pipeline":"p","status":"open",'
        '"tags":null,"extra":{"b":[1,2]}}\r\n'
        "\n"
        '{"deal_id":"007","created_at":"2024-01-02","pipeline":"ü \\u00e9","status":"won"}\n'
        "not json\n"
        "[1]\n"
        '{"deal_id":"1","deal_id":"2"}\n'
        '{"Deal_ID":"8","created_at":"2024-01-02","pipeline":"p","status":"won","extra":"x"}',
    )
    result = company.only()
    # Deal_ID and deal_id are one column by name, so no line may decide which of the two counts.
    assert result.status == "refused"
    assert result.error == (
        "2024-03-01/deals.jsonl has two columns named 'deal_id': Deal_ID (column 1) and "
        "deal_id (column 3). Rename or remove one of them."
    )


def test_json_lines_with_broken_lines(company):
    line = '{"deal_id":%s,"created_at":"2024-01-01","pipeline":"p","status":"open"%s}'
    company.deliver(
        "deals.jsonl.gz",
        gzip.compress(
            "\n".join(
                [
                    line % ("18446744073709551615", ',"x/y~":{"b":[1,2]}'),
                    "",
                    line % ('"007"', ',"title":"ü \\u00e9\\nb"'),
                    "not json",
                    "[1]",
                    '{"deal_id":"1","deal_id":"2"}',
                    line % ('"8"', ',"x/y~":"z","is_x":true,"tags":null,"amount":12'),
                ]
            ).encode()
        ),
    )
    result = company.only()
    assert (result.rows_read, result.rows_loaded, result.unknown_columns) == (
        6,
        3,
        ("is_x", "x/y~"),
    )
    assert company.rows("deals", "deal_id, title, amount, tags, _extra, _row_number") == [
        ("18446744073709551615", None, None, None, '{"x/y~":"{\\"b\\":[1,2]}"}', 1),
        ("007", "ü é\nb", None, None, None, 3),
        ("8", None, "12", None, '{"is_x":"true","x/y~":"z"}', 7),
    ]
    assert company.quarantine() == [
        (4, None, "the line is not valid JSON"),
        (5, None, "the line is not a JSON object"),
        (6, None, "the line names a key twice"),
    ]


def test_json_numbers_keep_their_digits(company):
    number = "0.12345678901234567890"
    company.deliver(
        "deals.jsonl",
        '{"deal_id":1.10,"created_at":"2024-01-01","pipeline":1e5,"status":"open","amount":12.50,'
        f'"x":{{"a":{number}}}}}\n{{"deal_id":-0,"status":NaN}}\n',
    )
    result = company.only()
    assert (result.rows_loaded, result.rows_quarantined) == (1, 1)
    assert company.rows("deals", "deal_id, pipeline, amount, _extra") == [
        ("1.10", "1e5", "12.50", f'{{"x":"{{\\"a\\":{number}}}"}}')
    ]
    assert company.quarantine() == [(2, None, "the line is not valid JSON")]


def test_both_json_readings_agree(company):
    lines = [
        f'{{"contact_id":{at},"created_at":"2024-01-01","company":"a\\tb",'
        '"n":{"k":[1,true,null]}}'
        for at in range(5)
    ]
    company.deliver("contacts-fast.jsonl", "\n".join(lines))
    company.deliver("contacts-slow.jsonl", "\n".join(lines) + '\n{"contact_id":1.5}')
    fast, slow = company.land()
    assert (fast.rows_loaded, slow.rows_loaded, slow.rows_quarantined) == (5, 5, 1)
    rows = company.rows("contacts", "contact_id, company, _extra, _row_number")
    assert rows[:5] == rows[5:]


def test_an_empty_json_file_is_refused(company):
    company.deliver("deals.jsonl", "")
    assert company.only().error == (
        "2024-03-01/deals.jsonl is empty: it has no line. Deliver it with its rows, or remove it."
    )


def _parquet(company, file, select):
    path = company.deliver(file, b"")
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'America/New_York'")
        con.execute(f"copy ({select}) to '{path}' (format parquet)")
    return path


def test_parquet_types_become_text(company):
    _parquet(
        company,
        "deals.parquet",
        """
        select * from (values
            (18446744073709551615::ubigint, timestamp '2024-01-01 10:00:00.5', 'p',
             timestamptz '2024-01-01 10:00:00+00', 12.50::decimal(9,2), 42.0::double, [1, 2],
             true, date '2024-02-03', 'open'),
            (7, timestamp '2024-01-02', ' p ', null, null, 'nan'::double, null, null, null, 'open')
        ) as t(deal_id, created_at, pipeline, updated_at, amount, contact_id, tags, flag, closed_at,
               status)
        """,
    )
    result = company.only()
    assert (result.rows_loaded, result.unknown_columns) == (2, ("flag",))
    columns = "deal_id, created_at, pipeline, updated_at, amount, contact_id, tags, closed_at"
    assert company.rows("deals", f"{columns}, _extra, _row_number") == [
        (
            "18446744073709551615",
            "2024-01-01 10:00:00.5",
            "p",
            "2024-01-01 10:00:00+00",
            "12.50",
            "42",
            "1;2",
            "2024-02-03",
            '{"flag":"true"}',
            1,
        ),
        ("7", "2024-01-02 00:00:00", "p", None, None, None, None, None, None, 2),
    ]


def test_parquet_ids_that_became_floating_point_are_quarantined(company):
    _parquet(
        company,
        "users.parquet",
        "select * from (values (5805028000017521591::double, 'Ann'), (12.0, 'Bob')) "
        "as t(user_id, name)",
    )
    assert company.only().rows_loaded == 1
    assert company.rows("users", "user_id, name") == [("12", "Bob")]
    assert company.quarantine("value") == [("5.805028000017522e+18",)]
    assert company.quarantine() == [
        (
            1,
            "user_id",
            "user_id: the value is stored as a floating-point number of 16 or more digits and has "
            "lost some of them. Format the column as text or integer and export it again",
        )
    ]


def test_a_damaged_parquet_file_is_refused(company):
    whole = _parquet(company, "users.parquet", "select '1' as user_id, 'Ann' as name").read_bytes()
    company.deliver("users.parquet", whole[:-20])
    assert company.only().error == (
        "2024-03-01/users.parquet cannot be read as Parquet (cut off or damaged). Deliver it again."
    )


def _workbook(company, file, sheets):
    path = company.deliver(file, b"")
    book = xlsxwriter.Workbook(str(path))
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for title, rows in sheets.items():
        sheet = book.add_worksheet(title)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, dt.datetime):
                    sheet.write_datetime(at, column, cell, moment)
                elif isinstance(cell, str) and cell.startswith("="):
                    sheet.write_formula(at, column, cell, None, "#REF!")
                elif isinstance(cell, str):
                    sheet.write_string(at, column, cell)
                elif cell is not None:
                    sheet.write(at, column, cell)
    book.close()
    return path


def test_excel_cells_become_text(company):
    _workbook(
        company,
        "deals.xlsx",
        {
            "Notes": [["nothing", "here"]],
            "Deals": [
                [],
                ["Deal_ID ", "created_at", "pipeline", "status", "amount", "title", "flag", None],
                ["0007", dt.datetime(2024, 1, 2, 9, 30), 12, "open", 12.5, "NA", True],
                [],
                ["5805028000017521591", dt.datetime(2024, 1, 2), "p", "won", 1e14, "=A1", False],
                [5805028000017521591, dt.datetime(2024, 1, 2), "p", "won", 1],
                ["8", dt.datetime(2024, 1, 2), "p", "won", 10**15],
                ["9", dt.datetime(2024, 1, 2), "p", "won", "12,5"],
            ],
        },
    )
    result = company.only()
    assert (result.rows_read, result.rows_loaded, result.unknown_columns) == (5, 2, ("flag",))
    columns = "deal_id, created_at, pipeline, amount, title, _extra, _row_number"
    assert company.rows("deals", columns) == [
        ("0007", "2024-01-02 09:30:00", "12", "12.5", "NA", '{"flag":"true"}', 3),
        (
            *("5805028000017521591", "2024-01-02", "p", "100000000000000", "#REF!"),
            *('{"flag":"false"}', 5),
        ),
    ]
    values = company.query(
        "select value from raw_ledger.quarantine where row_number < 8 order by all"
    )
    assert values == [("1000000000000000",), ("5805028000017521664",)]
    digits = (
        "the value is stored as an Excel number of 16 or more digits and has lost some of them. "
        "Format the column as text and export it again"
    )
    assert company.quarantine() == [
        (6, "Deal_ID", f"Deal_ID: {digits}"),
        (7, "amount", f"amount: {digits}"),
        (8, "amount", 'amount: "12,5" is not a decimal number with a point'),
    ]


def test_excel_files_that_cannot_be_read_are_refused(company):
    company.deliver("contacts.xlsx", b"not a workbook")
    _workbook(company, "deals.xlsx", {"Sheet1": []})
    _workbook(company, "users.xlsx", {"Sheet1": [["user_id"], ["1"]]})
    errors = [result.error for result in company.land()]
    assert errors == [
        "2024-03-01/contacts.xlsx cannot be read as a spreadsheet (.xlsx, .xls, .xlsb, .ods). "
        "Save it again as .xlsx or CSV.",
        "2024-03-01/deals.xlsx, sheet 'Sheet1' has no header row: it is empty. Deliver it with its "
        "column names in the first row, or remove it.",
        "2024-03-01/users.xlsx lacks the column name, which users requires. It has: user_id. "
        "Deliver it with the column, or write a mapping.",
    ]


@pytest.mark.parametrize("file", ["users.xls", "users.xlsx"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "<html><table><tr><td>user_id</td></tr></table></html>",
            "a web page (HTML) under a spreadsheet's name. Open it in a spreadsheet program and "
            "save it as .xlsx or CSV.",
        ),
        (
            '\n<meta http-equiv="Content-Type"/>\n<table><tr><td>user_id</td></tr></table>',
            "a web page (HTML) under a spreadsheet's name. Open it in a spreadsheet program and "
            "save it as .xlsx or CSV.",
        ),
        (
            '<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
            "</Workbook>",
            "a spreadsheet in the XML of Excel 2003. Open it in a spreadsheet program and save it "
            "as .xlsx or CSV.",
        ),
        (
            "user_id\tname\n1\tAnn\n",
            "text under a spreadsheet's name. Rename it so that it ends in .csv or .txt.",
        ),
    ],
    ids=["page", "table", "xml", "text"],
)
def test_what_only_has_the_name_of_a_spreadsheet_is_called_by_its_own(
    company, file, encoding, content, said
):
    company.deliver(file, content.encode(encoding))
    assert company.only().error == f"2024-03-01/{file} is {said}"


ARRAY = (
    b'\xef\xbb\xbf [ {"user_id": 5805028000017521591,\r\n "name":"a,]\\nb"}\n,'
    b'{"user_id":"2","name":1.10}]\n'
)


def test_a_json_array_is_read_item_by_item(company):
    company.deliver("users.json", ARRAY)
    company.deliver("users-2.json.gz", gzip.compress(ARRAY))
    assert [result.rows_loaded for result in company.land()] == [2, 2]
    landed = [("5805028000017521591", "a,]\nb", 1), ("2", "1.10", 2)]
    assert company.rows("users", "user_id, name, _row_number") == landed * 2


@pytest.mark.parametrize(
    "text", ['{"user_id":1,"name":"a"}\n{"user_id":2,"name":"b"}', '{"user_id":1,\n"name":"a"}']
)
def test_json_lines_and_a_lone_object_may_be_called_json(company, text):
    company.deliver("users.json", text)
    assert company.only().rows_loaded == text.count("{")


def test_an_empty_json_array_is_a_file_without_rows(company):
    company.deliver("users.json", "[]")
    result = company.only()
    assert (result.status, result.rows_read) == ("loaded", 0)


@pytest.mark.parametrize(
    "text", ['[{"user_id":1,\n"name":', '[{"a":1}\n{"a":2}]', "[1,\n]", "[]\n,"]
)
def test_a_json_array_that_breaks_off_is_refused_with_its_line(company, text):
    company.deliver("users.json", text)
    assert company.only().error == (
        "2024-03-01/users.json, line 2: the JSON array breaks off there or is damaged. Deliver it "
        "again, or as JSON lines (.jsonl)."
    )


def _zip(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_zip_with_one_file_is_read_as_that_file(company):
    csv = b"user_id;name\n1;\xc5\x81a\n"
    company.deliver("users-1.zip", _zip({"export/": b"", "export/any name.csv": csv}))
    company.deliver("users-2.zip", _zip({"a.json": ARRAY, "__MACOSX/._a.json": b"x"}))
    company.deliver("users-3.zip", _zip({"a.csv.gz": gzip.compress(csv), "Thumbs.db": b"x"}))
    assert [result.rows_loaded for result in company.land()] == [1, 2, 1]
    assert company.query("select user_id from raw.users where name = '\u0141a'") == [("1",)] * 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_zip({}), "has 0 files in it, and a .zip is read only with exactly one."),
        (_zip({"a.csv": b"", "b.csv": b""}), "has 2 files in it (a.csv, b.csv), and a .zip"),
        (_zip({"a.pdf": b""}), "holds a.pdf, which is in a format that is not read. Deliver it as"),
        (_zip({"a.zip": b""}), "holds a.zip, which is in a format that is not read."),
        (_zip({"a.csv": b"x" * 99})[:60], "is not a complete zip file without a password."),
        (_zip({"a.csv": b"x" * (100 << 20)}), "expands to more than 200 times its size"),
    ],
    ids=["empty", "two", "unread", "nested", "cut", "bomb"],
)
def test_other_archives_are_refused(company, content, said):
    company.deliver("users.zip", content)
    assert said in company.only().error


def test_the_first_visible_sheet_is_read(company):
    path = company.deliver("users.xlsx", b"")
    book = xlsxwriter.Workbook(str(path))
    for title, name in (("backup", "Old"), ("Team 2024", "Ann"), ("Notes", "x")):
        sheet = book.add_worksheet(title)
        for row, cells in enumerate([["user_id", "name"], ["1", name]]):
            sheet.write_row(row, 0, cells)
        if name == "Ann":
            sheet.activate()
            sheet.set_first_sheet()
    book.get_worksheet_by_name("backup").hide()
    book.close()
    company.land()
    assert company.rows("users", "name") == [("Ann",)]


@pytest.mark.parametrize("file", ["users.tsv", "users.txt", "users.tsv.gz", "users.txt.gz"])
def test_tabs_and_other_names_of_text_files(company, file):
    text = b"user_id\tname\n007\tAnn, B\n"
    company.deliver(file, gzip.compress(text) if file.endswith(".gz") else text)
    company.land()
    assert company.rows("users", "user_id, name") == [("007", "Ann, B")]


SALES = """
name: sales
files: "sales*"
entity: deals
columns:
  deal_id: Id
  created_at: {column: Day, format: ["%d.%m.%Y", "%d.%m.%Y %H:%M"], timezone: Europe/Berlin}
  pipeline: {value: p}
  status: {value: won}
  amount: {column: Sum, number: "1.234,56"}
"""


def test_a_typed_cell_is_never_read_again_by_a_rule_about_text(company):
    company.map(SALES)
    moment = dt.datetime(2024, 1, 2, 9, 30)
    _workbook(
        company,
        "sales.xlsx",
        {
            "S": [
                ["Id", "Day", "Sum"],
                ["1", moment, 1250],
                ["2", "02.01.2024 09:30", "1.250,00"],
                ["3", moment, 12.345],
                ["4", moment, 1250.5],
            ]
        },
    )
    company.deliver(
        "sales.json",
        '[{"Id":1,"Day":"02.01.2024 09:30","Sum":1250},'
        '{"Id":2,"Day":"02.01.2024 09:30","Sum":"1.250,00"},'
        '{"Id":3,"Day":"02.01.2024 09:30","Sum":12.345},'
        '{"Id":4,"Day":"02.01.2024 09:30","Sum":1250.5}]',
    )
    company.deliver(
        "sales-native.jsonl",
        '{"Id":1,"Day":"02.01.2024 09:30","Sum":1250}\n'
        '{"Id":2,"Day":"02.01.2024 09:30","Sum":"1.250,00"}',
    )
    _parquet(
        company,
        "sales.parquet",
        'select id::varchar as "Id", timestamp \'2024-01-02 09:30:00\' as "Day", '
        'sum::decimal(9,3) as "Sum" from (values (1, 1250), (2, 1250), (3, 12.345), '
        "(4, 1250.5)) as t(id, sum)",
    )
    results = company.land()
    assert [result.rows_quarantined for result in results] == [0] * 4
    read = company.query(
        "select deal_id, created_at::timestamptz = '2024-01-02 08:30:00+00', amount::decimal(9,3), "
        "count(*) from raw.deals group by all order by all"
    )
    assert [(row[0], row[1], str(row[2])) for row in read] == [
        *(("1", True, "1250.000"), ("2", True, "1250.000")),
        *(("3", True, "12.345"), ("4", True, "1250.500")),
    ]


def test_a_number_inside_a_record_is_typed_too(company):
    company.map(SALES.replace("column: Sum", "column: p.Sum"))
    company.deliver(
        "sales.json",
        '[{"Id":1,"Day":"02.01.2024","p":{"Sum":1250.5}},'
        '{"Id":2,"Day":"02.01.2024","p":{"Sum":"1.250,5"}}]',
    )
    company.land()
    assert company.rows("deals", "amount") == [("1250.5",), ("1250.5",)]


def test_a_date_and_a_time_in_two_typed_cells_are_one_moment(company):
    company.map(
        SALES.replace("{column: Day,", '{concat: [Day, Clock], separator: " ",').replace(
            "column: Sum", "column: Talk"
        )
    )
    path = company.deliver("sales.xlsx", b"")
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Id", "Day", "Clock", "Talk"])
    sheet.write_string(1, 0, "1")
    sheet.write_datetime(1, 1, dt.datetime(2024, 1, 2), book.add_format({"num_format": "d/m/yy"}))
    sheet.write_datetime(1, 2, dt.time(9, 30), book.add_format({"num_format": "hh:mm"}))
    sheet.write_number(1, 3, 5)
    book.close()
    company.land()
    assert company.rows("deals", "created_at::timestamptz") == [
        (dt.datetime(2024, 1, 2, 8, 30, tzinfo=dt.UTC),)
    ]


SHARES = """
name: shares
files: "shares.xlsx"
entity: pipeline_stages
columns:
  pipeline: {value: x}
  stage: Stage
  position: {value: 1}
  kind: {value: open}
  probability: Chance
"""


PERCENTAGES = ["0%", "0.00%", '0.0" of all" %']


@pytest.mark.parametrize("shown", [*PERCENTAGES, "0", '0" %"', "0\\%"])
@pytest.mark.parametrize("read", ['number: "1 234,56"', None])
def test_a_percentage_is_one_however_its_cell_holds_it(company, shown, read):
    book = xlsxwriter.Workbook(str(company.deliver("shares.xlsx", b"")))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Stage", "Chance"])
    for row, share in enumerate((0.07, 0.5, 1), 1):
        sheet.write_string(row, 0, f"shown {share}")
        sheet.write_number(row, 1, share, book.add_format({"num_format": shown}))
    sheet.write_row(4, 0, ["plain", 20])
    sheet.write_string(5, 0, "text")
    sheet.write_string(5, 1, "12,5 %" if read else "12.5")
    book.close()
    divided = ", ".join(["{column: Chance", *([read] if read else []), "divide_by: 100}"])
    company.map(SHARES.replace("probability: Chance", f"probability: {divided}"))
    assert company.only().rows_quarantined == 0
    held = ["0.07", "0.5", "1"] if shown in PERCENTAGES else ["0.0007", "0.005", "0.01"]
    assert company.rows("pipeline_stages", "probability") == [
        (each,) for each in (*held, "0.2", "0.125")
    ]


def test_a_share_needs_no_division_where_nothing_else_is_in_the_column(company):
    book = xlsxwriter.Workbook(str(company.deliver("shares.xlsx", b"")))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Stage", "Chance"])
    sheet.write_string(1, 0, "half")
    sheet.write_number(1, 1, 0.5, book.add_format({"num_format": "0%"}))
    book.close()
    company.map(SHARES)
    company.only()
    assert company.rows("pipeline_stages", "probability") == [("0.5",)]


MERGED = """
name: sales
files: "sales.xlsx"
entity: deals
columns:
  deal_id: Id
  created_at: Day
  pipeline: {value: x}
  owner_user_id: Seller
  amount: Sum
where: {Id: not empty}
"""


def _merged(company):
    book = xlsxwriter.Workbook(str(company.deliver("sales.xlsx", b"")))
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "d/m/yy"})
    sheet.merge_range(0, 0, 1, 3, "Sales of the year")
    sheet.write_row(2, 0, ["Id", "Day", "Seller", "Sum", "Note"])
    for row in range(3, 7):
        sheet.write_row(row, 0, [str(row), "", "", row])
    sheet.merge_range(3, 1, 4, 1, dt.datetime(2024, 2, 1), day)
    sheet.merge_range(5, 1, 6, 1, dt.datetime(2024, 2, 2), day)
    sheet.merge_range(3, 2, 6, 2, "Ann")
    sheet.merge_range(3, 4, 6, 4, "nobody reads this")
    sheet.merge_range(7, 1, 8, 2, "Total")
    sheet.write_number(8, 3, 18)
    book.close()


def test_a_cell_that_is_merged_with_those_above_it_is_not_taken_for_empty(company):
    company.map(MERGED)
    _merged(company)
    result = company.only()
    assert (result.rows_loaded, result.rows_quarantined) == (1, 3)
    said = (
        "{0}: the cell is merged with those above it, of which the first alone holds the value. "
        "If that is meant for each of the rows, say so in the mapping, beside the file's name: "
        "down: [{0}]"
    )
    assert company.quarantine() == [
        (5, "Day", said.format("Day")),
        (6, "Seller", said.format("Seller")),
        (7, "Day", said.format("Day")),
    ]


def test_a_mapping_says_what_merged_cells_hold(company):
    company.map(MERGED + "down: [Day, Seller]\n")
    _merged(company)
    assert company.only().rows_quarantined == 0
    assert company.rows("deals", "deal_id, created_at, owner_user_id, amount") == [
        ("3", "2024-02-01", "Ann", "3"),
        ("4", "2024-02-01", "Ann", "4"),
        ("5", "2024-02-02", "Ann", "5"),
        ("6", "2024-02-02", "Ann", "6"),
    ]


def test_cells_of_a_spreadsheet_that_are_no_plain_values(company):
    path = company.deliver("calls.xlsx", b"")
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("calls")
    clock = book.add_format({"num_format": "[h]:mm:ss"})
    sheet.write_row(0, 0, ["call_id", "started_at", "direction", "status", "talk_seconds", "note"])
    for row, (id_, seconds) in enumerate([("T1", 192), ("T2", 90061)], 1):
        sheet.write_row(row, 0, [id_, "2024-03-01", "in", "answered"])
        sheet.write_number(row, 4, seconds / 86400, clock)
    # Where nobody reads it, a formula without a result is no fault.
    sheet.write_formula(1, 5, "=A1", None, "")
    sheet.write_row(3, 0, ["T3", "2024-03-01", "in", "answered"])
    sheet.write_formula(3, 4, "=1+1", None, "")
    book.close()
    path = company.deliver("contacts.xlsx", b"")
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("contacts")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, ["contact_id", "created_at", "updated_at"])
    for row, number in enumerate((0, 1, 45000), 1):
        sheet.write_row(row, 0, [str(row), "2023-01-01"])
        sheet.write_number(row, 2, number, day)
    book.close()
    company.land()
    assert company.rows("calls", "talk_seconds") == [("192",), ("90061",)]
    assert company.quarantine() == [
        (
            *(4, "talk_seconds"),
            "talk_seconds: the formula in cell E4 has no stored result. Open the file in a "
            "spreadsheet program, save it and deliver it again",
        )
    ]
    assert company.rows("contacts", "updated_at") == [(None,), (None,), ("2023-03-15",)]


LISTS = [
    (["vip", "pilne"], "vip;pilne"),
    ([], None),
    ([None, " "], None),
    ([600700800, 1.5, True], "600700800;1.5;true"),
    (["a", {"n": "b"}], '["a",{"n":"b"}]'),
    ([["a"]], '[["a"]]'),
    ({"a": "b"}, '{"a":"b"}'),
    ("[]", "[]"),
    ('["vip"]', '["vip"]'),
]


@pytest.mark.parametrize("fraction", ["1", "1.5"])
def test_a_list_of_plain_values_is_a_text(company, fraction):
    """A number with a fraction has the file read digit by digit."""
    company.map(
        "files: inside*\nentity: deals\ncolumns: {deal_id: id, created_at: at, pipeline: p, "
        "tags: card.tags}\n"
    )
    company.map(
        "files: each*\nentity: deals\nexplode: tags\n"
        "columns: {deal_id: tags, created_at: at, pipeline: p, tags: tags}\n",
        "each.yml",
    )
    rows = [
        {"deal_id": str(at), "created_at": "2024-01-01", "pipeline": "p", "tags": given}
        for at, (given, _) in enumerate(LISTS)
    ]
    ready = [json.dumps(row).replace("{", f'{{"amount": {fraction}, ', 1) for row in rows]
    company.deliver("deals.jsonl", "\n".join(ready))
    inside = [
        {"id": str(at), "at": "2024-01-01", "p": "p", "card": {"tags": given}}
        for at, (given, _) in enumerate(LISTS)
    ]
    company.deliver("inside.jsonl", "\n".join(map(json.dumps, inside)))
    company.deliver("each.jsonl", '{"at": "2024-01-01", "p": "p", "tags": ["a", ["b", "c"]]}')
    company.land()
    read = company.query(
        "select _source_file, deal_id::int, tags from raw.deals where "
        "_source_file <> 'each.jsonl' order by all"
    )
    expected = [(at, text) for at, (_, text) in enumerate(LISTS)]
    assert read == [
        *(("deals.jsonl", *each) for each in expected),
        *(("inside.jsonl", *each) for each in expected),
    ]
    each = "select tags from raw.deals where _source_file = 'each.jsonl' order by _row_number"
    assert company.query(each) == [("a",), ("b;c",)]
    assert company.quarantine() == []


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?"])
def test_an_error_of_a_spreadsheet_is_the_same_in_its_csv(company, error):
    """It is no value and none to leave out: where it can be no text, its row is quarantined."""
    header = ["deal_id", "created_at", "pipeline", "title", "amount", "updated_at"]
    rows = [
        ["1", "2024-01-02", "p", error, "1", "2024-01-02"],
        ["2", "2024-01-02", "p", "kept", error, "2024-01-02"],
        ["3", error, "p", "kept", "1", "2024-01-02"],
        ["4", "2024-01-02", "p", "kept", "1", error],
    ]
    book = xlsxwriter.Workbook(str(company.deliver("deals-a.xlsx", b"")))
    sheet = book.add_worksheet("deals")
    sheet.write_row(0, 0, header)
    for at, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if cell == error:
                sheet.write_formula(at, column, "=A1", None, error)
            else:
                sheet.write_string(at, column, cell)
    book.close()
    company.deliver("deals-b.csv", "\n".join(",".join(row) for row in (header, *rows)))
    typed, text = company.land()
    assert (typed.rows_loaded, typed.rows_quarantined) == (1, 3)
    assert (text.rows_loaded, text.rows_quarantined) == (1, 3)
    assert company.rows("deals", "deal_id, title") == [("1", error)] * 2
    said = company.quarantine()
    assert said[:3] == said[3:]


TEAMS = """
name: sales
files: "sales.csv"
entity: deals
lookup: {{file: teams.xlsx, key: {{Seller: Agent}}, columns: [Team, Code]{0}}}
columns: {{deal_id: Id, created_at: Day, pipeline: Team, owner_user_id: Code}}
"""


@pytest.mark.parametrize("said", ["", ", down: Team", ", down: [Code, Team]"])
def test_merged_cells_of_a_file_that_is_looked_up_in_are_not_taken_for_empty(company, said):
    book = xlsxwriter.Workbook(str(company.deliver("teams.xlsx", b"")))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Team", "Agent", "Code", "Note"])
    for row, agent in enumerate(("Ann", "Bob", "Cid", "Dan"), 1):
        sheet.write_row(row, 1, [agent, agent[0]])
    sheet.merge_range(1, 0, 2, 0, "North")
    sheet.merge_range(3, 0, 4, 0, "South")
    sheet.merge_range(1, 3, 4, 3, "nobody reads this")
    book.close()
    company.deliver("sales.csv", "Id,Day,Seller\n1,2024-02-01,Bob\n2,2024-02-01,Cid\n")
    company.map(TEAMS.format(said))
    result = company.only()
    if said:
        assert company.rows("deals", "pipeline, owner_user_id") == [("North", "B"), ("South", "C")]
    else:
        assert result.error == (
            "2024-03-01/teams.xlsx, line 3 cannot be read: Team: the cell is merged with those "
            "above it, of which the first alone holds the value. If that is meant for each of the "
            "rows, say so in the mapping, beside the file's name: down: [Team]. Correct it there."
        )
