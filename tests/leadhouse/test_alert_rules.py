"""What breaks a rule, build after build: real files, one row of each table."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from homes import new_pair

from leadhouse import alerts
from leadhouse.alert_rules import ALERTS_TABLE, broken_rules, note_alerts
from leadhouse.errors import LeadhouseError
from leadhouse.settings import Settings

Rule = tuple[str, str | None, str | None, str | None, str | None, str, int, float, str, str]
LATE: Rule = (
    "late", None, "reports.rpt_days", "hours", "is_late", "above", 1, 2.0, "error", "all",
)  # fmt: skip
FEW: Rule = ("few", "leads", None, None, None, "below", 1, 5.0, "warn", "e-mail")
ALERT_COLUMNS = "rule, subject, value, cast(first_seen as date), cast(resolved_at as date)"
COLUMNS = {"date_day": "date", "source": "string", "hours": "double", "is_late": "boolean"}
MANIFEST = {
    "nodes": {
        "model.leadhouse.rpt_days": {
            "resource_type": "model", "schema": "reports", "name": "rpt_days", "alias": "rpt_days",
            "unique_id": "model.leadhouse.rpt_days",
            "columns": {name: {"name": name, "data_type": kind} for name, kind in COLUMNS.items()},
        },
        "test.leadhouse.rpt_days_rules": {
            "resource_type": "test", "unique_id": "test.leadhouse.rpt_days_rules",
            "attached_node": "model.leadhouse.rpt_days",
            "test_metadata": {"name": "row_rules", "kwargs": {"key": ["date_day", "source"]}},
        },
    }
}  # fmt: skip
# Weeks of 2024 begin on 1, 8 and 15 January; the build of the 22nd knows three whole ones.
HOURS = ((8, "google", 1.0, False), (15, "google", 4.0, True), (15, "bing", 2.0, True))
LEADS = ((1, "week", 8.0), (8, "week", 8.0), (15, "week", 4.0), (19, "day", 2.0))


def write_build(folder: Path, rules: tuple[Rule, ...], day: str, hours=HOURS, leads=LEADS) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with new_pair(folder) as con:
        con.execute(
            "create table marts.dim_alert_rules (rule varchar, metric varchar, "
            "table_name varchar, column_name varchar, filter varchar, comparison varchar, "
            "weeks bigint, threshold double, severity varchar, channel varchar)"
        )
        for rule in rules:
            con.execute("insert into marts.dim_alert_rules values (?,?,?,?,?,?,?,?,?,?)", rule)
        con.execute(
            "create table reports.rpt_days "
            "(date_day date, source varchar, hours double, is_late boolean)"
        )
        for at, *row in hours:
            con.execute(
                "insert into reports.rpt_days values (?, ?, ?, ?)", [f"2024-01-{at:02}", *row]
            )
        con.execute(
            "create table reports.rpt_kpis (period_type varchar, period_start date, "
            "level varchar, level_id varchar, metric varchar, value double, numerator double, "
            "n bigint)"
        )
        for at, period_type, value in leads:
            for level, level_id in (("company", "(all)"), ("user", "u1")):
                con.execute(
                    "insert into reports.rpt_kpis values (?, ?, ?, ?, 'leads', ?, ?, ?)",
                    [period_type, f"2024-01-{at:02}", level, level_id, value, value, int(value)],
                )
        con.execute(
            f"create table trust.rpt_run as select '' as output_hash, timestamptz '{day}' "
            "as as_of, cast(date '2024-01-21' as date) as data_through_date"
        )
        con.execute(
            "create table trust.rpt_alerts (rule varchar, subject varchar, value double, "
            "threshold double, first_seen timestamptz, last_seen timestamptz, "
            "resolved_at timestamptz, severity varchar)"
        )


class Builds:
    """Builds of one home, each published before the next."""

    def __init__(self, settings: Settings, manifest: Path) -> None:
        self.settings, self.manifest = settings, manifest
        manifest.write_text(json.dumps(MANIFEST))

    def alerts(self, *rules: Rule, day: str = "2024-01-22", **tables) -> list[tuple]:
        settings = self.settings
        write_build(settings.candidate_dir, rules, f"{day} 00:00:00+00", **tables)
        note_alerts(settings, self.manifest)
        shutil.rmtree(settings.published_dir, ignore_errors=True)
        shutil.copytree(settings.candidate_dir, settings.published_dir)
        with duckdb.connect(str(settings.published_dir / "leadhouse.duckdb")) as con:
            return [
                (*row[:3], *(at and at.isoformat()[5:] for at in row[3:]))
                for row in con.execute(
                    f"select {ALERT_COLUMNS} from {ALERTS_TABLE} order by all"
                ).fetchall()
            ]


@pytest.fixture
def builds(settings: Settings, tmp_path: Path) -> Builds:
    return Builds(settings, tmp_path / "manifest.json")


GOOGLE = "date_day 2024-01-15, source google"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (LATE, [("late", GOOGLE, 4.0)]),
        (FEW, [("few", "company (all)", 4.0)]),
        ((*FEW[:4], "level = 'user'", *FEW[5:]), [("few", "user u1", 4.0)]),
        ((*FEW[:4], "n > 4", *FEW[5:]), []),
        ((*FEW[:5], "change_over_weeks", 2, -50.0, *FEW[8:]), [("few", "company (all)", -50.0)]),
        ((*FEW[:5], "change_over_weeks", 2, -51.0, *FEW[8:]), []),
        ((*FEW[:5], "change_over_weeks", 2, 50.0, *FEW[8:]), []),
        ((*FEW[:5], "missing_days", 1, 2.0, *FEW[8:]), [("few", "company (all)", 3.0)]),
        ((*FEW[:5], "missing_days", 1, 3.0, *FEW[8:]), []),
        (
            (*LATE[:4], None, "change_over_weeks", 1, 500.0, *LATE[8:]),
            [("late", "hours", 500.0)],
        ),
        ((*LATE[:3], "date_day", None, "missing_days", 1, 6.0, *LATE[8:]),
         [("late", "date_day", 7.0)]),
    ],
)  # fmt: skip
def test_a_rule_is_broken_beyond_its_threshold(
    builds: Builds, rule: Rule, expected: list[tuple]
) -> None:
    assert [row[:3] for row in builds.alerts(rule)] == expected


def test_two_rules_of_one_subject_live_on_their_own_and_one_comes_back(builds: Builds) -> None:
    """Lasting, resolved, back: another row, that of before stays. A gone rule is resolved."""
    much = ("much", *LATE[1:7], 3.0, *LATE[8:])
    better = (*HOURS[:1], (15, "google", 2.5, True))
    assert builds.alerts(LATE, much) == [
        ("late", GOOGLE, 4.0, "01-22", None), ("much", GOOGLE, 4.0, "01-22", None),
    ]  # fmt: skip
    assert builds.alerts(LATE, much, day="2024-01-23", hours=better) == [
        ("late", GOOGLE, 2.5, "01-22", None), ("much", GOOGLE, 4.0, "01-22", "01-23"),
    ]  # fmt: skip
    assert builds.alerts(LATE, much, day="2024-01-24") == [
        ("late", GOOGLE, 4.0, "01-22", None), ("much", GOOGLE, 4.0, "01-22", "01-23"),
        ("much", GOOGLE, 4.0, "01-24", None),
    ]  # fmt: skip
    assert builds.alerts(much, day="2024-01-25")[0] == ("late", GOOGLE, 4.0, "01-22", "01-25")


def test_what_another_build_of_the_same_day_resolved_is_the_same_alert_when_it_is_back(
    builds: Builds,
) -> None:
    builds.alerts(LATE)
    assert builds.alerts(LATE, hours=HOURS[:1]) == [("late", GOOGLE, 4.0, "01-22", "01-22")]
    assert builds.alerts(LATE) == [("late", GOOGLE, 4.0, "01-22", None)]


def test_an_earlier_clock_does_not_know_of_later_alerts(builds: Builds) -> None:
    builds.alerts(LATE, day="2024-01-23")
    assert builds.alerts(LATE, day="2024-01-22") == [("late", GOOGLE, 4.0, "01-22", None)]


def test_many_subjects_are_told_up_to_a_thousand_and_counted(builds: Builds) -> None:
    many = tuple((15, f"s{number:04}", 9.0, True) for number in range(1_002))
    rows = builds.alerts(LATE, hours=many)
    assert len(rows) == 1_001
    assert rows[0][:3] == ("late", "(more)", 2.0)


def test_sql_that_fails_is_told_with_its_row(builds: Builds) -> None:
    wrong = (*LATE[:4], "is_lost", *LATE[5:])
    with pytest.raises(LeadhouseError) as raised:
        builds.alerts(wrong)
    for told in ("seeds/alert_rules.csv", "the rule late", "filter is_lost", "Correct its row"):
        assert told in str(raised.value)


def test_a_channel_gets_its_own_alerts_and_those_of_all(builds: Builds, settings: Settings) -> None:
    builds.alerts(LATE, FEW)
    assert list(broken_rules(settings, "webhook")) == [f"late: {GOOGLE}"]
    told = broken_rules(settings, "e-mail")
    assert told["few: company (all)"] == (
        "warn since 2024-01-22: few: company (all) is 4 (threshold 5)"
    )
    assert list(told) == ["few: company (all)", f"late: {GOOGLE}"]


def test_new_and_resolved_alerts_are_sent_once(
    builds: Builds, settings: Settings, tmp_path: Path
) -> None:
    letters = tmp_path / "letters"
    settings = settings.model_copy(update={"alert_command": f"tee -a {letters}"})
    sent = []
    for rules in ((LATE, FEW), (LATE,), ((*LATE[:9], "none"),)):
        builds.alerts(*rules)
        for _ in range(2):
            letters.write_text("")
            alerts.tell_success(settings)
            sent.append(letters.read_text().partition(": ")[2].split("\n\n"))
    assert sent == [
        ["alert rules: 1 new", f"error since 2024-01-22: late: {GOOGLE} is 4 (threshold 2)\n"],
        [""],
        [""],
        [""],
        ["alert rules: 1 in order again", f"In order again: late: {GOOGLE}\n"],
        [""],
    ]
