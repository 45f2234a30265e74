"""A small published build, written by SQL: the tables that exports and `leadhouse why` read."""

import os
from pathlib import Path

import duckdb

from leadhouse.settings import Settings, load_settings

BUILD = "000001-20240601T000000Z"

DEALS = """
    deal_id varchar, contact_id varchar, person_id varchar, created_at timestamptz,
    created_date date, closed_at timestamptz, closed_date date, outcome_date date, status varchar,
    pipeline varchar, stage varchar, owner_user_id varchar, amount decimal(18, 2),
    currency varchar, amount_rc decimal(18, 2), revenue_rc decimal(18, 2), source varchar,
    medium varchar, campaign varchar, channel varchar, deal_source varchar, deal_medium varchar,
    deal_campaign varchar, sessions_before_contact bigint, cycle_days double, is_won boolean
"""
TABLES = {
    "reports.rpt_deal_journal": f"{DEALS}, tags varchar",
    "marts.fct_deals": DEALS,
    "reports.rpt_journey": """
        person_id varchar, event_no bigint, occurred_at timestamptz, event_type varchar,
        event_id varchar, detail varchar, source varchar, amount_rc decimal(18, 2),
        days_since_first double
    """,
    "marts.fct_calls": """
        call_id varchar, started_at timestamptz, started_date date, direction varchar,
        person_id varchar, contact_id varchar, status varchar, is_answered boolean,
        talk_seconds bigint, call_count bigint, session_id varchar, source varchar,
        medium varchar, campaign varchar, keyword varchar, match_method varchar,
        match_candidates bigint
    """,
    "reports.rpt_channel_return": """
        month date, channel varchar, source varchar, medium varchar, campaign varchar,
        spend_rc decimal(18, 2), contacts bigint, roas double
    """,
    "reports.rpt_scorecard": "month date, user_id varchar, team varchar, leads bigint",
    "marts.fct_tasks": """
        task_id varchar, created_at timestamptz, created_date date, due_date date, status varchar
    """,
    "reports.rpt_missed_calls": """
        call_id varchar, started_at timestamptz, started_date date, outcome varchar
    """,
    "marts.fct_source_candidates": """
        person_id varchar, candidate_no bigint, occurred_at timestamptz, evidence varchar,
        evidence_id varchar, source varchar, medium varchar, campaign varchar, keyword varchar,
        is_direct boolean, is_chosen boolean, reason varchar
    """,
    "marts.dim_contacts": """
        contact_id varchar, person_id varchar, created_at timestamptz, source varchar,
        medium varchar, campaign varchar, channel varchar, is_deleted boolean
    """,
    "marts.fct_leads": """
        lead_id varchar, opened_at timestamptz, opened_date date, became_client_date date,
        status varchar
    """,
    "reports.rpt_pipeline_daily": "date_day date, stage varchar, deals_open bigint",
    "reports.rpt_forecast": """
        month date, forecast_date date, method varchar, expected_deals double
    """,
    "marts.fct_attributes": "entity varchar, id varchar, name varchar, value varchar",
    "marts.fct_contact_events": """
        contact_id varchar, person_id varchar, event_type varchar, event_id varchar,
        detail varchar, occurred_at timestamptz
    """,
}
PERSONAL = f"{DEALS}, tags varchar, last_name varchar, email varchar, phone varchar"


def publish(home: Path, rows: dict[str, list[dict[str, object]]]) -> Settings:
    """Publish ``rows`` by table name (``pii.rpt_deal_journal`` is the file with personal data)."""
    folder = home / "published" / "builds" / BUILD
    folder.mkdir(parents=True)
    for file, tables in (
        ("leadhouse.duckdb", TABLES),
        ("leadhouse_pii.duckdb", {"pii.rpt_deal_journal": PERSONAL}),
    ):
        with duckdb.connect(str(folder / file)) as con:
            con.execute("set TimeZone = 'UTC'")
            for table, columns in tables.items():
                con.execute(f"create schema if not exists {table.partition('.')[0]}")
                con.execute(f"create table {table} ({columns})")
                for row in rows.get(table, []):
                    marks = ", ".join("?" * len(row))
                    con.execute(
                        f"insert into {table} ({', '.join(row)}) values ({marks})",
                        list(row.values()),
                    )
        (folder / file).chmod(0o444)
    (folder.parent / "current").symlink_to(BUILD)
    for file in ("leadhouse.duckdb", "leadhouse_pii.duckdb"):
        (home / "published" / file).symlink_to(Path("builds", "current", file))
    return settings_of(home)


def settings_of(home: Path, timezone: str = "Europe/Warsaw") -> Settings:
    return load_settings(
        {"LEADHOUSE_HOME": str(home), "LEADHOUSE_TIMEZONE": timezone, "LEADHOUSE_PII_KEY": "key"}
    )


def in_zone(settings: Settings, timezone: str) -> Settings:
    return settings.model_copy(update={"timezone": timezone})


def environment(settings: Settings) -> dict[str, str]:
    """What the commands read; no key, which readers do not need."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("LEADHOUSE_")}
    return kept | {
        "LEADHOUSE_HOME": str(settings.home),
        "LEADHOUSE_TIMEZONE": settings.timezone,
    }
