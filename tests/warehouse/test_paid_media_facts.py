"""The paid media funnel of a B2B company: its lists without ids give their known facts.

The lists lie outside the repository and may not be copied into it, so the test reads them there and
is skipped where they are absent. Every fact is asked of the published tables alone, and every fact
can be: none is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.conftest import Projects
from tests.warehouse.known_facts import Tables, as_rows, build, comparable, query, read_facts

PROJECT = Path(__file__).resolve().parents[2]
EXPORT = PROJECT.parent / "shared" / "data" / "paid_media_b2b"
LISTS = ("Leads", "MQLs", "Pipeline_Opportunities", "Closed_Won_Bookings", "Spend")

pytestmark = [
    pytest.mark.xdist_group("paid_media_facts"),
    pytest.mark.real_data,
    pytest.mark.skipif(
        not (EXPORT / "facts.json").exists(),
        reason="the paid media lists (../shared/data/paid_media_b2b) are not on this machine",
    ),
]

STAGES = """
    select
        source as channel, created_date as day, 'lead' as step, 0 as amount, campaign
    from marts.dim_contacts
    union all
    select source, occurred_date, 'mql', 0, campaign from marts.fct_enquiries
    union all
    select
        deal_source,
        case when is_won then closed_date else created_date end,
        case when is_won then 'won' else 'opportunity' end,
        amount,
        deal_campaign
    from marts.fct_deals
    """
"""The four lists under one another, each row with its own date."""

FACTS = {
    "rows": f"""
        select
            count(*) filter (where step = 'lead'), count(*) filter (where step = 'mql'),
            count(*) filter (where step = 'opportunity'), count(*) filter (where step = 'won')
        from ({STAGES})""",
    "spend": """
        select
            case source
                when 'paid-content-syndication' then 'Content Syndication '
                when 'paid-social' then 'Paid Social'
                when 'paid-search' then 'Paid Search'
                when 'paid-display-ads' then 'Paid Display'
            end,
            sum(cost)
        from marts.fct_ad_spend group by all""",
    "period": f"""
        select
            min(day) filter (where step = 'lead'), max(day) filter (where step = 'lead'),
            min(day) filter (where step = 'mql'), max(day) filter (where step = 'mql'),
            min(day) filter (where step = 'opportunity'),
            max(day) filter (where step = 'opportunity'),
            min(day) filter (where step = 'won'), max(day) filter (where step = 'won')
        from ({STAGES})""",
    "by_month": f"""
        select
            strftime(day, '%Y-%m'),
            count(*) filter (where step = 'lead'), count(*) filter (where step = 'mql'),
            count(*) filter (where step = 'opportunity'), count(*) filter (where step = 'won')
        from ({STAGES}) group by all""",
    "channel_funnel": f"""
        with steps as (
            select
                channel,
                count(*) filter (where step = 'lead') as leads,
                count(*) filter (where step = 'mql') as mqls,
                count(*) filter (where step = 'opportunity') as opportunities,
                count(*) filter (where step = 'won') as won,
                coalesce(sum(amount) filter (where step = 'opportunity'), 0)::double as pipeline,
                coalesce(sum(amount) filter (where step = 'won'), 0)::double as bookings
            from ({STAGES}) group by all
        ),
        spent as (
            select source as channel, sum(cost_rc)::double as spend
            from marts.fct_ad_spend group by all
        )
        select
            channel, leads, mqls, opportunities, won, pipeline, bookings, spend,
            spend / nullif(leads, 0), spend / nullif(mqls, 0), spend / nullif(opportunities, 0),
            spend / nullif(won, 0), pipeline / spend, (bookings - spend) / spend
        from steps left join spent using (channel)""",
    "handraisers": """
        select source, count(*), count(*) filter (where channel = 'form')
        from marts.fct_enquiries group by all""",
    "top_campaigns": f"""
        with counted as (
            select step, campaign, count(*) as rows from ({STAGES})
            where campaign is not null group by all
        ),
        most as (select step, arg_max(campaign, rows) as campaign from counted group by step)
        select
            max(campaign) filter (where step = 'lead'), max(campaign) filter (where step = 'mql'),
            max(campaign) filter (where step = 'opportunity')
        from most""",
    "nulls": """
        select
            count(*) filter (where region is null), count(*) filter (where campaign is null),
            count(*) filter (where medium is null)
        from marts.dim_contacts""",
}
"""A query over the published tables for each fact, with the fact's columns in its order."""


def deliver(delivery: Path, turned: bool) -> None:
    """The five lists as one delivery, their rows in the reverse order if ``turned``."""
    delivery.mkdir(parents=True)
    for name in LISTS:
        header, *rows = (EXPORT / f"{name}.csv").read_bytes().splitlines(keepends=True)
        rows = [row.rstrip(b"\r\n") + b"\r\n" for row in rows]
        content = [header, *(reversed(rows) if turned else rows)]
        (delivery / f"paid_media_{name}.csv").write_bytes(b"".join(content))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, projects: Projects) -> Iterator[Tables]:
    """The warehouse after the lists came twice, as they do when everything is exported again."""
    folder = tmp_path_factory.mktemp("paid_media")
    deliver(folder / "drop" / "2024-01-31", turned=False)
    deliver(folder / "drop" / "2024-02-29", turned=True)
    with build(folder, projects("default"), LEADHOUSE_CURRENCY="USD") as connection:
        yield connection


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    return read_facts(EXPORT)


def test_no_fact_is_left_out(facts: dict[str, Any]) -> None:
    assert set(FACTS) == set(facts)


@pytest.mark.parametrize("fact", FACTS)
def test_the_published_tables_give_the_known_fact(
    fact: str, published: Tables, facts: dict[str, Any]
) -> None:
    assert comparable(query(published, FACTS[fact])) == as_rows(facts[fact])


def test_every_row_is_accounted_for(published: Tables, facts: dict[str, Any]) -> None:
    counts = facts["rows"]
    log = query(
        published,
        """
        select entity, file, rows_read, rows_loaded, rows_quarantined, rows_excluded, count(*)
        from trust.rpt_load_log group by all""",
    )
    opportunities = "paid_media_Pipeline_Opportunities.csv"
    bookings = "paid_media_Closed_Won_Bookings.csv"
    assert {(entity, file): tuple(rest) for entity, file, *rest in log} == {
        (entity, file): (number, number, 0, 0, 2)
        for entity, file, number in (
            ("contacts", "paid_media_Leads.csv", counts["leads"]),
            ("enquiries", "paid_media_MQLs.csv", counts["mqls"]),
            ("deals", opportunities, counts["opps"]),
            ("deal_stages", opportunities, counts["opps"]),
            ("pipeline_stages", opportunities, counts["opps"]),
            ("deals", bookings, counts["won"]),
            ("deal_stages", bookings, counts["won"]),
            ("pipeline_stages", bookings, counts["won"]),
            ("manual_costs", "paid_media_Spend.csv", 4),
        )
    }


def test_a_list_is_a_pipeline_of_its_own(published: Tables, facts: dict[str, Any]) -> None:
    funnel = query(
        published,
        """
        select pipeline, stage, sum(deals_entered), sum(deals_reached), sum(deals_now)
        from reports.rpt_funnel group by all order by all""",
    )
    won, opportunities = facts["rows"]["won"], facts["rows"]["opps"]
    assert funnel == [
        ("bookings", "Closed Won", won, won, won),
        ("opportunities", "Pipeline Opportunity", opportunities, opportunities, opportunities),
    ]


def test_leads_and_spend_stand_beside_one_another_in_the_channel_report(
    published: Tables, facts: dict[str, Any]
) -> None:
    report = query(
        published,
        """
        select source, sum(contacts), sum(enquiries), sum(spend_rc)
        from reports.rpt_channel_performance where source <> '(none)' group by all""",
    )
    known = [
        (row[0], row[1], row[2], Decimal(str(row[7] or 0)))
        for row in facts["channel_funnel"]["rows"]
    ]
    assert sorted(report) == sorted(known)


def test_a_number_with_a_decimal_comma_and_a_sum_with_a_sign_are_read(
    published: Tables,
) -> None:
    assert query(published, "select count(*) from marts.fct_deals where amount = 146536.25") == [
        (1,)
    ]
    assert query(
        published,
        "select currency, min(date_day), max(date_day), sum(cost) from marts.fct_ad_spend "
        "where source = 'paid-content-syndication' group by all",
    ) == [("USD", date(2022, 11, 1), date(2023, 1, 31), Decimal(100000))]
