"""Companies that deliver one kind of thing only: what they never delivered is NULL, not 0.

Not measured is not none: a company without web analytics has not had "0 visits".
"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
import xlsxwriter

from leadhouse.settings import load_settings
from tests.ingestion.company import land
from tests.warehouse.conftest import Projects

CALLS = """
    call_id,started_at,direction,status
    k1,2026-03-01T10:00,in,answered
    k2,2026-03-02T10:00,in,missed
"""
CONTACTS = """
    contact_id,created_at,lead_source
    c1,2026-03-01T10:00,google
"""
DEALS = """
    deal_id,created_at,contact_id,pipeline,status,closed_at,amount,currency
    d1,2026-03-01T12:00,c1,sales,won,2026-03-05T18:00,100,EUR
"""
SPEND = """
    date,platform,account_id,campaign_id,campaign,impressions,clicks,cost,currency
    2026-03-01,google_ads,1,1,brand,100,5,12.5,EUR
"""
SESSIONS = """
    session_id,visitor_id,started_at,utm_source,utm_medium
    s1,v1,2026-03-01T09:00,google,cpc
"""
MEASURES = {
    "calls": {"calls"},
    "contacts": {"contacts"},
    "deals": {"deals_created", "deals_won", "revenue_rc"},
    "ad_spend": {"spend_rc", "planned_spend_rc", "impressions", "clicks"},
    "sessions": {"sessions"},
    "enquiries": {"enquiries"},
}
"""The measures of rpt_channel_performance by the entity that they count."""
RETURNS = {
    "contacts": {"contacts"},
    "deals": {
        *("deals_created", "deals_won", "clients", "revenue_rc", "margin_rc"),
        *("deals_with_margin", "revenue_with_margin_rc"),
    },
    "ad_spend": {"spend_rc", "planned_spend_rc"},
    "payments": {"paid_rc"},
}
"""Those of rpt_channel_return and rpt_channel_return_by_card."""
COMPANIES = {
    "only a CRM": {"contacts": CONTACTS, "deals": DEALS},
    "only calls": {"calls": CALLS},
    "only ads": {"ad_spend": SPEND},
    "only web analytics": {"sessions": SESSIONS},
    "only an Excel of deals": {"deals": DEALS},
}


@pytest.mark.parametrize("name", COMPANIES)
def test_what_was_never_delivered_is_not_measured(
    name: str, projects: Projects, tmp_path: Path
) -> None:
    settings = load_settings(
        {
            "LEADHOUSE_AS_OF": "2026-06-01",
            "LEADHOUSE_DROP": str(tmp_path / "drop"),
            "LEADHOUSE_HOME": str(tmp_path / "home"),
        }
    )
    folder = settings.drop / "2026-03-10"
    folder.mkdir(parents=True)
    for entity, text in COMPANIES[name].items():
        lines = [line.split(",") for line in dedent(text).strip().splitlines()]
        if "Excel" in name:
            with xlsxwriter.Workbook(str(folder / f"{entity}.xlsx")) as book:
                sheet = book.add_worksheet()
                for number, line in enumerate(lines):
                    sheet.write_row(number, 0, line)
        else:
            (folder / f"{entity}.csv").write_text(dedent(text).strip() + "\n", encoding="utf-8")
    land(settings)
    project = projects("default")
    with project.build(settings, tmp_path / "no seeds") as connection:
        assert project.failing_tests(connection) == []
        for table, measures in (
            ("rpt_channel_performance", MEASURES),
            ("rpt_channel_return", RETURNS),
            ("rpt_channel_return_by_card", RETURNS),
        ):
            columns = tuple(sorted(set.union(*measures.values())))
            found = project.rows(connection, table, columns)
            expected = set.union(
                set(), *(measures[entity] for entity in COMPANIES[name] if entity in measures)
            )
            for row in found:
                told = {column for column, value in row.items() if value is not None}
                assert told == expected, table
            assert found or not expected
        for row in project.rows(
            connection, "fct_deals", ("allocated_cost_spread_rc", "sessions_before_contact")
        ):
            assert set(row.values()) == {None}
        for row in project.rows(
            connection, "rpt_calls", ("calls", "first_calls", "talk_seconds", "wait_seconds")
        ):
            assert list(row.values()) == [1, None, None, None]
