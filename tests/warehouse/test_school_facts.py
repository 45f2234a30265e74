"""The first real company: its export, landed through its mapping files, gives its known facts.

The export lies outside the repository and may not be copied into it, so the test reads it there
and is skipped where it is absent. Every fact is asked of the published files alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

PROJECT = Path(__file__).resolve().parents[2]
EXPORT = PROJECT.parent / "shared" / "data" / "school_crm_2023h2"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(
        not (EXPORT / "facts.json").exists(),
        reason="the school's export (../shared/data/school_crm_2023h2) is not on this machine",
    ),
]

LOCAL = "at time zone 'Europe/Berlin'"

FACTS = {
    "rows_contacts_raw": """
        select rows_read from trust.rpt_load_log
        where file = 'school_contacts.csv' and entity = 'contacts'""",
    "rows_deals_raw": """
        select rows_read from trust.rpt_load_log
        where file = 'school_deals.csv' and entity = 'deals'""",
    "rows_spend_raw": "select rows_read from trust.rpt_load_log where entity = 'ad_spend'",
    "rows_calls_raw": "select rows_read from trust.rpt_load_log where entity = 'calls'",
    "deals_valid": "select count(*), count(distinct deal_id) from marts.fct_deals",
    "deal_period": f"""
        select
            min(created_at {LOCAL}), max(created_at {LOCAL}), min(closed_date), max(closed_date)
        from marts.fct_deals""",
    "contact_period": f"""
        select min(created_at {LOCAL}), max(created_at {LOCAL}) from marts.dim_contacts""",
    "deals_by_stage": "select stage, count(*) from marts.fct_deals group by all",
    "deals_lost_reason": """
        select lost_reason, count(*) from marts.fct_deals where is_lost group by all""",
    "funnel_by_source": """
        select
            deal_source, count(*), count(*) filter (where is_won),
            count(*) filter (where is_won) / count(*),
            coalesce(sum(paid_rc) filter (where is_won), 0)
        from marts.fct_deals group by all""",
    "deals_by_created_month": """
        select strftime(created_date, '%Y-%m'), count(*), count(*) filter (where is_won)
        from marts.fct_deals group by all""",
    "paid_by_closing_month": """
        select strftime(closed_date, '%Y-%m'), count(*), sum(paid_rc)
        from marts.fct_deals where is_won group by all""",
    "by_deal_owner": """
        select
            owner_user_id, count(*), count(*) filter (where is_won),
            count(*) filter (where is_won) / count(*),
            coalesce(sum(paid_rc) filter (where is_won), 0)
        from marts.fct_deals group by all""",
    "by_product": """
        select
            product, count(*), count(*) filter (where is_won),
            coalesce(sum(paid_rc) filter (where is_won), 0)
        from marts.fct_deals group by all""",
    "dq_closing_before_created": """
        select stage, count(*) from marts.fct_deals
        where closed_date < created_date group by all""",
    "dq_paid_with_lost_reason": """
        select count(*) from marts.fct_deals where is_won and lost_reason is not null""",
    "dq_float_id_collisions": """
        select count(distinct deal_id), count(distinct deal_id::double) from marts.fct_deals""",
    "dq_contact_float_collisions": """
        select count(distinct contact_id), count(distinct contact_id::double)
        from marts.dim_contacts""",
    "deal_cycle_days_paid": """
        select count(*), median(closed_date - created_date), avg(closed_date - created_date)
        from marts.fct_deals where is_won and closed_date >= created_date""",
    "deal_contact_link": """
        select
            count(*) filter (where contact_id <> '(no contact)'), count(person_id),
            count(*) filter (where contact_id <> '(no contact)' and person_id is null)
        from marts.fct_deals""",
    "contacts_without_deal": """
        with counted as (
            select contact_id, count(deal_id) as deals
            from marts.dim_contacts left join marts.fct_deals using (contact_id) group by all
        )
        select
            count(*) filter (where deals = 0), count(*) filter (where deals = 1),
            count(*) filter (where deals > 1), max(deals)
        from counted""",
    "owner_handover": """
        select
            count(*) filter (where deals.owner_user_id <> contacts.owner_user_id),
            count(*) filter (where deals.owner_user_id = contacts.owner_user_id)
        from marts.fct_deals as deals inner join marts.dim_contacts as contacts using (contact_id)
        """,
    "contacts_by_owner": "select owner_user_id, count(*) from marts.dim_contacts group by all",
    "contacts_paid_once": """
        select count(distinct contact_id) from marts.fct_deals
        where is_won and contact_id <> '(no contact)'""",
    "first_touch_source": """
        with firsts as (
            select
                contact_id, arg_min(deal_source, (created_at, deal_id)) as source,
                bool_or(is_won) as is_paid
            from marts.fct_deals where contact_id <> '(no contact)' group by all
        )
        select source, count(*), count(*) filter (where is_paid) from firsts group by all""",
    "multi_source_contacts": """
        select count(*) from (
            select contact_id from marts.fct_deals where contact_id <> '(no contact)'
            group by all having count(distinct deal_source) > 1
        )""",
    "paid_deal_source_ne_first_touch": """
        with firsts as (
            select contact_id, arg_min(deal_source, (created_at, deal_id)) as source
            from marts.fct_deals where contact_id <> '(no contact)' group by all
        )
        select count(*) from marts.fct_deals inner join firsts using (contact_id)
        where is_won and deal_source <> firsts.source""",
    "owner_month_load": """
        select owner_user_id, strftime(created_date, '%Y-%m'), count(*)
        from marts.fct_deals where owner_user_id is not null group by all""",
}
"""A query over the published tables for each fact, with the fact's columns in its order."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("school")
    delivery = folder / "drop" / "2024-10-01"
    delivery.mkdir(parents=True)
    for name in ("contacts", "deals", "calls", "spend"):
        shutil.copy(EXPORT / f"{name}.csv", delivery / f"school_{name}.csv")
    settings = {
        "LEADHOUSE_DROP": str(folder / "drop"),
        "LEADHOUSE_HOME": str(folder / "home"),
        "LEADHOUSE_TIMEZONE": "Europe/Berlin",
    }
    command = [str(Path(sys.executable).with_name("leadhouse")), "run"]
    run = subprocess.run(
        command, env=os.environ | settings, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return folder / "home" / "published" / "leadhouse.duckdb"


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    content = json.loads((EXPORT / "facts.json").read_text())
    return {fact["id"]: fact["value"] for fact in content["facts"]}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int | float | Decimal):
        return round(float(value), 4)
    return value


def _rows(value: Any) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        found = value["rows"] if "rows" in value else [list(value.values())]
    else:
        found = [[value]]
    return [tuple(_plain(cell) for cell in row) for row in found]


@pytest.mark.parametrize("fact", FACTS)
def test_the_published_tables_give_the_known_fact(
    fact: str, published: Path, facts: dict[str, Any]
) -> None:
    with duckdb.connect(str(published), read_only=True) as con:
        got = [tuple(_plain(cell) for cell in row) for row in con.execute(FACTS[fact]).fetchall()]
    assert sorted(got, key=repr) == sorted(_rows(facts[fact]), key=repr)


def test_the_two_rows_without_an_id_are_accounted_for(published: Path) -> None:
    with duckdb.connect(str(published), read_only=True) as con:
        log = con.execute(
            "select rows_read, rows_loaded, rows_quarantined, rows_excluded "
            "from trust.rpt_load_log where file = 'school_deals.csv' and entity = 'deals'"
        ).fetchall()
    assert log == [(8176, 8174, 0, 2)]


def test_both_writings_of_money_are_read(published: Path) -> None:
    with duckdb.connect(str(published), read_only=True) as con:
        amounts = dict(
            con.execute(
                "select deal_id, amount from marts.fct_deals "
                "where deal_id in ('5805028000017521591', '5805028000023498013')"
            ).fetchall()
        )
    assert amounts == {
        "5805028000017521591": Decimal("2900.00"),
        "5805028000023498013": Decimal("3500.00"),
    }


def test_every_landed_spend_row_reconciles(published: Path) -> None:
    with duckdb.connect(str(published), read_only=True) as con:
        checks = con.execute(
            "select check_name, raw_total, mart_total from trust.rpt_reconciliation "
            "where scope = 'ad_spend' order by 1"
        ).fetchall()
    assert checks, "nothing reconciles the landed spend"
    assert {(raw, mart) for _, raw, mart in checks} == {(Decimal(8933), Decimal(8933))}
