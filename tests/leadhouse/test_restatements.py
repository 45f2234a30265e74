"""What a build changes of the one before, and why: two real files, one difference between them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb
import pytest
from homes import new_pair

from leadhouse import restatements
from leadhouse.restatements import changes_in_words, note_restatements
from leadhouse.settings import Settings

Row = tuple[object, ...]

MANIFEST = {
    "nodes": {
        "model.leadhouse.rpt_days": {
            "resource_type": "model", "schema": "reports", "name": "rpt_days", "alias": "rpt_days",
            "unique_id": "model.leadhouse.rpt_days",
            "depends_on": {"nodes": ["model.leadhouse.fct_days"]},
            "columns": {
                name: {"name": name, "data_type": kind}
                for name, kind in (
                    ("date_day", "date"), ("source", "string"), ("leads", "bigint"),
                    ("spend_rc", "decimal(18,2)"), ("team", "string"),
                )
            },
        },
        "seed.leadhouse.s": {"resource_type": "seed", "name": "s", "depends_on": {"macros": []}},
        "model.leadhouse.fct_days": {
            "resource_type": "model", "name": "fct_days", "schema": "staging",
            "depends_on": {"nodes": ["seed.leadhouse.s", "source.leadhouse.raw.calls"]},
        },
        "test.leadhouse.rpt_days_rules": {
            "resource_type": "test", "unique_id": "test.leadhouse.rpt_days_rules",
            "attached_node": "model.leadhouse.rpt_days",
            "test_metadata": {"name": "row_rules", "kwargs": {"key": ["date_day", "source"]}},
        },
    }
}  # fmt: skip
DAY: tuple[Row, ...] = (
    ("2024-03-01", "google", 3, "10.00", "North"),
    ("2024-03-02", "google", 1, "5.00", None),
)
CALLS = ("calls", "2024-03-03", "calls.csv", "aa")
MERGES = ("contact_merges", "2024-03-04", "merges.csv", "bb")
SPEND = ("ad_spend", "2024-03-04", "spend.csv", "cc")
CONTACTS = ("contacts", "2024-03-04", "contacts.csv", "dd")


@dataclass(frozen=True)
class Build:
    """What one build holds and is made of."""

    days: tuple[Row, ...] = DAY
    loads: tuple[tuple[str, ...], ...] = (CALLS,)
    inputs: dict[str, str] = field(default_factory=lambda: {"code a.sql": "1", "seed s": "1"})
    persons: tuple[tuple[str, str], ...] = (("1", "1"), ("2", "2"))
    cost: int = 10
    through: str = "2024-03-02"
    as_of: str = "2024-03-04"

    def write(self, folder: Path) -> None:
        with new_pair(folder) as con:
            con.execute(
                "create table reports.rpt_days (date_day date, source varchar, leads bigint, "
                "spend_rc decimal(18,2), team varchar)"
            )
            con.executemany("insert into reports.rpt_days values (?, ?, ?, ?, ?)", self.days)
            con.execute("create table marts.dim_contacts (contact_id varchar, person_id varchar)")
            con.executemany("insert into marts.dim_contacts values (?, ?)", self.persons)
            con.execute(
                "create table marts.fct_ad_spend as select date '2024-03-01' as date_day, 'google' "
                f"as source, null as medium, null as campaign, {self.cost} as cost_rc"
            )
            con.execute(
                "create table trust.rpt_load_log "
                "(entity varchar, delivery_date date, file varchar, sha256 varchar)"
            )
            con.execute("alter table trust.rpt_load_log add source_system varchar default 'files'")
            for load in self.loads:
                con.execute(
                    "insert into trust.rpt_load_log (entity, delivery_date, file, sha256) "
                    "values (?, ?, ?, ?)",
                    load,
                )
            con.execute(
                "create table trust.rpt_run as select cast(null as varchar) as output_hash, "
                f"timestamptz '{self.as_of}' as as_of, date '{self.through}' as data_through_date"
            )
            con.execute(
                "create table trust.rpt_run_inputs "
                "(kind varchar, name varchar, fingerprint varchar)"
            )
            con.execute(
                "create table trust.rpt_restatements (table_name varchar, key varchar, "
                '"column" varchar, old_value varchar, new_value varchar, '
                "difference decimal(38, 6), cause varchar, evidence varchar)"
            )


@pytest.fixture
def told(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What the second of two builds tells of the first."""

    def rows(before: Build, after: Build) -> list[Row]:
        manifest = tmp_path / "manifest.json"
        manifest.write_text(json.dumps(MANIFEST))
        for build, folder in (
            (before, settings.published_dir),
            (after, settings.candidate_dir),
        ):
            build.write(folder)
            inputs = {
                f"seeds/{name[5:]}.csv" if name.startswith("seed ") else name[5:]: value
                for name, value in build.inputs.items()
            }
            monkeypatch.setattr(restatements, "fingerprints", lambda inputs=inputs: inputs)
            if build is before:
                with duckdb.connect(str(folder / "leadhouse.duckdb")) as con:
                    restatements._note_inputs(con, settings)
        note_restatements(settings, manifest)
        with duckdb.connect(str(settings.candidate_dir / "leadhouse.duckdb")) as con:
            return con.execute("from trust.rpt_restatements order by all").fetchall()

    return rows


OTHER = (("2024-03-01", "google", 4, "10.00", "North"), DAY[1])
DEARER = (("2024-03-01", "google", 3, "12.50", "North"), DAY[1])


@pytest.mark.parametrize(
    ("after", "cause", "evidence"),
    [
        (Build(OTHER, inputs={"code a.sql": "2", "seed s": "1"}), "code", "a.sql"),
        (Build(OTHER, inputs={"code a.sql": "1", "seed s": "2"}), "configuration", "seed s"),
        (
            Build(OTHER, (CALLS, MERGES), inputs={"code a.sql": "1", "seed s": "1", "seed t": "1"}),
            "merge", "files 2024-03-04/merges.csv",
        ),
        (Build(OTHER, (CALLS, MERGES)), "merge", "files 2024-03-04/merges.csv"),
        (
            Build(OTHER, (CALLS, CONTACTS), persons=(("1", "1"), ("2", "1"))),
            "identity", "files 2024-03-04/contacts.csv",
        ),
        (Build(OTHER, (CALLS, CONTACTS)), "late delivery", "files 2024-03-04/contacts.csv"),
        (Build(OTHER, ()), "late delivery", "withdrawn: files 2024-03-03/calls.csv"),
        (Build(OTHER, (CALLS, SPEND)), "restated spend", "files 2024-03-04/spend.csv"),
        (
            Build(OTHER, as_of="2024-03-05"),
            "clock", "as of 2024-03-04 00:00:00+00:00 to 2024-03-05 00:00:00+00:00",
        ),
    ],
)  # fmt: skip
def test_each_cause_is_told_with_what_shows_it(told, after: Build, cause: str, evidence: str):
    assert told(Build(), after) == [
        (
            "reports.rpt_days", "date_day 2024-03-01, source google", "leads", "3", "4",
            1, cause, evidence,
        )
    ]  # fmt: skip


@pytest.mark.parametrize(("cost", "of_spend"), [(12, "restated spend"), (10, "late delivery")])
def test_spend_beside_other_files_explains_money_where_it_differs(told, cost: int, of_spend: str):
    days = (("2024-03-01", "google", 4, "12.50", "North"), DAY[1])
    after = Build(days, (CALLS, SPEND, MERGES), cost=cost)
    causes = {row[2]: row[6] for row in told(Build(), after)}
    assert causes == {"leads": "merge", "spend_rc": of_spend}


def test_spend_of_one_month_explains_no_other(told):
    """What a contact that came late moved in May is not for the spend of March."""
    may = ("2024-05-31", "google", 5, "7.00", "North")
    before = Build((*DAY, may), through="2024-05-31")
    dearer = (("2024-03-01", "google", 3, "12.50", "North"), DAY[1], (*may[:3], "6.00", "North"))
    after = replace(before, days=dearer, loads=(CALLS, SPEND, CONTACTS), cost=12)
    causes = {row[1][9:19]: row[6] for row in told(before, after)}
    assert causes == {"2024-03-01": "restated spend", "2024-05-31": "late delivery"}


LATER = ("tasks", "2024-03-04", "tasks.csv", "ee")


@pytest.mark.parametrize(("others", "of_team"), [((), "merge"), ((LATER,), "late delivery")])
def test_beside_other_files_a_merge_explains_what_is_told_of_persons(told, others, of_team: str):
    days = (("2024-03-01", "google", 4, "10.00", "South"), DAY[1])
    after = Build(days, (CALLS, MERGES, *others))
    causes = {row[2]: row[6] for row in told(Build(), after)}
    assert causes == {"leads": "merge", "team": of_team}


def test_a_build_of_the_same_changes_nothing(told):
    assert told(Build(), Build()) == []


def test_a_day_that_was_not_whole_is_not_compared(told):
    assert told(Build(through="2024-02-29"), Build(OTHER, (CALLS, MERGES))) == []


def test_rows_that_come_and_go_are_told_by_their_values(told):
    new = ("2024-03-01", "bing", 2, None, None)
    found = told(Build(), Build((DAY[0], new), (CALLS, MERGES)))
    assert [(row[1], row[2], row[3], row[4], row[5]) for row in found] == [
        ("date_day 2024-03-01, source bing", "leads", None, "2", 2),
        ("date_day 2024-03-02, source google", "leads", "1", None, -1),
        ("date_day 2024-03-02, source google", "spend_rc", "5.00", None, -5),
    ]


def test_what_is_too_much_is_counted(told, settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(restatements, "MOST_CELLS", 1)
    days = tuple((row[0], row[1], 9, "1.00", None) for row in DAY)
    found = told(Build(), Build(days, (CALLS, MERGES)))
    assert [(row[1], row[5]) for row in found if row[6] is None] == [("(more)", 4)]
    assert len(found) == 2


def test_a_build_that_does_not_say_what_it_is_made_of_is_compared_with_nothing(told, settings):
    folder = settings.published_dir
    Build().write(folder)
    with duckdb.connect(str(folder / "leadhouse.duckdb")) as con:
        con.execute("drop table trust.rpt_run_inputs")
    Build(OTHER, (CALLS, MERGES)).write(settings.candidate_dir)
    manifest = settings.home / "manifest.json"
    manifest.write_text(json.dumps(MANIFEST))
    note_restatements(settings, manifest)
    with duckdb.connect(str(settings.candidate_dir / "leadhouse.duckdb")) as con:
        assert con.execute("select count(*) from trust.rpt_restatements").fetchall() == [(0,)]


def test_a_mapping_of_the_drop_folder_is_configuration(settings: Settings):
    file = settings.drop / "mappings" / "crm.yml"
    file.parent.mkdir(parents=True)
    inputs = []
    for text in ("entity: contacts", "entity: deals"):
        file.write_text(text)
        inputs.append(set(restatements._inputs(settings)))
    [(kind, name, _)] = inputs[1] - inputs[0]
    assert (kind, name) == ("setting", "mappings/crm.yml")


@pytest.mark.parametrize(
    ("loads", "days", "said"),
    [
        (
            (CALLS, MERGES), OTHER,
            "2024-03-01 leads of google: 3 to 4, a merge of 2024-03-04 (reports.rpt_days)",
        ),
        (
            (CALLS, SPEND), (("2024-03-01", "google", 3, "12345.50", "North"), DAY[1]),
            "2024-03-01 spend of google: 10.00 to 12,345.50, restated spend of 2024-03-04 "
            "(reports.rpt_days)",
        ),
        (
            (), (("2024-03-01", "google", 3, "10.00", None), DAY[1]),
            "2024-03-01 team of google: North to nothing, a late delivery of 2024-03-03 that was "
            "withdrawn (reports.rpt_days)",
        ),
    ],
)  # fmt: skip
def test_changes_are_said_in_words(told, settings: Settings, loads, days, said: str):
    told(Build(), replace(Build(days), loads=loads))
    (settings.candidate_dir / "leadhouse.duckdb").rename(
        settings.published_dir / "leadhouse.duckdb"
    )
    head, line = changes_in_words(settings, 5)
    assert head.endswith(": 1 cell of 1 report")
    assert line == f"  {said}"


def test_numbers_show_what_differs():
    words = restatements._numbers_in_words
    assert words("12300.000000", "12900.5") == ["12,300.00", "12,900.50"]
    assert words("0.12345", "0.1234") == ["0.123450000000", "0.123400000000"]
    assert words("1200", None) == ["1,200", None]


def test_a_month_has_its_name():
    columns = ["month", "channel", "source", "revenue_rc"]
    key = "month 2024-03-01, channel Google context, source google, inc, campaign NULL"
    said = restatements._cell_in_words(key, "revenue_rc", [*columns, "campaign"])
    assert said == "March 2024 revenue of Google context, google, inc"
    week = restatements._cell_in_words(
        "week_start 2024-03-04, hour 9", "calls", ["week_start", "hour", "calls"]
    )
    assert week == "Week of 2024-03-04 calls of hour 9"


@pytest.mark.parametrize(
    ("period_type", "last"),
    [
        ("day", date(2024, 2, 5)),
        ("week", date(2024, 2, 11)),
        ("quarter", date(2024, 5, 4)),
        ("all", None),
    ],
)
def test_a_period_is_compared_when_its_last_day_is_complete(
    period_type: str, last: date | None
) -> None:
    expression = restatements._last_day("period_start", ["period_type", "period_start"])
    found = duckdb.execute(
        f"select cast({expression} as date) from (select ? as period_type, "
        "date '2024-02-05' as period_start)",
        [period_type],
    ).fetchall()
    assert found == [(last,)]
