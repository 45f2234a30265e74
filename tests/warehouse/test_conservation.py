"""The tests of every run that totals agree, each seen to fail when a number is changed."""

from __future__ import annotations

from pathlib import Path

from tests.reference.people_companies import people_company
from tests.warehouse.conftest import Projects
from tests.warehouse.landed import landed

SEED = 20
CHANGES = [
    ("tasks_are_open_done_or_cancelled", "rpt_tasks", "cancelled = cancelled + 1"),
    ("activities_are_the_rows_of_their_facts", "fct_activities", "activity = 'call'"),
    ("activity_reports_agree_with_their_facts", "rpt_activities", "activities = activities + 1"),
    ("activity_reports_agree_with_their_facts", "rpt_tasks", "tasks = tasks + 1"),
    ("activity_reports_agree_with_their_facts", "rpt_meetings", "scheduled = scheduled + 1"),
    ("activity_reports_agree_with_their_facts", "rpt_emails", "sent = sent + 1"),
    ("activity_reports_agree_with_their_facts", "rpt_call_hours", "calls = calls + 1"),
    ("call_totals_agree", "rpt_calls", "calls = calls + 1"),
    ("lead_routing_totals_agree", "rpt_lead_routing_seller_work", "received = received + 1"),
    ("leads_and_clients_are_counted_once", "rpt_leads", "leads_open = leads_open + 1"),
    ("pipeline_changes_add_up", "rpt_pipeline_changes", "deals = deals + 1"),
    ("pipeline_days_agree_with_the_deals", "rpt_pipeline_daily", "deals_won = deals_won + 1"),
    ("kpis_agree_with_the_reports", "rpt_kpis", "numerator = numerator + 1"),
    ("kpis_agree_with_the_reports", "rpt_calls", "missed = missed + 1"),
    ("people_add_up_to_the_company", "fct_user_months", "leads = leads + 1"),
    ("people_add_up_to_the_company", "fct_user_months", "calls = calls + 1"),
    ("people_add_up_to_the_company", "fct_user_months", "tasks_done = tasks_done + 1"),
    ("people_add_up_to_the_company", "fct_user_months", "emails_sent = emails_sent + 1"),
    ("people_add_up_to_the_company", "rpt_scorecard", "deals_won = deals_won + 1"),
    ("people_add_up_to_the_company", "rpt_scorecard", "revenue_rc = revenue_rc + 1"),
    ("people_add_up_to_the_company", "rpt_teams", "deals_created = deals_created + 1"),
    ("people_add_up_to_the_company", "rpt_win_rates", "won = won + 1"),
    ("people_add_up_to_the_company", "rpt_nps", "passives = passives + 1"),
    ("people_add_up_to_the_company", "rpt_support", "tickets = tickets + 1"),
    ("people_add_up_to_the_company", "rpt_reviews", "reviews = reviews + 1"),
]
"""Tests, and changes of a published table that each must notice."""


def test_a_changed_number_is_noticed(projects: Projects, tmp_path: Path) -> None:
    company = people_company(SEED)
    settings = landed(company, tmp_path)
    project = projects(company.variant)
    unnoticed = []
    with project.build(settings, tmp_path / "seeds") as connection:
        for test, table, change in CHANGES:
            assert project.problems(connection, test) == 0, test
            connection.execute("begin")
            place = project.tables[table]
            changed = connection.execute(f"update {place} set {change}").fetchall()[0][0]
            if not changed or not project.problems(connection, test):
                unnoticed.append((test, table, change, changed))
            connection.execute("rollback")
    assert not unnoticed
