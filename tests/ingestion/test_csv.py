"""CSV: every byte accounted for, whatever the quoting, the line ends and the defects."""

from __future__ import annotations

import gzip
import logging

import pytest

HEADER = "contact_id,created_at,company"


def _landed(company):
    return company.rows("contacts", "contact_id, company, _row_number")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(f"{HEADER}\n1,2024-01-01,a\n2,2024-01-01,b\n", [2, 3], id="lf"),
        pytest.param(f"{HEADER}\r\n1,2024-01-01,a\r\n2,2024-01-01,b\r\n", [2, 3], id="crlf"),
        pytest.param(f"{HEADER}\r1,2024-01-01,a\r2,2024-01-01,b\r", [2, 3], id="cr"),
        pytest.param(f"{HEADER}\r\n1,2024-01-01,a\n2,2024-01-01,b\r\n", [2, 3], id="mixed ends"),
        pytest.param(f"\ufeff{HEADER}\n1,2024-01-01,a\n2,2024-01-01,b\n", [2, 3], id="bom"),
        pytest.param(f"{HEADER}\n1,2024-01-01,a\n2,2024-01-01,b", [2, 3], id="no last newline"),
        pytest.param(f"{HEADER}\n1,2024-01-01,a\n2,2024-01-01,b\n\n\n", [2, 3], id="blank tail"),
        pytest.param(f"{HEADER}\n\n1,2024-01-01,a\n\n2,2024-01-01,b\n", [3, 5], id="blank lines"),
        pytest.param(f"\n{HEADER}\n1,2024-01-01,a\n2,2024-01-01,b\n", [3, 4], id="blank head"),
        pytest.param(f"{HEADER}\n1,2024-01-01,a\n   \n2,2024-01-01,b\n", [2, 4], id="spaces line"),
        pytest.param(
            '"contact_id","created\n_at",company,created_at\n1,x,a,2024-01-01\n2,y,b,2024-01-01\n',
            [3, 4],
            id="newline in header",
        ),
        pytest.param(
            "Company ; CONTACT_ID;created_at\na;1;2024-01-01\nb;2;2024-01-01\n",
            [2, 3],
            id="semicolons, other order, case and blanks",
        ),
        pytest.param(
            "contact_id\tcreated_at\tcompany\n1\t2024-01-01\ta\n2\t2024-01-01\tb\n",
            [2, 3],
            id="tabs",
        ),
    ],
)
def test_shapes_of_one_table(company, content, expected):
    company.deliver("contacts.csv", content)
    result = company.only()
    assert (result.status, result.rows_loaded, result.rows_quarantined) == ("loaded", 2, 0)
    assert _landed(company) == [("1", "a", expected[0]), ("2", "b", expected[1])]


def test_newlines_quotes_and_delimiters_inside_cells_keep_exact_line_numbers(company):
    company.deliver(
        "contacts.csv",
        f'{HEADER}\n1,2024-01-01,"two\nlines"\n2,2024-01-01,"say ""hi"", x"\n'
        '3,2024-01-01,"a\r\nb\n\nc"\n4,2024-01-01,\n',
    )
    assert company.only().rows_loaded == 4
    assert _landed(company) == [
        ("1", "two\nlines", 2),
        ("2", 'say "hi", x', 4),
        ("3", "a\r\nb\n\nc", 5),
        ("4", None, 9),
    ]


def test_the_slow_reading_gives_the_same_rows_and_lines(company):
    body = '1,2024-01-01,"two\nlines"\n2,2024-01-01,"say ""hi"", x"\n3,2024-01-01,"a\r\nb"\n'
    company.deliver("contacts-fast.csv", f"{HEADER}\n{body}")
    company.deliver("contacts-slow.csv", f"{HEADER}\n{body}4,2024-01-01\n")
    fast, slow = company.land()
    assert (fast.rows_loaded, slow.rows_loaded, slow.rows_quarantined) == (3, 3, 1)
    columns = "contact_id, created_at, company, _extra, _row_number"
    read = company.query(
        f"select _source_file, {columns} from raw.contacts order by _source_file, _row_number"
    )
    assert [row[1:] for row in read[:3]] == [row[1:] for row in read[3:]]


def test_wrong_cell_counts_and_stray_quotes_are_quarantined_with_their_line(company):
    company.deliver(
        "contacts.csv",
        f'{HEADER}\n1,2024-01-01\n2,2024-01-01,"a\nb"\n3,2024-01-01,c,d\n4,2024-01-01,"x"y\n'
        "5,2024-01-01,e\n6,2024-01-01,e\rf\n",
    )
    result = company.only()
    assert (result.rows_read, result.rows_loaded, result.rows_quarantined) == (6, 2, 4)
    assert _landed(company) == [("2", "a\nb", 3), ("5", "e", 7)]
    assert company.quarantine("row_number, reason, row_json") == [
        (2, "the line has 2 cells where the header has 3", '["1", "2024-01-01"]'),
        (5, "the line has 4 cells where the header has 3", '["3", "2024-01-01", "c", "d"]'),
        (
            6,
            'a " stands where none may: inside a cell it is written "" and the cell is quoted',
            None,
        ),
        (8, "a carriage return stands in a cell that is not quoted", None),
    ]


def test_a_delimiter_at_the_end_of_a_line_is_no_further_cell(company):
    # The first file is read by the database, the second, for its short line, by Python.
    body = '1,2024-01-01,a,\n2,2024-01-01,"b\nc",""\n'
    company.deliver("contacts-fast.csv", f"{HEADER}\n{body}")
    company.deliver("contacts-slow.csv", f"{HEADER}\n{body}3,2024-01-01\n")
    fast, slow = company.land()
    assert (fast.rows_loaded, slow.rows_loaded, slow.rows_quarantined) == (2, 2, 1)
    assert _landed(company) == [("1", "a", 2), ("2", "b\nc", 3)] * 2


@pytest.mark.parametrize(
    "body",
    ['1,2024-01-01,a\n2,2024-01-01,"b\n3,2024-01-01,c\n', '1,2024-01-01,a\n2,2024-01-01,"b'],
    ids=["in the middle", "in the last line"],
)
def test_an_unclosed_quote_refuses_the_file_and_names_its_line(company, body):
    company.deliver("contacts.csv", f"{HEADER}\n{body}")
    result = company.only()
    assert result.status == "refused"
    assert result.error.startswith(
        "2024-03-01/contacts.csv, line 3: a quote is opened there and not closed properly"
    )
    assert _landed(company) == []
    assert company.quarantine("entity, file, row_number, reason") == [
        ("contacts", "contacts.csv", None, result.error)
    ]


def test_blanks_beside_quotes_are_never_dropped_silently(company):
    company.deliver("contacts.csv", f'{HEADER}\n1,2024-01-01, "a"\n2,2024-01-01,"b" \n')
    result = company.only()
    assert _landed(company) == [("1", '"a"', 2)]
    assert (result.rows_read, result.rows_quarantined) == (2, 1)


def test_header_only_loads_nothing_and_is_no_error(company):
    company.deliver("contacts.csv", f"{HEADER}\n")
    result = company.only()
    assert (result.status, result.rows_read, result.error) == ("loaded", 0, None)


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_a_file_without_header_is_refused(company, content):
    company.deliver("contacts.csv", content)
    assert company.only().error == (
        "2024-03-01/contacts.csv has no header line: it is empty. Deliver it with its column names "
        "in the first line, or remove it."
    )


def test_a_missing_required_column_names_file_and_column(company):
    company.deliver("contacts.csv", "contact_id,company\n1,a\n2,b\n")
    result = company.only()
    assert result.error == (
        "2024-03-01/contacts.csv lacks the column created_at, which contacts requires. "
        "It has: contact_id, company. Deliver it with the column, or write a mapping."
    )
    assert (result.rows_read, result.rows_quarantined) == (2, 2)
    assert company.quarantine("row_number, column_name") == [(None, "created_at")]


def test_two_columns_of_one_name_are_refused_only_where_that_name_is_read(company):
    company.deliver("contacts.csv", "contact_id,created_at,Company,company \n1,2024-01-01,a,b\n")
    assert company.only().error == (
        "2024-03-01/contacts.csv, line 1, has two columns named 'company': Company (column 3) and "
        "company (column 4). Rename or remove one of them."
    )
    company.deliver("contacts.csv", "Title\ncontact_id,created_at,City, CITY\n1,2024-01-01,a,b\n")
    assert "line 2, has two columns named 'city': City (column 3) and CITY (column 4)" in (
        company.only().error or ""
    )
    company.deliver("contacts.csv", "contact_id,Notes,created_at,notes\n1,a,2024-01-01,b\n")
    assert company.only().unknown_columns == ("Notes", "notes (column 4)")
    assert company.rows("contacts", "contact_id, _extra") == [
        ("1", '{"Notes":"a","notes (column 4)":"b"}')
    ]


def test_unknown_columns_are_kept_and_reported_once(company, caplog):
    company.deliver(
        "contacts.csv",
        'contact_id,created_at,Shoe size,"a""b",\n1,2024-01-01,42,x,y\n2,2024-01-01, ,,\n',
    )
    with caplog.at_level(logging.WARNING):
        result = company.only()
    assert result.unknown_columns == ("Shoe size", 'a"b', "(column 5)")
    assert company.rows("contacts", "_extra") == [
        ('{"Shoe size":"42","a\\"b":"x","(column 5)":"y"}',),
        (None,),
    ]
    warnings = [record.getMessage() for record in caplog.records]
    assert warnings == [
        "2024-03-01/contacts.csv has columns that contacts does not know: "
        'Shoe size, a"b, (column 5). Their values are kept in _extra.'
    ]


def test_nameless_columns_without_a_value_are_not_reported(company, caplog):
    company.deliver("contacts.csv", "contact_id,created_at,,Shoe size, \n1,2024-01-01,,,\n")
    company.deliver("contacts-2.csv", "contact_id;created_at;;;\n2;2024-01-01;; ;x\n")
    company.deliver("contacts-3.csv", "contact_id,created_at,\n,,lost\n")
    with caplog.at_level(logging.WARNING):
        results = {result.target.file: result.unknown_columns for result in company.land()}
    assert results == {
        "contacts.csv": ("Shoe size",),
        "contacts-2.csv": ("(column 5)",),
        "contacts-3.csv": (),
    }
    assert sorted(record.getMessage().split("know: ")[1] for record in caplog.records) == [
        "(column 5). Their values are kept in _extra.",
        "Shoe size. Their values are kept in _extra.",
    ]
    assert company.rows("contacts", "contact_id, _extra") == [
        ("2", '{"(column 5)":"x"}'),
        ("1", None),
    ]


def test_ids_zeros_and_signs_survive(company):
    ids = ["0007", "5805028000017521591", "18446744073709551615", "+48 561", "1e5", "NULL", "#1"]
    company.deliver("contacts.csv", HEADER + "\n" + "".join(f"{i},2024-01-01,\n" for i in ids))
    company.land()
    assert [row[0] for row in _landed(company)] == ids


def test_gzip_and_several_members(company):
    data = gzip.compress(f"{HEADER}\n1,2024-01-01,a\n".encode()) + gzip.compress(
        b"2,2024-01-01,b\n"
    )
    company.deliver("contacts-x.csv.gz", data)
    assert company.only().rows_loaded == 2
    assert _landed(company) == [("1", "a", 2), ("2", "b", 3)]


def test_a_cut_gzip_file_is_refused(company):
    data = gzip.compress((HEADER + "\n" + "1,2024-01-01,abcdef\n" * 5000).encode())
    company.deliver("contacts.csv.gz", data[: len(data) // 2])
    assert company.only().error == (
        "2024-03-01/contacts.csv.gz is not a complete gzip file (it is cut off or "
        "damaged). Deliver it again."
    )


def test_a_gzip_bomb_is_not_unpacked(company):
    company.deliver("contacts.csv.gz", gzip.compress(b"x" * (100 << 20), compresslevel=9))
    assert "expands to more than 200 times its size" in company.only().error
    assert not any((company.settings.home / "tmp").iterdir())


def test_names_with_pattern_characters_are_read_as_they_are(company):
    company.deliver("contacts-[1]*?.csv", f"{HEADER}\n1,2024-01-01,a\n")
    company.deliver("contacts-1x.csv", f"{HEADER}\n2,2024-01-01,b\n")
    assert [result.rows_loaded for result in company.land()] == [1, 1]
    assert sorted(row[0] for row in _landed(company)) == ["1", "2"]


def test_a_line_longer_than_the_readers_buffer(company):
    company.deliver("contacts.csv", f"{HEADER}\n1,2024-01-01,{'x' * 5_000_000}\n2,2024-01-01,b\n")
    assert company.only().rows_loaded == 2
    assert company.rows("contacts", "length(company)") == [(5_000_000,), (1,)]


PREAMBLE = "Contacts of May;;\nMay 1 - May 31\n;;\n"


@pytest.mark.parametrize(
    ("above", "excluded"),
    [
        ("sep=;\n", 0),
        ('\ufeff"SEP=;"\r\n', 0),
        (PREAMBLE, 2),
        ("sep=;\n" + PREAMBLE, 2),
        ('A "quoted title\n\n"Another, unclosed\n', 2),
        ("title\n" * 29, 29),
    ],
    ids=["sep", "quoted sep", "titles", "sep and titles", "quotes", "29 lines"],
)
def test_lines_above_the_header_are_excluded_and_counted(company, above, excluded):
    body = f"{HEADER.replace(',', ';')}\n1;2024-01-01;a\n2;2024-01-01;b\n"
    company.deliver("contacts.csv", above + body)
    result = company.only()
    assert (result.error, result.rows_loaded, result.rows_quarantined) == (None, 2, 0)
    assert (result.rows_read, result.rows_excluded) == (2 + excluded, excluded)
    first = above.count("\n") + 2
    assert _landed(company) == [("1", "a", first), ("2", "b", first + 1)]


def test_a_header_below_the_first_thirty_lines_is_not_looked_for(company):
    company.deliver("contacts.csv", "title\n" * 30 + f"{HEADER}\n1,2024-01-01,a\n")
    assert company.only().error.startswith(
        "2024-03-01/contacts.csv lacks the columns contact_id, created_at, which contacts requires."
    )


def test_the_separator_that_a_file_names_counts_more_than_what_its_lines_look_like(company):
    company.deliver("contacts.csv", "sep=|\ncontact_id|created_at|company\n1|2024-01-01|a,b;c\n")
    assert company.only().rows_loaded == 1
    assert _landed(company) == [("1", "a,b;c", 3)]


@pytest.mark.parametrize("blank", [";;", "; ;\u00a0", "\u200b", "   ", ""])
@pytest.mark.parametrize("slow", ["", "4;2024-01-01\n"], ids=["fast", "slow"])
def test_a_line_without_any_value_is_no_row(company, blank, slow):
    company.deliver(
        "contacts.csv",
        f"{HEADER.replace(',', ';')}\n1;2024-01-01;a\n{blank}\n2;2024-01-01;b\n{slow}{blank}\n",
    )
    result = company.only()
    assert (result.rows_loaded, result.rows_quarantined) == (2, 1 if slow else 0)
    assert result.rows_read == result.rows_loaded + result.rows_quarantined + result.rows_excluded
    assert _landed(company) == [("1", "a", 2), ("2", "b", 4)]


REPORT = """
name: report
files: "report*"
entity: contacts
columns: {contact_id: Id, created_at: Day, company: Company}
"""


def test_short_lines_keep_their_cells_for_where(company):
    company.map(REPORT + "where: {Day: not empty}")
    company.deliver(
        "report.csv",
        'Id,Day,Company\n1,2024-01-01,a\n2,2024-01-02\n\n"Open pipeline"\n'
        '"Generated by: somebody, 2024"\n',
    )
    result = company.only()
    assert (result.rows_read, result.rows_loaded) == (5, 1)
    assert (result.rows_quarantined, result.rows_excluded) == (1, 3)
    assert company.quarantine("row_number, reason") == [
        (3, "the line has 2 cells where the header has 3")
    ]


@pytest.mark.parametrize(
    ("keys", "text", "excluded"),
    [
        ("skip: 2", "a\nId,Day,Company\nId,Day,Company\n1,2024-01-01,a\n", 2),
        ("header: 3", "a\nId,Day,Company\nId,Day,Company\n1,2024-01-01,a\n", 2),
        ("header: [Id, Day, Company]", "1,2024-01-01,a\n", 0),
        ("header: [Id, Day, Company]\nskip: 2", "a\nb\n1,2024-01-01,a\n", 2),
        ("footer: 2", "Id,Day,Company\n1,2024-01-01,a\n2,2024-01-01,b\n\nTotal: 2\n\n", 4),
    ],
)
def test_a_mapping_says_what_stands_above_and_below_the_rows(company, keys, text, excluded):
    company.map(REPORT + keys)
    company.deliver("report.csv", text)
    result = company.only()
    assert (result.error, result.rows_loaded, result.rows_quarantined) == (None, 1, 0)
    assert result.rows_excluded == excluded
    assert company.rows("contacts", "contact_id, company") == [("1", "a")]
