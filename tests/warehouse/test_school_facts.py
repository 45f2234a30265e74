"""The first real company: its export, landed through its mapping files, gives its known facts.

The export lies outside the repository and may not be copied into it, so the test reads it there
and is skipped where it is absent.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.conftest import Projects
from tests.warehouse.known_facts import Tables, as_rows, build, comparable, query, read_facts

PROJECT = Path(__file__).resolve().parents[2]
EXPORT = PROJECT.parent / "shared" / "data" / "school_crm_2023h2"

pytestmark = [
    pytest.mark.xdist_group("school_facts"),
    pytest.mark.real_data,
    pytest.mark.skipif(
        not (EXPORT / "facts.json").exists(),
        reason="the school's export (../shared/data/school_crm_2023h2) is not on this machine",
    ),
]

# Spend has its source in the one spelling of all tables; the facts have it as the cards do.
SPEND = """(
    select spend.* replace (
        -- Sources that no card names are written with a capital there, too.
        coalesce(written.source, upper(left(spend.source, 1)) || spend.source[2:]) as source
    )
    from marts.fct_ad_spend as spend
    left join (
        select card_source, min(deal_source) as source from marts.fct_deals group by all
    ) as written on spend.source = written.card_source
)"""

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
    "spend_period": "select min(date_day), max(date_day) from marts.fct_ad_spend",
    "spend_total": "select sum(cost), sum(clicks), sum(impressions) from marts.fct_ad_spend",
    "spend_by_source": f"""
        select source, sum(cost), sum(clicks), sum(impressions)
        from {SPEND} group by all""",
    "spend_by_month": """
        select strftime(date_day, '%Y-%m'), sum(cost) from marts.fct_ad_spend group by all""",
    "spend_by_source_month": f"""
        select source, strftime(date_day, '%Y-%m'), sum(cost)
        from {SPEND} where cost > 0 group by all""",
    "spend_without_campaign": """
        select
            sum(cost) filter (where campaign is null),
            sum(cost) filter (where campaign is not null)
        from marts.fct_ad_spend""",
    "unit_economics_by_source": f"""
        with won as (
            select
                deal_source as source, count(*) as deals, count(*) filter (where is_won) as paid,
                coalesce(sum(paid_rc) filter (where is_won), 0)::double as income
            from marts.fct_deals group by all
        ),
        spent as (
            select source, sum(cost_rc)::double as spend from {SPEND} group by all
        )
        select
            coalesce(won.source, spent.source), coalesce(deals, 0), coalesce(paid, 0),
            coalesce(spend, 0), coalesce(income, 0),
            spend / nullif(deals, 0), spend / nullif(paid, 0),
            (income - spend) / nullif(spend, 0), income / nullif(spend, 0)
        from won full join spent on won.source = spent.source""",
    "campaign_match": """
        with spent as (
            select distinct campaign from marts.fct_ad_spend where campaign is not null
        ),
        sold as (
            select distinct deal_campaign as campaign from marts.fct_deals
            where deal_campaign is not null
        )
        select
            (select count(*) from spent), (select count(*) from sold),
            (select count(*) from spent inner join sold using (campaign))""",
    "top_campaign_cpl": f"""
        with spent as (
            select source, campaign, sum(cost)::double as spend from {SPEND}
            where campaign is not null group by all
        ),
        sold as (
            select
                deal_source as source, deal_campaign as campaign, count(*) as deals,
                count(*) filter (where is_won) as paid
            from marts.fct_deals group by all
        )
        select
            source, campaign, spend, coalesce(deals, 0), coalesce(paid, 0),
            spend / nullif(deals, 0)
        from spent left join sold using (source, campaign)
        order by spend desc, campaign limit 15""",
    "call_period": f"""
        select min(started_at {LOCAL}), max(started_at {LOCAL}) from marts.fct_calls""",
    "calls_by_type": """
        select
            case
                when direction = 'out' then 'Outbound' when is_missed then 'Missed'
                else 'Inbound'
            end,
            count(*), sum(talk_seconds)
        from marts.fct_calls group by all""",
    "calls_by_month": """
        select strftime(started_date, '%Y-%m'), count(*) from marts.fct_calls group by all""",
    "calls_by_hour": f"""
        select hour(started_at {LOCAL}), count(*) from marts.fct_calls group by all""",
    "calls_by_owner": """
        with counted as (
            select
                user_id, count(*) as calls, count(*) filter (where direction = 'out') as outbound,
                count(*) filter (where direction = 'out' and is_answered) as answered,
                count(*) filter (where direction = 'in' and not is_missed) as inbound,
                count(*) filter (where is_missed) as missed,
                coalesce(sum(talk_seconds), 0) as talk_seconds
            from marts.fct_calls group by all
        )
        select
            user_id, calls, outbound, answered, round(answered / nullif(outbound, 0), 6), inbound,
            missed, round(missed / nullif(inbound + missed, 0), 6), talk_seconds
        from counted""",
    "first_outbound_minutes_resolved": """
        with firsts as (
            select
                contacts.contact_id, min(contacts.created_at) as created_at,
                min(calls.started_at) as called_at
            from marts.dim_contacts as contacts
            inner join marts.fct_calls as calls
                on contacts.contact_id = calls.contact_id
                and calls.direction = 'out' and calls.started_at >= contacts.created_at
            group by all
        )
        select count(*), median(date_diff('minute', created_at, called_at)) from firsts""",
    "calls_before_payment_unique_contacts": """
        with exact as (
            select any_value(contact_id) as contact_id from marts.dim_contacts
            group by contact_id::double having count(*) = 1
        ),
        counted as (
            select deals.deal_id, count(calls.call_id) as calls
            from marts.fct_deals as deals
            inner join exact on deals.contact_id = exact.contact_id
            left join marts.fct_calls as calls
                on deals.contact_id = calls.contact_id
                and calls.started_date <= deals.closed_date
            where deals.is_won and deals.closed_date is not null
            group by all
        )
        select count(*), count(*) filter (where calls > 0), median(calls) from counted""",
}
"""A query over the published tables for each fact, with the fact's columns in its order."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, projects: Projects) -> Iterator[Tables]:
    folder = tmp_path_factory.mktemp("school")
    delivery = folder / "drop" / "2024-10-01"
    delivery.mkdir(parents=True)
    for name in ("contacts", "deals", "calls", "spend"):
        shutil.copy(EXPORT / f"{name}.csv", delivery / f"school_{name}.csv")
    with build(folder, projects("default"), LEADHOUSE_TIMEZONE="Europe/Berlin") as connection:
        yield connection


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    return read_facts(EXPORT)


@pytest.mark.parametrize("fact", FACTS)
def test_the_published_tables_give_the_known_fact(
    fact: str, published: Tables, facts: dict[str, Any]
) -> None:
    assert comparable(query(published, FACTS[fact])) == as_rows(facts[fact])


def test_the_two_rows_without_an_id_are_accounted_for(published: Tables) -> None:
    log = query(
        published,
        "select rows_read, rows_loaded, rows_quarantined, rows_excluded "
        "from trust.rpt_load_log where file = 'school_deals.csv' and entity = 'deals'",
    )
    assert log == [(8176, 8174, 0, 2)]


def test_both_writings_of_money_are_read(published: Tables) -> None:
    amounts = query(
        published,
        "select deal_id, amount from marts.fct_deals "
        "where deal_id in ('5805028000017521591', '5805028000023498013')",
    )
    assert dict(amounts) == {
        "5805028000017521591": Decimal("2900.00"),
        "5805028000023498013": Decimal("3500.00"),
    }


def test_a_deal_whose_first_source_is_not_its_cards_is_explained_by_its_evidence(
    published: Tables,
) -> None:
    [(differing, explained)] = query(
        published,
        """
        select count(*), count(chosen.person_id)
        from marts.fct_deals as deals
        left join marts.fct_source_candidates as chosen
            on deals.person_id = chosen.person_id
            and chosen.is_chosen
            and chosen.source = deals.source
            and chosen.occurred_at <= deals.created_at
        where deals.person_id is not null and deals.source <> deals.deal_source
        """,
    )
    [(by_first_source, by_card)] = query(
        published,
        """
        select
            (select sum(deals_won) from reports.rpt_channel_return),
            (select count(*) from marts.fct_deals where is_won)
        """,
    )
    assert differing == explained > 0
    assert by_first_source == by_card == 407


def test_the_landed_spend_reconciles_down_to_every_report(published: Tables) -> None:
    checks = query(
        published,
        "select check_name, count(*) filter (where raw_total <> mart_total) "
        "from trust.rpt_reconciliation where check_name like '%ad spend%' "
        "group by all order by all",
    )
    assert checks == [
        ("ad spend = rpt_channel_performance", 0),
        ("ad spend = rpt_channel_return", 0),
        ("ad spend = rpt_wasted_spend", 0),
        ("landed ad spend = fct_ad_spend", 0),
        ("landed ad spend = spend that counts", 0),
    ]
