"""One small company day after day: what is restated and why, and each past day once more.

The project's own compiled SQL on landed files; each step differs from the one before in one thing.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from homes import deliver

from leadhouse import restatements
from leadhouse.build import WALL_CLOCK_COLUMNS, TableSeal, content_seals, discard_candidate
from leadhouse.database import open_published
from leadhouse.restatements import changes_in_words, note_restatements
from leadhouse.settings import Settings
from tests.ingestion.company import land
from tests.reference.companies import random_company, write_drop, write_seeds
from tests.warehouse.compiled_project import CompiledProject
from tests.warehouse.conftest import Projects
from tests.warehouse.landed import land_whole, settings_of
from tests.warehouse.test_differential import FULL_SEED

CONTACTS = "contact_id,created_at,email\n"
DEALS = "deal_id,created_at,contact_id,pipeline,status,closed_at,amount,currency\n"
SESSIONS = "session_id,visitor_id,started_at,utm_source,utm_medium,contact_id\n"
SPEND = "date,platform,account_id,campaign_id,campaign,cost,currency\n"
CALLS = "call_id,started_at,direction,from_phone,status\n"


BUILT = (
    *("rpt_run", "rpt_load_log", "rpt_run_inputs", "rpt_restatements", "dim_contacts"),
    *("rpt_callers_daily", "rpt_calls", "rpt_channel_return", "rpt_channel_performance"),
    *("rpt_attribution", "rpt_clients", "rpt_cohorts", "rpt_deal_summary", "rpt_demand"),
)
"""The tables that a build is made of here: what changes are told by, and some reports."""


class Company:
    """A home whose builds are published one after the other, without dbt."""

    def __init__(self, settings: Settings, project: CompiledProject) -> None:
        self.settings = settings.model_copy(update={"as_of": datetime(2024, 3, 5, tzinfo=UTC)})
        self.project = project
        self.seeds = settings.home.parent / "seeds"
        self.seeds.mkdir()
        self.manifest = settings.home.parent / "manifest.json"
        self.inputs = {"models/a.sql": "1", "seeds/source_rules.csv": "1"}

    def publishes(self) -> set[tuple[str, str]]:
        """Land what is new, build and publish; causes and evidence of what the build restates."""
        land(self.settings)
        discard_candidate(self.settings)
        self.settings.candidate_dir.mkdir(parents=True)
        self.settings.published_dir.mkdir(parents=True, exist_ok=True)
        with self.project.build(self.settings, self.seeds, only=BUILT) as con:
            for name in ("leadhouse", "leadhouse_pii"):
                con.execute(f"attach '{self.settings.candidate_dir / name}.duckdb' as file")
                con.execute(f"copy from database {name} to file")
                con.execute("detach file")
        note_restatements(self.settings, self.manifest)
        for file in self.settings.candidate_dir.iterdir():
            file.replace(self.settings.published_dir / file.name)
        return set(self.asks("select cause, evidence from trust.rpt_restatements"))

    def asks(self, query: str) -> list[tuple[Any, ...]]:
        with open_published(self.settings) as con:
            return con.execute(query).fetchall()


@pytest.fixture
def company(
    settings: Settings, projects: Projects, shared_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Company:
    made = Company(settings, projects("default"))
    manifest = shared_folder / "compiled_default" / "target" / "manifest.json"
    made.manifest.write_text(manifest.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(restatements, "fingerprints", lambda: made.inputs)
    deliver(
        made.settings,
        "2024-03-05",
        contacts=CONTACTS
        + "c1,2024-02-01 09:00,one@example.org\nc2,2024-02-02 09:00,two@example.org\n"
        "c3,2024-02-03 09:00,three@example.org\n",
        deals=DEALS + "d1,2024-02-05 09:00,c1,sales,won,2024-02-20 09:00,100.00,EUR\n"
        "d2,2024-02-06 09:00,c2,sales,won,2024-02-21 09:00,50.00,EUR\n",
        sessions=SESSIONS
        + "s1,v1,2024-02-01 08:00,google,cpc,c1\ns2,v2,2024-02-02 08:00,bing,organic,c2\n"
        "s3,v3,2024-03-04 08:00,,,\n",
        ad_spend=SPEND
        + "2024-02-01,google,a,1,spring,10.00,EUR\n2024-03-04,google,a,1,spring,1.00,EUR\n",
        calls=CALLS + "k1,2024-02-01 10:00,in,+48600100200,answered\n"
        "k2,2024-03-04 10:00,in,+48600100201,missed\n",
    )
    return made


def test_each_restatement_has_its_cause_and_no_other(company: Company) -> None:
    home = company.settings
    assert company.publishes() == set(), "nothing was published before the first build"
    assert company.publishes() == set(), "nothing changed"

    late = "k0,2024-02-01 11:00,in,+48600100300,answered\n"
    deliver(home, "2024-03-06", calls=CALLS + late)
    assert company.publishes() == {("late delivery", "files 2024-03-06/calls.csv")}
    calls = "select old_value, new_value, difference::int from trust.rpt_restatements where "
    assert company.asks(
        calls + """table_name = 'reports.rpt_callers_daily' and "column" = 'unique_callers'"""
    ) == [("1", "2", 1)]

    spend = "2024-02-01,google,a,1,spring,{},EUR\n"
    deliver(home, "2024-03-07", ad_spend=SPEND + spend.format("12.00"))
    restated = ("restated spend", "files 2024-03-07/ad_spend.csv")
    assert company.publishes() == {restated}
    money = (
        "select old_value::double, new_value::double from trust.rpt_restatements "
        """where table_name = 'reports.rpt_channel_return' and "column" = 'spend_rc'"""
    )
    assert company.asks(money) == [(10, 12)]
    assert (
        "  February 2024 spend of Google context, google, cpc, spring: 10.00 to 12.00, "
        "restated spend of 2024-03-07 (reports.rpt_channel_return)"
    ) in changes_in_words(company.settings, 50)
    deliver(home, "2024-03-07", ad_spend=SPEND + spend.format("10.00"))
    assert company.publishes() == {restated}
    assert company.asks(money) == [(12, 10)], "it is back at its old value"
    assert company.publishes() == set()

    merge = "merged_contact_id,surviving_contact_id,merged_at\nc2,c1,2024-02-25\n"
    deliver(home, "2024-03-08", contact_merges=merge)
    assert company.publishes() == {("merge", "files 2024-03-08/contact_merges.csv")}

    deliver(home, "2024-03-09", contacts=CONTACTS + "c3,2024-02-03 09:00,one@example.org\n")
    assert company.publishes() == {("identity", "files 2024-03-09/contacts.csv")}

    rules = "priority,utm_source,utm_medium,referrer_domain,click_id,source,medium\n"
    (company.seeds / "source_rules.csv").write_text(rules + "1,google,cpc,,,goggle,cpc\n")
    company.inputs = {**company.inputs, "seeds/source_rules.csv": "2"}
    assert company.publishes() == {("configuration", "seed source_rules")}

    model = "rpt_callers_daily"
    company.project = company.project.changed(model, "from counted", "from counted where false")
    company.inputs = {**company.inputs, f"models/{model}.sql": "2"}
    assert company.publishes() == {("code", f"models/{model}.sql")}

    company.settings = home.model_copy(update={"as_of": datetime(2024, 3, 6, tzinfo=UTC)})
    assert {cause for cause, _ in company.publishes()} <= {"clock"}
    (home.drop / "2024-03-06" / "calls.csv").unlink()
    assert company.publishes() == {("late delivery", "withdrawn: files 2024-03-06/calls.csv")}


def test_a_past_day_is_what_was_published_then(tmp_path: Path, projects: Projects) -> None:
    company, project = random_company(FULL_SEED), projects("default")
    settings = settings_of(company, tmp_path)
    write_seeds(company, tmp_path / "seeds")

    def content(**clocks: object) -> dict[str, TableSeal]:
        with project.build(settings.model_copy(update=clocks), tmp_path / "seeds") as con:
            con.execute("use leadhouse")
            seals = content_seals(con, WALL_CLOCK_COLUMNS)
        return {seal.name: seal for seal in seals}

    published = {}
    days = sorted({file.delivery for file in company.files})
    write_drop([file for file in company.files if file.delivery < days[-2]], settings.drop)
    for day in days[-2:]:
        write_drop([file for file in company.files if file.delivery == day], settings.drop)
        land_whole(settings)
        midnight = datetime.combine(day, time.min, ZoneInfo(settings.timezone))
        published[day] = midnight, content(as_of=midnight, as_known_at=None)
    for day, (midnight, then) in published.items():
        known = content(as_of=midnight, as_known_at=day)
        assert [name for name in then if then[name] != known[name]] == [], day
