"""Loads: once, again, in any order, changed, refused, withdrawn; always the same warehouse."""

from __future__ import annotations

import os
import random
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from ingestion.contract import ENTITIES
from ingestion.inventory import take_inventory
from ingestion.load import land
from ingestion.plan import make_plan
from ingestion.warehouse import open_warehouse, raw_columns
from leadhouse.errors import LeadhouseError
from tests.ingestion.company import Company, accounted, settings_for

USERS = "user_id,name\n1,Ann\n2,Bob\n,nobody\n"


def content(company: Company) -> dict[str, object]:
    """Everything in the warehouse and beside it but the time of loading."""
    tables: dict[str, object] = {}
    for entity in ENTITIES.values():
        columns = [column for column in raw_columns(entity) if column != "_loaded_at"]
        named = ", ".join(f'"{column}"' for column in columns)
        tables[entity.name] = company.query(
            f"select {named} from raw.{entity.name} "
            "order by _delivery_date, _source_file, _row_number"
        )
    tables["loads"] = company.query(
        "select * exclude (loaded_at, file_mtime_ns) from raw_ledger.loads order by all"
    )
    tables["quarantine"] = company.query("select * from raw_ledger.quarantine order by all")
    landing = company.settings.landing_dir
    tables["parquet"] = sorted(
        str(path.relative_to(landing)) for path in landing.rglob("*") if path.is_file()
    )
    return tables


def test_every_entity_has_an_empty_view(company):
    assert company.land() == []
    for entity in ENTITIES.values():
        assert company.query(f"select * from raw.{entity.name}") == []


def test_loads_of_an_entity_that_the_contract_no_longer_has_hinder_nothing(company, monkeypatch):
    """Somebody tried an entity on a branch and went back to the main one."""
    company.deliver("users.csv", USERS)
    company.deliver("reviews.csv", "review_id,posted_at,site\nr1,2024-03-01 10:00,maps\n")
    assert accounted(company.land())
    monkeypatch.delitem(ENTITIES, "reviews")
    (company.settings.drop / "2024-03-01" / "reviews.csv").unlink()
    company.deliver("users.csv", "user_id,name\n1,Anna\n", "2024-03-02")
    landed = [(result.target.entity, result.status) for result in company.land()]
    assert sorted(landed) == [("reviews", "withdrawn"), ("users", "loaded")]
    assert company.land() == []


def test_landing_again_changes_nothing_and_reads_nothing(company):
    company.deliver("users.csv", USERS)
    company.deliver("users.csv", "user_id,name\n1,Anna\n", "2024-03-02")
    assert accounted(company.land())
    before = content(company)
    assert company.land() == []
    assert [
        result.status for result in company.land(days=[date(2024, 3, 1), date(2024, 3, 2)])
    ] == [*("loaded", "loaded")]
    assert content(company) == before


def test_the_order_of_deliveries_does_not_matter(company, tmp_path):
    files = [(f"2024-03-{day:02}", f"users-{part}.csv") for day in (1, 2, 3) for part in "ab"]
    for day, file in files:
        company.deliver(file, f"user_id,name\n{day}{file},Ann\n", day)
    company.land()
    other = Company(settings_for(tmp_path / "other"))
    random.Random(7).shuffle(files)
    for day, file in files:
        other.deliver(file, f"user_id,name\n{day}{file},Ann\n", day)
        other.land()
    assert content(other) == content(company)


def test_a_changed_file_replaces_exactly_its_own_rows(company):
    company.deliver("users-a.csv", USERS)
    company.deliver("users-b.csv", "user_id,name\n3,Cid\n")
    company.deliver("users-a.csv", USERS, "2024-03-02")
    company.land()
    company.deliver("users-a.csv", "user_id,name\n1,Anna\n")
    assert [result.target.file for result in company.land()] == ["users-a.csv"]
    assert company.rows("users", "_delivery_date::varchar, _source_file, user_id, name") == [
        ("2024-03-01", "users-a.csv", "1", "Anna"),
        ("2024-03-01", "users-b.csv", "3", "Cid"),
        ("2024-03-02", "users-a.csv", "1", "Ann"),
        ("2024-03-02", "users-a.csv", "2", "Bob"),
    ]
    assert company.query(
        "select delivery_date::varchar, count(*) from raw_ledger.quarantine group by 1"
    ) == [("2024-03-02", 1)]
    assert company.query(
        "select delivery_date::varchar, file, rows_loaded, is_current "
        "from raw_ledger.loads order by all"
    ) == [
        ("2024-03-01", "users-a.csv", 1, True),
        ("2024-03-01", "users-a.csv", 2, False),
        ("2024-03-01", "users-b.csv", 1, True),
        ("2024-03-02", "users-a.csv", 2, True),
    ]


def test_a_file_that_is_only_touched_is_not_landed_again(company):
    path = company.deliver("users.csv", USERS)
    company.land()
    os.utime(path, (1, 1))
    assert company.land() == []
    assert company.query("select file_mtime_ns from raw_ledger.loads") == [(10**9,)]


def test_a_new_rule_lands_the_file_again(company):
    company.deliver(
        "calls.csv", "call_id,started_at,direction,status\n1,2024-03-02T20:00,in,missed\n"
    )
    assert company.only().rows_loaded == 1
    elsewhere = company.with_settings(source_timezone="America/New_York")
    assert elsewhere.only().rows_quarantined == 1
    (company.drop / "_encoding.csv").write_text("file,encoding\n*.csv,latin-1\n")
    assert elsewhere.only().status == "loaded"
    company.map("files: calls.csv\nentity: users\ncolumns: {user_id: call_id, name: status}\n")
    results = elsewhere.land()
    assert [(result.target.entity, result.status) for result in results] == [
        ("calls", "withdrawn"),
        ("users", "loaded"),
    ]
    assert company.rows("calls", "call_id") == []


def test_a_file_that_left_its_delivery_is_withdrawn_an_archived_delivery_stays(company):
    company.deliver("users-a.csv", USERS)
    company.deliver("users-b.csv", "user_id,name\n3,Cid\n")
    company.deliver("users.csv", "user_id,name\n4,Dan\n", "2024-02-01")
    company.deliver("tasks.csv", "task_id\n1\n", "2024-02-01")
    company.land()
    (company.drop / "2024-03-01" / "users-a.csv").unlink()
    shutil.rmtree(company.drop / "2024-02-01")
    results = company.land()
    assert [(result.target.file, result.status) for result in results] == [
        ("tasks.csv", "withdrawn"),
        ("users-a.csv", "withdrawn"),
    ]
    assert [row[0] for row in company.rows("users", "user_id")] == ["4", "3"]
    assert company.quarantine() == []
    assert company.land() == []


def test_an_empty_delivery_folder_takes_its_rows_back(company):
    path = company.deliver("users.csv", USERS)
    company.land()
    path.unlink()
    assert [result.status for result in company.land()] == ["withdrawn"]
    assert company.rows("users", "user_id") == []
    assert company.land() == []


def test_a_refused_file_is_tried_again_until_it_is_mended(company):
    company.deliver("users.csv", USERS)
    company.deliver("contacts.csv", "contact_id,created_at\n1,2024-01-01\n")
    company.land()
    company.deliver("users.csv", "user_id\n1\n2\n3\n")
    refused = company.only()
    assert (refused.status, refused.rows_read, refused.rows_quarantined) == ("refused", 3, 3)
    assert company.rows("users", "*") == []
    assert company.query(
        "select status, is_current, rows_read from raw_ledger.loads "
        "where entity = 'users' order by all"
    ) == [("loaded", False, 3), ("refused", True, 3)]
    assert company.only().error == refused.error
    assert company.only(entity="users").error == refused.error
    company.deliver("users.csv", USERS)
    assert company.only().status == "loaded"
    assert len(company.rows("users", "user_id")) == 2
    assert company.quarantine("row_number") == [(4,)]


def test_one_bad_file_does_not_stop_the_others(company):
    company.deliver("contacts.csv", "contact_id\n1\n")
    company.deliver("users.csv", USERS)
    statuses = {result.target.entity: result.status for result in company.land()}
    assert statuses == {"contacts": "refused", "users": "loaded"}


def test_choosing_an_entity_or_days(company):
    for day in ("2024-03-01", "2024-03-02"):
        company.deliver("users.csv", USERS, day)
        company.deliver("contacts.csv", "contact_id,created_at\n1,2024-01-01\n", day)

    def landed(**choice):
        return [
            (str(result.target.delivery_date), result.target.entity)
            for result in company.land(**choice)
        ]

    assert landed(entity="users", days=[date(2024, 3, 2)]) == [("2024-03-02", "users")]
    assert landed(entity="users") == [("2024-03-01", "users")]
    assert landed(days=[date(2024, 3, 1)]) == [
        ("2024-03-01", "contacts"),
        ("2024-03-01", "users"),
    ]
    assert landed() == [("2024-03-02", "contacts")]


def test_a_new_contract_column_is_empty_in_what_was_landed_without_it(company):
    company.deliver("users.csv", "user_id,name,team\n1,Ann,North\n")
    company.land()
    (landed,) = company.settings.landing_dir.rglob("*.parquet")
    older = landed.with_suffix(".older")
    duckdb.sql(
        f"copy (select * exclude (team) from read_parquet('{landed}', hive_partitioning = false)) "
        f"to '{older}' (format parquet)"
    )
    older.rename(landed)
    company.deliver("users.csv", "user_id,name,team\n1,Ann,South\n", "2024-03-02")
    company.land()
    assert company.rows("users", "user_id, team") == [("1", None), ("1", "South")]


def test_landed_rows_that_are_gone_stop_the_next_run(company):
    company.deliver("users.csv", USERS)
    company.land()
    (landed,) = company.settings.landing_dir.rglob("*.parquet")
    landed.unlink()
    with pytest.raises(LeadhouseError, match=rf"gone \(1\), such as {landed}\. Put"):
        company.land()


def test_a_build_file_that_holds_the_rows_itself_is_taken_over(company):
    company.deliver("users.csv", USERS)
    company.land()
    rows = company.rows("users", "*")
    with duckdb.connect(str(company.settings.warehouse_file)) as con:
        con.execute("create table copied as from raw.users")
        con.execute("drop view raw.users")
        con.execute("create table raw.users as from copied")
    company.land()
    assert company.rows("users", "*") == rows
    assert company.query("select count(*) from duckdb_views() where schema_name = 'raw'") == [
        (len(ENTITIES),)
    ]


def test_the_parquet_holds_what_the_table_holds(company):
    company.deliver("users.csv", USERS)
    company.land()
    (file,) = company.settings.landing_dir.rglob("*.parquet")
    (load_id,) = company.query("select load_id from raw_ledger.loads")[0]
    assert file.relative_to(company.settings.landing_dir) == Path(
        f"files/users/delivery_date=2024-03-01/{load_id}.parquet"
    )
    assert company.query(
        f"select * from read_parquet('{file}', hive_partitioning = false)"
    ) == company.rows("users", "*")
    assert company.query(f"select distinct compression from parquet_metadata('{file}')") == [
        ("ZSTD",)
    ]


def test_a_file_that_changes_under_the_reader_is_refused(company, monkeypatch):
    from ingestion.readers import csv_files

    path = company.deliver("users.csv", USERS)
    real = csv_files.read_header

    def meanwhile(*given):
        with path.open("a") as file:
            file.write("9,late\n")
        return real(*given)

    monkeypatch.setattr(csv_files, "read_header", meanwhile)
    result = company.only()
    assert result.error == (
        "2024-03-01/users.csv changed while it was read. Copy files in under a name that ends in "
        ".part and rename them when they are complete."
    )
    assert list(company.settings.landing_dir.rglob("*.parquet")) == []
    monkeypatch.undo()
    assert company.only().rows_loaded == 3


def test_a_file_that_is_gone_since_the_plan_was_made_is_refused(company):
    path = company.deliver("users.csv", USERS)
    company.deliver("tasks.csv", "task_id\n1\n")
    with open_warehouse(company.settings) as con:
        plan = make_plan(con, company.settings)
        path.unlink()
        (_, gone) = land(con, company.settings, plan.slice(["users", "tasks"]))
    assert gone.error == (
        "2024-03-01/users.csv was removed while this run was landing. Put it back, or run again to "
        "land without it."
    )
    (forgotten,) = company.land(entity="users")
    assert forgotten.status == "withdrawn"


def test_an_unreadable_file_is_refused(company, monkeypatch):
    path = company.deliver("users.csv", USERS)
    real = Path.open

    def denied(self, *given, **named):
        if self.name == "source.csv" and self.resolve() == path.resolve():
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, *given, **named)

    # Tests may run as root, whom no permission bit stops.
    monkeypatch.setattr(Path, "open", denied)
    assert company.only().error == (
        "2024-03-01/users.csv cannot be read (Permission denied). "
        "Check the file and its permissions."
    )


def test_the_inventory_alone_touches_nothing(company):
    company.deliver("users.csv", USERS)
    take_inventory(company.settings)
    assert not company.settings.home.exists()


SPEND = "date,platform,account_id,campaign_id,cost,currency\n2024-02-01,google,1,7,100,EUR\n"


@pytest.mark.parametrize("mapping", [None, "name: ads\nfiles: 'report*.csv'\nentity: ad_spend\n"])
def test_the_same_spend_under_two_names_is_not_counted_twice(company, mapping):
    first, second = "ad_spend.csv", "ad_spend-1.csv"
    if mapping:
        first, second = "report.csv", "report (1).csv"
        names = SPEND.partition("\n")[0].split(",")
        company.map(mapping + f"columns: {{{', '.join(f'{name}: {name}' for name in names)}}}\n")
    company.deliver(first, SPEND)
    assert company.only().status == "loaded"
    copy = company.deliver(second, SPEND)
    for _ in range(2):
        assert company.only().error == (
            f"2024-03-01/{second} holds the same as {first} of the same delivery, and its spend "
            "would count twice. Remove one of the two."
        )
    # Whichever of them goes, the other one counts.
    (company.drop / "2024-03-01" / first).unlink()
    assert sorted(result.status for result in company.land()) == ["loaded", "withdrawn"]
    assert company.rows("ad_spend", "cost") == [("100",)]
    copy.rename(copy.with_name(first))
    company.land()
    # Another delivery restates, and what differs is another part of the day.
    company.deliver(second, SPEND, "2024-03-02")
    company.deliver(second, SPEND.replace(",7,", ",8,"))
    assert [result.status for result in company.land()] == ["loaded", "loaded"]


def test_other_rows_and_files_without_rows_may_be_delivered_twice(company):
    calls = "call_id,started_at,direction,status\n1,2024-02-01,in,missed\n"
    for name, content in (("calls", calls), ("ad_spend", SPEND.partition("\n")[0] + "\n")):
        company.deliver(f"{name}.csv", content)
        company.deliver(f"{name}-1.csv", content)
    assert [result.status for result in company.land()] == ["loaded"] * 4
    assert company.land() == []
