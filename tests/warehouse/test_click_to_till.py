"""Small companies, written out as files, from landing to the credit: the traps of the way.

Each is a story in a few rows whose answer can be worked out by hand.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import duckdb
import pytest

from ingestion.load import failure_message
from leadhouse.settings import load_settings
from tests.ingestion.company import land
from tests.project_copy import copy_project
from tests.warehouse.compiled_project import CompiledProject, compile_project
from tests.warehouse.conftest import Projects

ENVIRONMENT = {
    "LEADHOUSE_AS_OF": "2026-06-01",
    "LEADHOUSE_TIMEZONE": "Europe/Warsaw",
    "LEADHOUSE_CURRENCY": "EUR",
}
ASKED = (
    *("dim_contacts", "fct_ad_spend", "fct_attribution", "fct_calls", "fct_deals"),
    "rpt_channel_performance",
)
CRM = {
    "2026-03-02/contacts.csv": """
        contact_id,created_at,phone
        c1,2026-02-25T10:00,600700800
    """,
    "2026-03-02/deals.csv": """
        deal_id,created_at,contact_id,pipeline,status,closed_at,amount,currency
        d1,2026-03-01T12:00,c1,sales,won,2026-03-01T18:00,100.01,EUR
    """,
    "2026-03-02/enquiries.csv": """
        enquiry_id,occurred_at,channel,visitor_id,contact_id
        e1,2026-02-26T09:00,form,v1,c1
    """,
    "2026-03-02/sessions.csv": """
        session_id,visitor_id,started_at,utm_source,utm_medium
        s2,v1,2026-02-20T09:00,google,cpc
        s3,v1,2026-02-22T09:00,forum,referral
    """,
}
EARLIER_VISIT = {
    "2026-04-01/sessions.csv": """
        session_id,visitor_id,started_at,utm_source,utm_medium
        s1,v1,2026-02-10T09:00,newsletter,email
    """
}


@dataclass(frozen=True)
class Warehouse:
    """A built company."""

    connection: duckdb.DuckDBPyConnection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def credit(self, model: str) -> dict[str, tuple[Decimal, Decimal]]:
        """Weight and value of each credited touch of the one deal."""
        found = self.rows(
            "select touch_id, weight, value_rc from leadhouse.marts.fct_attribution "
            f"where model_id = '{model}' and conversion_type = 'deal_won'"
        )
        return {touch: (weight, value) for touch, weight, value in found}


@contextmanager
def built(
    project: CompiledProject, folder: Path, files: dict[str, str], **environment: str
) -> Iterator[Warehouse]:
    """Land these files (path in the drop folder: its text) and build the models of ASKED."""
    drop = folder / "drop"
    for path, text in files.items():
        (drop / path).parent.mkdir(parents=True, exist_ok=True)
        (drop / path).write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    settings = load_settings(
        {
            **ENVIRONMENT,
            **environment,
            "LEADHOUSE_DROP": str(drop),
            "LEADHOUSE_HOME": str(folder / "home"),
        }
    )
    results = land(settings)
    assert failure_message(results) is None, failure_message(results)
    assert not [result for result in results if result.rows_quarantined]
    with project.build(settings, folder, ASKED) as connection:
        assert project.failing_tests(connection, ASKED) == []
        yield Warehouse(connection)


def test_a_touch_that_is_delivered_late_moves_the_credit_and_the_past_stays(
    projects: Projects, tmp_path: Path
) -> None:
    whole = {**CRM, **EARLIER_VISIT}
    first = "select source, medium from leadhouse.marts.dim_contacts"
    with built(projects("default"), tmp_path, whole) as now:
        assert now.credit("first") == {"session:s1": (1, Decimal("100.01"))}
        assert set(now.credit("linear")) == {"session:s1", "session:s2", "session:s3"}
        assert now.rows(first) == [("newsletter", "email")]
    with built(projects("default"), tmp_path, {}, LEADHOUSE_AS_KNOWN_AT="2026-03-31") as then:
        assert then.credit("first") == {"session:s2": (1, Decimal("100.01"))}
        assert then.credit("linear") == {
            "session:s2": (Decimal("0.5"), Decimal("50.01")),
            "session:s3": (Decimal("0.5"), Decimal("50.00")),
        }
        assert then.rows(first) == [("google", "cpc")]
    with built(projects("default"), tmp_path, {}, LEADHOUSE_AS_KNOWN_AT="2026-04-01") as later:
        assert later.rows(first) == [("newsletter", "email")]


def test_a_merged_contact_brings_its_touches(projects: Projects, tmp_path: Path) -> None:
    files = {
        **CRM,
        "2026-03-02/contacts.csv": """
            contact_id,created_at
            c0,2026-02-24T10:00
            c1,2026-02-25T10:00
        """,
        "2026-03-02/enquiries.csv": CRM["2026-03-02/enquiries.csv"].replace("v1,c1", "v1,c0"),
    }
    merge = """
        merged_contact_id,surviving_contact_id,merged_at
        c0,c1,2026-05-01T10:00
    """
    with built(projects("default"), tmp_path / "apart", files) as apart:
        assert apart.credit("last") == {"(unattributed)": (1, Decimal("100.01"))}
    merged = {**files, "2026-05-02/contact_merges.csv": merge}
    with built(projects("default"), tmp_path / "merged", merged) as one:
        assert one.credit("last") == {"session:s3": (1, Decimal("100.01"))}
        assert one.rows(
            "select contact_id, person_id, source from leadhouse.marts.dim_contacts"
        ) == [("c1", "c1", "google")]
    with built(projects("default"), tmp_path / "merged", {}, LEADHOUSE_AS_OF="2026-05-01") as then:
        assert then.credit("last") == {"(unattributed)": (1, Decimal("100.01"))}


def test_a_deal_whose_currency_was_corrected_counts_once_in_the_latest_one(
    projects: Projects, tmp_path: Path
) -> None:
    files = {
        **CRM,
        "2026-03-02/fx_rates.csv": """
            date,currency,rate
            2026-03-01,PLN,0.25
            2026-03-01,USD,0.9
        """,
        "2026-03-02/deals.csv": CRM["2026-03-02/deals.csv"].replace("EUR", "USD"),
        "2026-03-05/deals.csv": CRM["2026-03-02/deals.csv"].replace("100.01,EUR", "400.06,PLN"),
    }
    revenue = "select amount, currency, revenue_rc from leadhouse.marts.fct_deals"
    total = "select sum(revenue_rc) from leadhouse.reports.rpt_channel_performance"
    with built(projects("default"), tmp_path, files) as now:
        assert now.rows(revenue) == [(Decimal("400.06"), "PLN", Decimal("100.02"))]
        assert now.rows(total) == [(Decimal("100.02"),)]
    with built(projects("default"), tmp_path, {}, LEADHOUSE_AS_KNOWN_AT="2026-03-04") as then:
        assert then.rows(revenue) == [(Decimal("100.01"), "USD", Decimal("90.01"))]


def test_the_days_the_clocks_change_are_days_like_any_other(
    projects: Projects, tmp_path: Path
) -> None:
    """In Warsaw 29 March 2026 has 23 hours, 26 October 2025 has 25; an account's day is its own."""
    files = {
        "2026-03-30/calls.csv": """
            call_id,started_at,direction,from_phone,to_phone,status,talk_seconds
            before,2026-03-28T23:59:59+01:00,in,600700801,,answered,10
            skipped,2026-03-29T00:59:59Z,in,600700802,,answered,10
            after,2026-03-29T01:00:00Z,in,600700803,,answered,10
            last,2026-03-29T23:59:59+02:00,in,600700804,,answered,10
            next,2026-03-29T22:00:00Z,in,600700805,,answered,10
            summer,2025-10-26T00:30:00Z,in,600700806,,answered,10
            winter,2025-10-26T01:30:00Z,in,600700807,,answered,10
        """,
        "2026-03-30/ad_spend.csv": """
            date,platform,account_id,account_timezone,campaign_id,campaign,cost,currency
            2025-10-26,google_ads,a1,America/Los_Angeles,k,Brand,1.10,EUR
            2026-03-29,google_ads,a1,America/Los_Angeles,k,Brand,2.20,EUR
            2026-03-29,meta_ads,a2,Asia/Tokyo,k,Brand,3.30,EUR
        """,
        "2026-03-30/manual_costs.csv": """
            cost_id,date_from,date_to,source,amount,currency,kind
            m1,2026-03-28,2026-03-30,leaflet,10.00,EUR,offline
        """,
    }
    with built(projects("default"), tmp_path, files) as warehouse:
        assert warehouse.rows(
            "select started_date, list(call_id order by started_at) "
            "from leadhouse.marts.fct_calls group by all order by all"
        ) == [
            (date(2025, 10, 26), ["summer", "winter"]),
            (date(2026, 3, 28), ["before"]),
            (date(2026, 3, 29), ["skipped", "after", "last"]),
            (date(2026, 3, 30), ["next"]),
        ]
        assert warehouse.rows(
            "select date_day, platform, cost from leadhouse.marts.fct_ad_spend order by all"
        ) == [
            (date(2025, 10, 26), "google_ads", Decimal("1.10")),
            (date(2026, 3, 28), None, Decimal("3.34")),
            (date(2026, 3, 29), "google_ads", Decimal("2.20")),
            (date(2026, 3, 29), "meta_ads", Decimal("3.30")),
            (date(2026, 3, 29), None, Decimal("3.33")),
            (date(2026, 3, 30), None, Decimal("3.33")),
        ]


@pytest.fixture
def extended_project(tmp_path: Path) -> Path:
    """A copy of the project with one more attribution family and a model of it."""
    copy = copy_project(tmp_path / "project")
    (copy / "macros" / "attribution" / "second.sql").write_text(
        "{% macro attribution_family__second() -%}\n"
        "    case when position = least(2, touch_count) then 3 else 1 end\n"
        "{%- endmacro %}\n",
        encoding="utf-8",
    )
    with (copy / "seeds" / "attribution_models.csv").open("a", encoding="utf-8") as seed:
        seed.write("second_touch,second,90,,,\n")
    shutil.copy(copy / "seeds" / "attribution_models.csv", tmp_path)
    return copy


@pytest.mark.long
def test_a_new_way_to_share_credit_is_one_sql_file(extended_project: Path, tmp_path: Path) -> None:
    manifest = compile_project(tmp_path / "compiled", project=extended_project)
    whole = {**CRM, **EARLIER_VISIT}
    with built(CompiledProject(manifest), tmp_path, whole) as warehouse:
        assert warehouse.credit("second_touch") == {
            "session:s1": (Decimal("0.2"), Decimal("20.00")),
            "session:s2": (Decimal("0.6"), Decimal("60.01")),
            "session:s3": (Decimal("0.2"), Decimal("20.00")),
        }
        assert warehouse.credit("first") == {"session:s1": (1, Decimal("100.01"))}
