"""Two more real exports, each landed by a mapping of its own, give what is known of them.

A list of sales opportunities with its teams and products in other files, and a bank's log of loan
applications with every stage. They lie outside the repository and may not be copied into it, so
the tests read them there and are skipped where they are absent.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.conftest import Projects
from tests.warehouse.known_facts import Tables, as_rows, build, comparable, query, read_facts

PROJECT = Path(__file__).resolve().parents[2]
DATA = PROJECT.parent / "shared" / "data"
OPPORTUNITIES = DATA / "sales_opportunities"
LOANS = DATA / "loan_stage_log_sample"

pytestmark = [
    pytest.mark.xdist_group("opportunity_facts"),
    pytest.mark.real_data,
    pytest.mark.skipif(
        not (OPPORTUNITIES / "facts.json").exists() or not (LOANS / "events.csv").exists(),
        reason="the opportunities and loans (../shared/data) are not on this machine",
    ),
]

OPPORTUNITY_MAPPING = """
ignore: data_dictionary.csv
mappings:
  # A prospect has no date yet: it counts from the day of the list.
  - name: opportunities
    files: sales_pipeline.csv
    entity: deals
    lookup:
      - {file: sales_teams.csv, key: sales_agent, columns: [manager, regional_office]}
      - {file: products.csv, key: product, columns: [sales_price]}
      - {file: accounts.csv, key: account, columns: [sector]}
    columns:
      deal_id: opportunity_id
      created_at: {column: engage_date, fallback: {value: 2017-12-31}}
      closed_at: close_date
      pipeline: {value: sales}
      stage: deal_stage
      status: {column: deal_stage, values: {Won: won, Lost: lost}, otherwise: open}
      owner_user_id: sales_agent
      amount: close_value
      currency: {value: USD}
      product: {column: product, values: {GTXPro: GTX Pro}, fallback: product}
    attributes:
      account: account
      engaged: engage_date
      manager: manager
      office: regional_office
      written product: product
      list price: sales_price
      sector: {column: sector, values: {technolgy: technology}, fallback: sector}
  - name: opportunity_stages
    files: sales_pipeline.csv
    entity: pipeline_stages
    keep: first
    columns:
      pipeline: {value: sales}
      stage: deal_stage
      position: {column: deal_stage, values: {Prospecting: 1, Engaging: 2, Won: 3, Lost: 4}}
      kind: {column: deal_stage, values: {Won: won, Lost: lost}, otherwise: open}
  - name: sellers
    files: sales_teams.csv
    entity: users
    columns: {user_id: sales_agent, name: sales_agent, team: manager}
"""
PIVOTED = """
    (select * from marts.fct_deals
     left join (
        pivot marts.fct_attributes on name in (
            'account', 'engaged', 'manager', 'office', 'written product', 'list price')
        using any_value(value) group by id
     ) on id = deal_id)"""
OPPORTUNITY_FACTS = {
    "period": """
        select (select min(value) from marts.fct_attributes where name = 'engaged'),
            (select max(value) from marts.fct_attributes where name = 'engaged'),
            min(closed_date)::varchar, max(closed_date)::varchar
        from marts.fct_deals""",
    "by_stage": "select stage, count(*), sum(amount) from marts.fct_deals group by all",
    "win_rate": """
        select round(count(*) filter (where is_won) / count(*) filter (where is_won or is_lost), 6)
        from marts.fct_deals""",
    "days_to_close": """
        select stage, count(*), median(closed_date - created_date),
            round(avg(closed_date - created_date), 4)
        from marts.fct_deals where not is_open group by all""",
    "by_agent": """
        select owner_user_id, count(*) filter (where is_won), count(*) filter (where is_lost),
            round(
                count(*) filter (where is_won)
                / nullif(count(*) filter (where is_won or is_lost), 0), 6
            ),
            sum(revenue_rc) filter (where is_won)
        from marts.fct_deals group by all""",
    "by_manager": f"""
        select manager, office, count(*) filter (where is_won),
            sum(revenue_rc) filter (where is_won)
        from {PIVOTED} group by all""",
    "agents_without_deals": """
        select user_name from marts.dim_users
        where user_id not in (select owner_user_id from marts.fct_deals)""",
    "by_product": """
        select product, count(*) filter (where is_won), sum(revenue_rc) filter (where is_won)
        from marts.fct_deals group by all""",
    "nulls": f"""
        select count(*) - count(account), count(*) - count(engaged), count(*) - count(closed_date),
            count(*) - count(amount)
        from {PIVOTED}""",
    "won_by_month": """
        select strftime(outcome_date, '%Y-%m'), count(*), sum(revenue_rc)
        from marts.fct_deals where is_won group by all""",
    "unknown_product_raw": f"""
        select "written product", count(*) from {PIVOTED}
        where "list price" is null group by all""",
}
"""A query over the published tables for each fact but the number of rows of every file."""


@pytest.fixture(scope="module")
def opportunities(tmp_path_factory: pytest.TempPathFactory, projects: Projects) -> Iterator[Tables]:
    folder = tmp_path_factory.mktemp("opportunities")
    delivery = folder / "drop" / "2018-01-31"
    delivery.mkdir(parents=True)
    for file in OPPORTUNITIES.glob("*.csv"):
        shutil.copy(file, delivery)
    _write_mapping(folder, OPPORTUNITY_MAPPING)
    with build(folder, projects("default"), LEADHOUSE_CURRENCY="USD") as connection:
        yield connection


def _write_mapping(folder: Path, text: str) -> None:
    (folder / "drop" / "mappings").mkdir()
    (folder / "drop" / "mappings" / "own.yml").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    return read_facts(OPPORTUNITIES)


@pytest.mark.parametrize("fact", OPPORTUNITY_FACTS)
def test_the_published_tables_give_the_known_fact(
    fact: str, opportunities: Tables, facts: dict[str, Any]
) -> None:
    assert comparable(query(opportunities, OPPORTUNITY_FACTS[fact])) == as_rows(facts[fact])


REPORTED_FACTS = {
    "win_rate": """
        select round(sum(won) / sum(won + lost), 6) from reports.rpt_win_rates
        where dimension = 'all'""",
    "by_agent": """
        select member, sum(won), sum(lost), round(sum(won) / sum(won + lost), 6), sum(won_rc)
        from reports.rpt_win_rates where dimension = 'manager' group by all""",
    "by_product": """
        select member, sum(won), sum(won_rc) from reports.rpt_win_rates
        where dimension = 'product' group by all""",
    "won_by_month": """
        select strftime(date_day, '%Y-%m'), sum(deals_won), sum(revenue_rc)
        from reports.rpt_teams where date_basis = 'outcome'
        group by all having sum(deals_won) > 0""",
}
"""The same facts, of the reports on sales."""


@pytest.mark.parametrize("fact", REPORTED_FACTS)
def test_the_reports_on_sales_give_the_known_fact(
    fact: str, opportunities: Tables, facts: dict[str, Any]
) -> None:
    assert comparable(query(opportunities, REPORTED_FACTS[fact])) == as_rows(facts[fact])


def test_a_sales_manager_is_a_team(opportunities: Tables, facts: dict[str, Any]) -> None:
    known = [(row[0], *row[2:]) for row in as_rows(facts["by_manager"])]
    won = (
        "select team, sum(deals_won), sum(revenue_rc) from reports.rpt_teams "
        "where date_basis = 'outcome' group by all"
    )
    assert comparable(query(opportunities, won)) == sorted(known)


def test_every_opportunity_and_seller_is_there(
    opportunities: Tables, facts: dict[str, Any]
) -> None:
    assert set(OPPORTUNITY_FACTS) == set(facts) - {"rows"}
    rows = facts["rows"]
    log = query(
        opportunities,
        "select mapping, rows_read, rows_loaded, rows_excluded "
        "from trust.rpt_load_log order by all",
    )
    assert log == [
        ("opportunities", rows["opportunities"], rows["ids"], 0),
        ("opportunity_stages", rows["opportunities"], 4, rows["opportunities"] - 4),
        ("sellers", rows["agents"], rows["agents"], 0),
    ]


LOAN_MAPPING = """
mappings:
  # What a case is in the end stands in the later file: of one key its row counts.
  - name: loan_cases
    files: cases.csv
    entity: deals
    columns:
      deal_id: case_id
      created_at: reg_date
      pipeline: {value: loan}
      status: {value: open}
      amount: amount_req
      currency: {value: EUR}
  - name: loan_ends
    files: events.csv
    entity: deals
    lookup: {file: cases.csv, key: case_id, columns: [reg_date, amount_req]}
    columns:
      deal_id: case_id
      created_at: reg_date
      pipeline: {value: loan}
      status:
        column: activity
        values: {A_ACTIVATED: won, A_DECLINED: lost, A_CANCELLED: lost}
      closed_at: ts
      lost_reason:
        column: activity
        values: {A_DECLINED: declined, A_CANCELLED: cancelled, A_ACTIVATED: ""}
      amount: amount_req
      currency: {value: EUR}
    where: {activity: {in: [A_ACTIVATED, A_DECLINED, A_CANCELLED]}}
  - name: loan_stages
    files: events.csv
    entity: deal_stages
    columns:
      deal_id: case_id
      pipeline: {value: loan}
      stage: activity
      occurred_at: ts
      actor_user_id: resource
    where: {activity: {like: A_*}, transition: COMPLETE}
  - name: loan_clerks
    files: events.csv
    entity: users
    keep: first
    columns: {user_id: resource, name: {concat: [{text: "Clerk "}, resource]}}
    where: {resource: not empty}
"""


@pytest.fixture(scope="module")
def loans(tmp_path_factory: pytest.TempPathFactory, projects: Projects) -> Iterator[Tables]:
    folder = tmp_path_factory.mktemp("loans")
    delivery = folder / "drop" / "2012-04-30"
    delivery.mkdir(parents=True)
    for file in LOANS.glob("*.csv"):
        shutil.copy(file, delivery)
    _write_mapping(folder, LOAN_MAPPING)
    with build(folder, projects("default"), LEADHOUSE_TIMEZONE="Europe/Amsterdam") as connection:
        yield connection


LOAN_FACTS = {
    "cases and what was asked for": (
        "select count(*), sum(amount_req::decimal(18, 2)) from cases",
        "select count(*), sum(amount) from marts.fct_deals",
    ),
    "entries and cases by stage": (
        "select activity, count(*), count(distinct case_id) from events "
        "where activity like 'A\\_%' escape '\\' and transition = 'COMPLETE' group by all",
        "select stage, count(*), count(distinct deal_id) from marts.fct_deal_stages group by all",
    ),
    "ends": (
        "select case activity when 'A_ACTIVATED' then 'won' else 'lost' end, count(*), "
        "sum(date_diff('second', reg_date::timestamptz, ts::timestamptz)) // 86400 "
        "from events join cases using (case_id) "
        "where activity in ('A_ACTIVATED', 'A_DECLINED', 'A_CANCELLED') group by all",
        "select status, count(*), "
        "sum(date_diff('second', created_at, closed_at)) // 86400 "
        "from marts.fct_deals where not is_open group by all",
    ),
    "hours from the entry to the next stage": (
        "select activity, round(sum(hours), 3) from ("
        "select activity, date_diff('millisecond', ts::timestamptz, lead(ts::timestamptz) over ("
        "partition by case_id order by ts::timestamptz, seq::int)) / 3600000 as hours "
        "from events where activity like 'A\\_%' escape '\\' and transition = 'COMPLETE') "
        "where activity in ('A_SUBMITTED', 'A_PREACCEPTED') group by all",
        "select stage, round(sum(hours), 3) from marts.fct_deal_stages "
        "where stage in ('A_SUBMITTED', 'A_PREACCEPTED') group by all",
    ),
    "open cases by the stage they are in": (
        "select stage, count(*) from (select arg_max(activity, seq::int) as stage from events "
        "where activity like 'A\\_%' escape '\\' and transition = 'COMPLETE' "
        "group by case_id having count(*) filter (where activity in "
        "('A_ACTIVATED', 'A_DECLINED', 'A_CANCELLED')) = 0) group by all",
        "select stage, sum(deals_open) from reports.rpt_stage_ageing group by all",
    ),
    "cases in the funnel": (
        "select activity, count(distinct case_id) from events where activity like 'A\\_%' "
        "escape '\\' and transition = 'COMPLETE' group by all",
        "select stage, sum(deals_entered) from reports.rpt_funnel group by all",
    ),
    "clerks": (
        "select count(distinct resource) from events where resource <> ''",
        "select count(*) from marts.dim_users",
    ),
}
"""Asked of the delivered files, and of the published tables."""


@pytest.mark.parametrize("fact", LOAN_FACTS)
def test_the_log_of_stages_gives_what_its_files_say(fact: str, loans: Tables) -> None:
    of_files, of_tables = LOAN_FACTS[fact]
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'Europe/Amsterdam'")
        for file in ("cases", "events"):
            con.execute(
                f"create view {file} as select * from read_csv("
                f"'{LOANS / file}.csv', header = true, all_varchar = true)"
            )
        known = con.execute(of_files).fetchall()
    assert comparable(query(loans, of_tables)) == comparable(known)
