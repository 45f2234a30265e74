"""What a file has and nothing reads, or lacks and its mapping reads, is told: a line a kind."""

from __future__ import annotations

import io
import logging

import pytest
import xlsxwriter
from homes import leadhouse

from leadhouse.progress import warn_of_what_is_not_read

COSTS = """
mappings:
- files: "budget*"
  name: january
  entity: targets
  columns: {month: {value: 2024-01}, level: {value: team}, level_id: T, metric: M, target: Jan}
- files: "budget*"
  name: february
  entity: targets
  columns: {month: {value: 2024-02}, level: {value: team}, level_id: T, metric: M, target: Feb}
"""
USERS = "files: team*\nentity: users\ncolumns: {user_id: Id, name: Name}\n"


@pytest.fixture
def told(company, caplog):
    """What a person is told of a landing."""

    def land():
        results = company.land()
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            warn_of_what_is_not_read(results)
        return [record.getMessage() for record in caplog.records]

    return land


def workbook(**sheets):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
            if title == "Hidden":
                sheet.hide()
    return out.getvalue()


def test_a_mapped_column_that_is_not_there_is_told_once_for_all_files(company, told):
    company.map(USERS.replace("name: Name", "name: Name, team: Team"))
    for number in range(3):
        company.deliver(f"team-{number}.csv", f"Id,Name\n{number},Ann\n")
    assert told() == [
        "2024-03-01/team-0.csv and 2 more: mapping export reads the column Team, not there and "
        "taken as empty"
    ]
    assert company.query("select distinct absent_columns from raw_ledger.loads") == [('["Team"]',)]
    assert told() == []


def test_a_column_that_nothing_reads_is_told_when_it_is_new(company, told):
    company.map(COSTS)
    content = "T,M,Jan,Feb,Total\nEast,leads,1,2,3\n"
    company.deliver("budget-1.csv", content)
    assert told() == [
        "2024-03-01/budget-1.csv: mapping january does not read the column Total, kept in _extra "
        "(told once)"
    ]
    company.deliver(
        "budget-1.csv", content.replace("Total", "Total,Mar").replace(",3", ",3,4"), "2024-03-02"
    )
    assert told() == [
        "2024-03-02/budget-1.csv: mapping january does not read the column Mar, kept in _extra "
        "(told once)"
    ]
    company.deliver("users.csv", "user_id,name,shoe\nu,Ann,38\n")
    assert told() == [
        "2024-03-01/users.csv: the entity users does not read the column shoe, kept in _extra "
        "(told once)"
    ]


def test_a_record_that_is_read_in_part_is_kept_and_not_told(company, told):
    company.map("files: f.jsonl\nentity: users\ncolumns: {user_id: who.id, name: who.name}\n")
    company.deliver("f.jsonl", '{"who": {"id": "u", "name": "Ann", "shoe": 38}, "utm": {"a": 1}}')
    assert told() == [
        "2024-03-01/f.jsonl: mapping export does not read the column utm, kept in _extra "
        "(told once)"
    ]
    assert "shoe" in company.query("select _extra from raw.users")[0][0]


def test_a_sheet_that_nothing_reads_is_told(company, told):
    rows = [["Id", "Name"], ["u", "Ann"]]
    book = workbook(Info=rows, East=rows, West=rows, North=rows, Empty=[], Hidden=rows)
    company.map(
        "mappings:\n"
        "- {name: a, files: t*, entity: users, sheet: east, columns: {user_id: Id, name: Name}}\n"
        "- {name: b, files: t*, entity: users, sheet: West, columns: {user_id: Name, name: Id}}\n"
    )
    company.deliver("team.xlsx", book)
    assert told() == ["2024-03-01/team.xlsx: nothing reads the sheets Info, North"]
    sheets = "select unread_sheets from raw_ledger.loads order by mapping"
    assert company.query(sheets) == [('["Info", "North"]',), ("[]",)]
    company.deliver("users.xlsx", workbook(First=[["user_id", "name"], ["u", "Ann"]], Second=rows))
    assert told() == ["2024-03-01/users.xlsx: nothing reads the sheet Second"]


def test_a_sheet_in_which_rows_are_looked_up_is_read(company, told):
    company.map(
        "files: team*\nentity: users\nsheet: People\n"
        "lookup: {file: team*, sheet: Teams, key: {Id: Who}, columns: {Team: Team}}\n"
        "columns: {user_id: Id, name: Name, team: Team}\n"
    )
    people, teams = [["Id", "Name"], ["u", "Ann"]], [["Who", "Team"], ["u", "East"]]
    company.deliver("team.xlsx", workbook(People=people, Teams=teams, Rest=teams))
    assert told() == ["2024-03-01/team.xlsx: nothing reads the sheet Rest"]


def test_a_sheet_in_which_another_file_looks_rows_up_is_read(company, told):
    company.map(
        "files: people*\nentity: users\n"
        "lookup: {file: team*, sheet: Teams, key: {Id: Who}, columns: {Team: Team}}\n"
        "columns: {user_id: Id, name: Name, team: Team}\n"
    )
    company.map(USERS + "sheet: Leads\n", "leads.yml")
    people, teams = [["Id", "Name"], ["u", "Ann"]], [["Who", "Team"], ["u", "East"]]
    company.deliver("people.xlsx", workbook(People=people))
    company.deliver("team.xlsx", workbook(Leads=people, Teams=teams, Rest=teams))
    assert told() == ["2024-03-01/team.xlsx: nothing reads the sheet Rest"]


def test_a_ready_mapping_names_more_columns_than_an_export_has(company, told):
    company.deliver(
        "google_ads_report.csv",
        "Day,Customer ID,Campaign ID,Campaign,Currency code,Cost\n2024-03-01,1,2,Brand,EUR,12.50\n",
    )
    assert told() == []
    assert company.rows("ad_spend", "campaign, cost") == [("Brand", "12.50")]


def test_a_file_of_which_where_keeps_nothing_is_told(company, told):
    company.map(USERS + "where: {Name: {in: [ann]}}\n")
    company.deliver("team-1.csv", "Id,Name\n1,Anna\n2,Bob\n")
    company.deliver("team-2.csv", "Id,Name\n1,Ann\n2,Bob\n")
    company.deliver("team-3.csv", "Id,Name\n")
    assert told() == [
        "2024-03-01/team-1.csv: no row lands, all 2 are left out by mapping export",
        "2024-03-01/team-3.csv: it has no row",
    ]


def test_a_file_of_which_another_mapping_of_the_entity_keeps_rows_is_not_told(company, told):
    company.map(
        "mappings:\n"
        + "".join(
            f"- {{name: {name}, files: t*, entity: users, columns: {{user_id: Id, name: Name}}, "
            f"where: {{Name: {name}}}}}\n"
            for name in ("ann", "bob")
        )
    )
    company.deliver("team-1.csv", "Id,Name\n1,Ann\n")
    company.deliver("team-2.csv", "Id,Name\n2,Cid\n")
    left_out = "2024-03-01/team-2.csv: no row lands, all 1 are left out by mapping"
    assert told() == [f"{left_out} ann", f"{left_out} bob"]


def test_a_file_without_rows_is_told(company, told):
    company.deliver("users.csv", "user_id,name\n")
    company.deliver("users-b.csv", "user_id,name\n")
    company.deliver("users-c.csv", "user_id,name\nu,Ann\n")
    assert told() == ["2024-03-01/users-b.csv and 1 more: it has no row"]


def test_what_a_lookup_brings_is_no_column_of_the_file(company):
    company.map(
        "files: p.csv\nentity: users\n"
        "lookup: {file: team.csv, key: {Id: Who}, columns: {Team: Team}}\n"
        "columns: {user_id: Id, name: Name, team: Team}\n"
    )
    company.deliver("team.csv", "Who,Team\nu,East\n")
    company.deliver("p.csv", "Id|Name\nu|Ann\n")
    company.map("ignore: team.csv\n", "ignore.yml")
    error = company.only().error
    assert "It has: Id|Name. If that is several names, say in a mapping what stands" in error


def test_the_sheet_that_lacks_a_column_is_named_beside_the_others(company):
    book = workbook(Summary=[["All", 5]], Calls=[["user_id", "name"], ["u", "Ann"]])
    company.deliver("users.xlsx", book)
    said = "It has: All, 5. That is the sheet Summary; name another one in a mapping: Calls."
    assert said in company.only().error


@pytest.mark.slow
def test_the_command_tells_it(company):
    company.map(USERS)
    company.deliver("team.csv", "Id,Name,Shoe\n1,Ann,38\n")
    done = leadhouse(company.settings, "land", "--quiet")
    assert "does not read the column Shoe" in done.stdout
