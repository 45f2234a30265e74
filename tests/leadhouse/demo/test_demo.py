"""The demo company: the same bytes each time, whole, valid, with its stories inside."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml

from ingestion.contract import ENTITIES, Column
from leadhouse.demo import company
from leadhouse.demo.generate import write_company
from leadhouse.demo.golden import BAD_ROWS, GOLDEN, GOLDEN_ROWS
from leadhouse.errors import LeadhouseError
from leadhouse.paths import PROJECT_ROOT

pytestmark = pytest.mark.slow

PATTERNS = {
    "timestamp": (
        r"\d{4}-\d{2}-\d{2}"
        r"([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)?)?"
    ),
    "date": r"\d{4}-\d{2}-\d{2}([T ]00:00(:00(\.0+)?)?)?",
    "month": r"\d{4}-(0[1-9]|1[0-2])",
    "integer": r"[+-]?\d+(\.0+)?",
    "decimal": r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?",
    "boolean": r"(?i)true|false|1|0|yes|no",
}
"""What landing reads as each type, written here once more."""


NEVER_WRITTEN = [
    "deals.creation_method = excel",  # said by the workbook's being one
    "tracking_numbers.pool",  # its numbers are one pool
]
"""What the contract allows and no file of the demo company holds, and why."""
OF_CONNECTORS = {"detection", "rate_source"}
"""Columns that say by which pull a row is known: files leave them empty."""


@pytest.fixture(scope="module")
def drop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "drop"
    write_company(folder, "S", 7)
    return folder


@pytest.fixture(scope="module")
def landed(drop: Path) -> duckdb.DuckDBPyConnection:
    """Every file as text, one table per entity, every row with its delivery."""
    database = duckdb.connect()
    for name, entity in ENTITIES.items():
        columns = ", ".join(f"{column.name} varchar" for column in entity.columns)
        database.execute(f"create table {name} ({columns}, _delivery date)")
        for path in sorted(drop.glob("*/*")):
            stem = "deals" if path.name == "victor.xlsx" else path.name.split(".")[0]
            if not (stem == name or stem.startswith((f"{name}-", f"{name}_"))):
                continue
            if any(len(other) > len(name) and stem.startswith(other) for other in ENTITIES):
                continue
            delivery = path.parent.name
            suffix = path.suffix
            if suffix == ".xlsx":
                frame = pd.read_excel(path, engine="calamine", dtype=str)
                frame = _in_contract_terms(frame)
                source = "frame"
            elif suffix == ".parquet":
                source = f"read_parquet('{path}')"
            elif suffix == ".jsonl":
                source = f"read_json('{path}', format = 'newline_delimited')"
            else:
                source = f"read_csv('{path}', all_varchar = true, header = true)"
            known = {row[0] for row in database.execute(f"describe from {source}").fetchall()}
            cells = ", ".join(
                f"cast({column.name} as varchar) as {column.name}"
                for column in entity.columns
                if column.name in known
            )
            database.execute(
                f"insert into {name} by name "
                f"select {cells}, date '{delivery}' as _delivery from {source}"
            )
    return database


def _in_contract_terms(frame: pd.DataFrame) -> pd.DataFrame:
    """The manager's workbook under the contract's names; other sheets have them already."""
    words = {word: status for status, word in company.WORKBOOK_STATUS.items()}
    return frame.rename(
        columns={name: column for column, name in company.WORKBOOK.items()}
    ).replace({"status": words})


def test_same_seed_same_bytes_in_another_process(drop: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from leadhouse.demo.generate import write_company; "
        "write_company(Path(sys.argv[1]), 'S', int(sys.argv[2]))"
    )
    for seed in (7, 8):
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / str(seed)), str(seed)],
            check=True,
            cwd=PROJECT_ROOT,
            env={**os.environ, "PYTHONHASHSEED": "99", "TZ": "Asia/Tokyo"},
        )
    assert _hashes(tmp_path / "7") == _hashes(drop)
    assert _hashes(tmp_path / "8") != _hashes(drop)


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_entity_and_every_delivery_is_there(
    drop: Path, landed: duckdb.DuckDBPyConnection
) -> None:
    days = [day.isoformat() for day in company.DELIVERY_DAYS]
    assert sorted(path.name for path in drop.iterdir()) == [*days, "mappings"]
    empty = [name for name in ENTITIES if _count(landed, f"from {name}") == 0]
    assert empty == []


def test_every_column_has_values_and_every_allowed_value_occurs(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    missing = []
    for name, entity in ENTITIES.items():
        for column in entity.columns:
            if column.name in OF_CONNECTORS:
                continue
            values = {
                row[0]
                for row in landed.execute(
                    f"select distinct {column.name} from {name} where {column.name} <> ''"
                ).fetchall()
            }
            if not values:
                missing.append(f"{name}.{column.name}")
            missing += [
                f"{name}.{column.name} = {value}" for value in column.allowed if value not in values
            ]
    assert missing == NEVER_WRITTEN


def test_the_workbook_is_read_by_its_mapping(drop: Path) -> None:
    books = sorted(drop.glob("*/victor.xlsx"))
    assert len(books) > 1
    mapping = yaml.safe_load((drop / "mappings" / "victor.yml").read_text(encoding="utf-8"))
    sources = [
        source["column"] if isinstance(source, dict) else source
        for source in (*mapping["columns"].values(), *mapping["attributes"].values())
    ]
    for book in books:
        assert list(pd.read_excel(book, engine="calamine").columns) == sources


def test_scale_s_has_its_size(landed: duckdb.DuckDBPyConnection) -> None:
    assert _count(landed, "select distinct contact_id from contacts where created_at <> ''") >= 1000
    events = sum(
        _count(landed, f"from {name}")
        for name in ("contact_tags", "contact_owners", "contact_stages")
    )
    assert 4_500 <= events <= 5_500
    assert 740 <= _count(landed, "select distinct deal_id from deals") <= 765
    assert 9_800 <= _count(landed, "from calls") <= 10_010
    assert 24_900 <= _count(landed, "from sessions") <= 25_010
    assert 6_000 <= _count(landed, "from ad_spend") <= 6_500


def test_only_the_bad_rows_break_the_contract(landed: duckdb.DuckDBPyConnection) -> None:
    broken: Counter[str] = Counter()
    for name, entity in ENTITIES.items():
        tests = [_breaks(column) for column in entity.columns]
        if entity.event_time:
            tests.append(f"try_cast({entity.event_time} as date) > _delivery + 1")
        broken[name] = _count(landed, f"from {name} where {' or '.join(tests)}")
    assert +broken == Counter({name: len(rows) for name, rows in BAD_ROWS.items()})
    assert 8 <= sum(broken.values()) <= 15


def _breaks(column: Column) -> str:
    """A condition that holds for a value which landing refuses."""
    blank = f"({column.name} is null or trim({column.name}) = '')"
    tests = [blank if column.required else "false"]
    wrong = []
    if column.type in PATTERNS:
        value = f"trim({column.name})"
        wrong.append(f"not regexp_full_match({value}, '{PATTERNS[column.type]}')")
        casts = {"date": "date", "timestamp": "timestamptz", "decimal": "decimal(18,2)"}
        if column.type in casts:
            wrong.append(f"try_cast({value} as {casts[column.type]}) is null")
    if column.allowed:
        known = ", ".join(f"'{value}'" for value in column.allowed)
        wrong.append(f"{column.name} not in ({known})")
    for limit, sign in ((column.minimum, "<"), (column.maximum, ">")):
        if limit is not None:
            wrong.append(f"try_cast({column.name} as double) {sign} {limit}")
    if wrong:
        tests.append(f"(not {blank} and ({' or '.join(wrong)}))")
    return " or ".join(tests)


def test_the_golden_rows_are_there_whole(landed: duckdb.DuckDBPyConnection) -> None:
    for name, rows in GOLDEN_ROWS.items():
        for row in rows:
            times = {column.name for column in ENTITIES[name].columns if column.type == "timestamp"}
            test = " and ".join(
                f"cast({column} as timestamptz) = cast('{value}' as timestamptz)"
                if column in times
                else f"{column} = '{value}'"
                for column, value in row.items()
            )
            assert _count(landed, f"from {name} where {test}") == 1, (name, sorted(row))


def test_the_stories_are_the_worked_examples(landed: duckdb.DuckDBPyConnection) -> None:
    before = "select * from sessions where visitor_id = '{}' and started_at < '{}'"
    assert _count(landed, before.format(GOLDEN["dj36_visitor"], "2026-05-11 10:00:00")) == 3
    assert _count(landed, before.format(GOLDEN["dj37_visitor"], "2026-06-09 14:00:00")) == 0
    for story in ("dj36", "dj37"):
        leased = f"""
            from calls join number_leases on to_phone = phone
                and cast(started_at as timestamptz) >= cast(leased_at || '+00' as timestamptz)
                and cast(started_at as timestamptz) < cast(released_at || '+00' as timestamptz)
            where call_id = '{GOLDEN[f"{story}_call"]}'
        """
        found = landed.execute(f"select number_leases.session_id {leased}").fetchall()
        assert found == [(GOLDEN[f"{story}_contact_session"],)]


def test_every_reference_exists(landed: duckdb.DuckDBPyConnection) -> None:
    references = {
        "contact_owners.to_user_id": "users.user_id",
        "contact_owners.from_user_id": "users.user_id",
        "contact_tags.actor_user_id": "users.user_id",
        "contacts.owner_user_id": "users.user_id",
        "contacts.account_id": "accounts.account_id",
        "deals.account_id": "accounts.account_id",
        "accounts.owner_user_id": "users.user_id",
        "deals.owner_user_id": "users.user_id",
        "calls.user_id": "users.user_id",
        "deals.contact_id": "contacts.contact_id",
        "contact_stages.contact_id": "contacts.contact_id",
        "contact_merges.surviving_contact_id": "contacts.contact_id",
        "payments.deal_id": "deals.deal_id",
        "deal_items.deal_id": "deals.deal_id",
        "tickets.contact_id": "contacts.contact_id",
        "reviews.contact_id": "contacts.contact_id",
        "product_usage.contact_id": "contacts.contact_id",
        "deal_stages.deal_id": "deals.deal_id",
        "tasks.deal_id": "deals.deal_id",
        "meetings.deal_id": "deals.deal_id",
        "emails.deal_id": "deals.deal_id",
        "calls.deal_id": "deals.deal_id",
        "number_leases.session_id": "sessions.session_id",
        "calls.session_id": "sessions.session_id",
    }
    for child, parent in references.items():
        table, column = child.split(".")
        parent_table, key = parent.split(".")
        orphans = _count(
            landed,
            f"from {table} where {column} is not null and {column} <> '' "
            f"and {column} not in (select {key} from {parent_table})",
        )
        assert orphans == 0, child
    for table in ("contact_stages", "deal_stages", "deals"):
        unknown = f"""
            from {table} as one anti join pipeline_stages using (pipeline, stage)
            where one.stage is not null
        """
        assert _count(landed, unknown) == 0, table


def test_rates_have_no_gap(landed: duckdb.DuckDBPyConnection) -> None:
    days = landed.execute(
        "select currency, count(distinct date), max(date::date) - min(date::date) + 1 "
        "from fx_rates group by all"
    ).fetchall()
    assert {row[0] for row in days} == {"PLN", "USD"}
    assert all(row[1] == row[2] for row in days)


def test_late_and_restated_rows_come(landed: duckdb.DuckDBPyConnection) -> None:
    day = company.RESTATED_DAY.isoformat()
    restated = landed.execute(
        "select count(distinct _delivery), count(distinct cost_of_day) from (select _delivery, "
        f"sum(cost::double) as cost_of_day from ad_spend where date = '{day}' "
        "and platform = 'google_ads' group by all)"
    ).fetchone()
    assert restated == (2, 2)
    changed = "select contact_id from contacts group by 1 having count(distinct owner_user_id) > 1"
    assert _count(landed, changed) > 0
    late = "from contact_tags where cast(occurred_at as timestamptz) < _delivery - 8"
    assert _count(landed, f"{late} and _delivery > '2026-10-01'") > 0


def test_the_funnel_narrows(landed: duckdb.DuckDBPyConnection) -> None:
    reached = [
        _count(landed, f"select distinct contact_id from contact_stages where stage = '{stage}'")
        for stage, kind, _ in company.PIPELINE_STAGES[company.SALES]
        if kind != "lost" and stage != "przygotowanie umowy"
    ]
    assert reached == sorted(reached, reverse=True)
    assert reached[-1] > 0


def _count(database: duckdb.DuckDBPyConnection, query: str) -> int:
    row = database.execute(f"select count(*) from ({query})").fetchone()
    assert row is not None
    return int(row[0])


def test_a_folder_with_files_is_refused_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "deals.xlsx").write_text("ours")
    with pytest.raises(LeadhouseError, match="not empty"):
        write_company(folder, "S", 1)
    assert [path.name for path in tmp_path.rglob("*")] == ["drop", "deals.xlsx"]


def test_an_unknown_scale_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LeadhouseError, match="Choose one of S, M, L"):
        write_company(tmp_path / "drop", "XL", 1)


def test_a_failure_on_the_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("leadhouse.demo.sheets.write_sheet", full)
    with pytest.raises(LeadhouseError, match="No space left"):
        write_company(tmp_path / "drop", "S", 1)
    assert list(tmp_path.iterdir()) == []
