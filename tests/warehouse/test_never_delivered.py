"""Companies that deliver one kind of thing only: what they never delivered is NULL, not 0.

Not measured is not none: a company without web analytics has not had "0 visits".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import xlsxwriter

from leadhouse.settings import Settings, load_settings
from tests.ingestion.company import land
from tests.warehouse.conftest import Projects

RowsOf = Callable[[str, tuple[str, ...]], list[dict[str, Any]]]
"""Some columns of a published table."""
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
TASKS = """
    task_id,created_at,due_at,status,user_id
    t1,2026-03-01T10:00,2026-03-02T10:00,open,u1
"""
TARGETS = """
    month,level,level_id,metric,target,currency
    2026-03,user,u1,revenue,100,EUR
    2026-03,user,u1,deals_won,2,
    2026-03,company,,leads,2,
    2026-03,company,,calls,2,
    2026-03,team,North,meetings,2,
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
    "only tasks and targets": {"tasks": TASKS, "targets": TARGETS},
}
PERSONS = "contacts"
"""What makes persons, of whom leads and clients are."""
WORK = ("calls", "emails", "enquiries", "meetings", "tasks")
NEEDS = {
    **{f"{kind}_{name}": [name] for name in ("tasks", "targets", "meetings", "emails")
       for kind in ("fct", "rpt")},
    **{f"rpt_{name}": ["calls"] for name in
       ("calls", "call_hours", "missed_calls", "call_conversions")},
    **{f"rpt_{name}": ["deals"] for name in
       ("pipeline_daily", "pipeline_changes", "win_rates", "teams", "velocity", "deal_summary")},
    **{f"rpt_{name}": ["deal_stages"] for name in ("bottlenecks", "bottleneck_ranks", "funnel")},
    **{f"rpt_{name}": [f"{PERSONS} deals"] for name in
       ("clients", "clients_monthly", "client_health")},
    **{f"rpt_{name}": [PERSONS] for name in ("leads", "lead_speed", "unrouted_contacts")},
    "fct_leads": [PERSONS],
    "rpt_conversations": ["emails"],
    "fct_time_entries": ["time_entries"],
    "rpt_time": ["time_entries"],
    "fct_surveys": ["surveys"],
    "rpt_nps": ["surveys"],
    "fct_tickets": ["tickets"],
    "rpt_support": ["tickets"],
    "fct_reviews": ["reviews"],
    "rpt_reviews": ["reviews"],
    "fct_product_usage": ["product_usage"],
    "fct_activities": ["calls", "emails", "meetings", "enquiries"],
    "rpt_activities": ["calls", "emails", "meetings", "enquiries"],
    "dim_user_history": ["users"],
    "fct_contact_owners": ["contact_owners"],
    "fct_user_months": ["calls", "deals", "contacts", "tasks"],
    "rpt_scorecard": ["calls", "deals", "contacts", "tasks"],
    "rpt_capacity": ["tasks"],
    "rpt_lead_routing_seller_work": ["contact_tags"],
    "rpt_lead_routing_speed": ["contact_tags"],
}  # fmt: skip
"""The tables of sales, and what each has rows of: any of these, several only together."""
MEASURED = {
    "rpt_leads": {
        "leads_with_deal": ["deals"],
        **dict.fromkeys(("never_attempted", "within_sla"), ("calls", "emails")),
        **dict.fromkeys(
            ("minutes_to_first_attempt_sum", "minutes_to_first_contact_count"), ("calls", "emails")
        ),
    },
    "rpt_call_conversions": dict.fromkeys(("deals_created", "deals_won"), ("deals",)),
    "rpt_scorecard": {
        "leads": [PERSONS],
        "attempted_within_sla": [f"{PERSONS} calls", f"{PERSONS} emails"],
        "calls_answered": ["calls"],
        "talk_seconds": [],
        "meetings_held": ["meetings"],
        "emails_sent": ["emails"],
        "tasks_done": ["tasks"],
        "tasks_due": ["tasks"],
        **dict.fromkeys(("deals_created", "deals_won", "deals_lost", "revenue_rc"), ("deals",)),
        **dict.fromkeys(("cycle_days_sum", "cycle_days_count"), ("deals",)),
    },
    "rpt_capacity": {"open_leads": [PERSONS], "open_deals": ["deals"], "open_tasks": ["tasks"]},
    "rpt_client_health": {
        **dict.fromkeys(("last_activity_at", "days_since_activity"), WORK),
        **{"last_score": ["surveys"], "score_change": ["surveys"], "open_tasks": ["tasks"]},
        **{"open_tickets": ["tickets"], "usage_change_28d": ["product_usage"]},
        "reasons": ["surveys"],
    },
}
"""Columns of theirs that are NULL in every row, unless any of these was delivered."""
TARGETED = {"revenue": "deals", "deals_won": "deals", "leads": PERSONS, "calls": "calls"}
"""What each metric of a target is counted from; meetings are not delivered here at all."""


def landed(name: str, folder: Path) -> Settings:
    """The company of this name, landed."""
    settings = load_settings(
        {
            "LEADHOUSE_AS_OF": "2026-06-01",
            "LEADHOUSE_DROP": str(folder / "drop"),
            "LEADHOUSE_HOME": str(folder / "home"),
        }
    )
    drop = settings.drop / "2026-03-10"
    drop.mkdir(parents=True)
    for entity, text in COMPANIES[name].items():
        lines = [line.split(",") for line in dedent(text).strip().splitlines()]
        if "Excel" in name:
            with xlsxwriter.Workbook(str(drop / f"{entity}.xlsx")) as book:
                sheet = book.add_worksheet()
                for number, line in enumerate(lines):
                    sheet.write_row(number, 0, line)
        else:
            (drop / f"{entity}.csv").write_text(dedent(text).strip() + "\n", encoding="utf-8")
    land(settings)
    return settings


@pytest.mark.parametrize("name", COMPANIES)
def test_what_was_never_delivered_is_not_measured(
    name: str, projects: Projects, tmp_path: Path
) -> None:
    project = projects("default")
    with project.build(landed(name, tmp_path), tmp_path / "no seeds") as connection:
        assert project.failing_tests(connection) == []
        rows = partial(project.rows, connection)
        assert_marketing_says_what_it_measures(COMPANIES[name].keys(), rows)
        filled = {table for table in NEEDS if project.contents(connection, table)[1]}
        assert_sales_say_what_they_measure(COMPANIES[name].keys(), rows, filled)


def assert_marketing_says_what_it_measures(delivered: Collection[str], rows: RowsOf) -> None:
    for table, measures in (
        ("rpt_channel_performance", MEASURES),
        ("rpt_channel_return", RETURNS),
        ("rpt_channel_return_by_card", RETURNS),
    ):
        found = rows(table, tuple(sorted(set.union(*measures.values()))))
        expected = set.union(set(), *(measures[each] for each in delivered if each in measures))
        for row in found:
            assert {column for column, value in row.items() if value is not None} == expected, table
        assert found or not expected
    for row in rows("fct_deals", ("allocated_cost_spread_rc", "sessions_before_contact")):
        assert set(row.values()) == {None}
    for row in rows("rpt_calls", ("calls", "first_calls", "talk_seconds", "wait_seconds")):
        assert list(row.values()) == [1, None, None, None]


def assert_sales_say_what_they_measure(
    delivered: Collection[str], rows: RowsOf, filled: set[str]
) -> None:
    def is_told(needs: Iterable[str]) -> bool:
        return any(set(need.split()) <= set(delivered) for need in needs)

    assert filled == {table for table, needs in NEEDS.items() if is_told(needs)}
    for table, measures in MEASURED.items():
        expected = {column for column, needs in measures.items() if is_told(needs)}
        for row in rows(table, tuple(measures)):
            assert {column for column, value in row.items() if value is not None} == expected, table
    for row in rows("rpt_targets", ("metric", "actual", "attainment")):
        is_counted = TARGETED.get(row["metric"]) in delivered
        assert [row["actual"] is not None, row["attainment"] is not None] == [is_counted] * 2
