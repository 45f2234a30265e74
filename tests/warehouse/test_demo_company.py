"""What a sceptical analyst asks of the demo company before believing anything of the product.

The company is made, landed, built and published once, as `make run` does it. Nothing is compared
with the generator: everything is asked of the published files and of the documents.
"""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy

from leadhouse.demo import company
from leadhouse.exports.tables import SHORT_NAMES, choose_table, select_rows
from leadhouse.paths import PROJECT_ROOT
from leadhouse.published_macros import published_macros
from leadhouse.settings import load_settings
from tests.conftest import DEMO_KEY
from tests.warehouse.compiled_project import PUBLISHED
from tests.warehouse.conftest import Projects

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo_company")]

RESTATED = "table_name key column old_value new_value difference cause evidence"
NEVER_FILLED = {
    ("trust", "rpt_run", "as_known_at"): "the second clock is only set to look back",
    ("trust", "rpt_publications", "as_known_at"): "the same",
    ("marts", "dim_lead_routing_panel_sellers", "valid_from"): "its sellers belong from the start",
    ("marts", "dim_lead_routing_panels", "first_published_at"): "no build was published before it",
    **{
        ("trust", "rpt_restatements", column): "no build was published before this one"
        for column in RESTATED.split()
    },
    ("trust", "rpt_alerts", "resolved_at"): "no build was published before it",
}
"""Published columns without any value in the demo company, and why that is right."""

DOCUMENTS = {
    path: (PROJECT_ROOT / path).read_text(encoding="utf-8")
    for path in ("README.md", "docs/questions.md")
}
QUERIES = [
    pytest.param(query, id=f"{path} {number}")
    for path, text in DOCUMENTS.items()
    for number, block in enumerate(re.findall(r"```sql\n(.+?)```", text, re.S), start=1)
    for query in block.split(";\n")
    if query.strip()
]


@pytest.fixture(scope="module")
def home(demo_company: Path) -> Path:
    return demo_company


@pytest.fixture(scope="module")
def published(home: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name in ("leadhouse", "leadhouse_pii"):
        path = home / "published" / f"{name}.duckdb"
        connection.execute(f"attach '{path}' as {name} (read_only)")
    connection.execute("use leadhouse")
    return connection


def rows(
    published: duckdb.DuckDBPyConnection, query: str, *values: object
) -> list[tuple[Any, ...]]:
    return published.execute(query, values).fetchall()


def tables(published: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    found = rows(
        published,
        "select database_name, schema_name, table_name from duckdb_tables() "
        "where database_name like 'leadhouse%' and not internal order by all",
    )
    assert len(found) > 40
    return found


def test_every_table_has_rows_and_no_column_is_empty_throughout(
    published: duckdb.DuckDBPyConnection,
) -> None:
    empty = set()
    for database, schema, table in tables(published):
        place = f'{database}.{schema}."{table}"'
        columns = [row[0] for row in rows(published, f"describe {place}")]
        filled = ", ".join(f'count("{name}")' for name in columns)
        counts = rows(published, f"select {filled} from {place}")
        empty |= {
            (schema, table, name)
            for name, count in zip(columns, counts[0], strict=True)
            if count == 0
        }
    assert empty == set(NEVER_FILLED)


def test_what_other_tests_build_in_memory_is_what_the_command_publishes(
    home: Path, published: duckdb.DuckDBPyConnection, projects: Projects, tmp_path: Path
) -> None:
    """Row for row, except in the tables that tell of the run and of what was published before."""
    [as_of] = rows(published, "select as_of from trust.rpt_run")[0]
    settings = load_settings(
        {
            "LEADHOUSE_DROP": str(home.parent / "drop"),
            "LEADHOUSE_HOME": str(home),
            "LEADHOUSE_AS_OF": as_of.isoformat(),
            "LEADHOUSE_PII_KEY": DEMO_KEY,
        }
    )
    project = projects("default")
    different = {}
    with project.build(settings, tmp_path) as built:
        for name in PUBLISHED:
            file = home / "published" / f"{name}.duckdb"
            built.execute(f"attach '{file}' as published_{name} (read_only)")
        compared = [
            table
            for name, table in project.tables.items()
            if '"trust"' not in table and name != "dim_lead_routing_panels"
        ]
        for here in compared:
            there = here.replace('"leadhouse', '"published_leadhouse', 1)
            columns = [
                [column[0] for column in built.execute(f"from {table} limit 0").description]
                for table in (here, there)
            ]
            assert columns[0] == columns[1], here
            different[here] = built.execute(
                f"select count(*) from ((from {here} except all from {there}) "
                f"union all (from {there} except all from {here}))"
            ).fetchall()[0][0]
    assert len(compared) > 100
    assert {name: rows for name, rows in different.items() if rows} == {}


def test_every_day_is_in_the_calendar(published: duckdb.DuckDBPyConnection) -> None:
    """Whatever is a day, or the first one of a week, month or quarter, joins marts.dim_dates."""
    days = rows(
        published,
        "select database_name, schema_name, table_name, column_name from duckdb_columns() "
        "semi join duckdb_tables() using (database_name, schema_name, table_name) "
        "where database_name like 'leadhouse%' and not internal and data_type = 'DATE' "
        "and table_name <> 'dim_dates'",
    )
    assert len(days) > 40
    missing = {
        (table, column): day
        for database, schema, table, column in days
        for (day,) in rows(
            published,
            f"select min({column}) from {database}.{schema}.{table} "
            f"where {column} not in (select date_day from marts.dim_dates)",
        )
        if day
    }
    assert not missing


NAMES = {
    "account_id": "account_name",
    "handed_over_to": "handed_over_to_name",
    "panel_id": "panel_name",
}
"""The name that stands beside an id; that of a user is called as its id is."""
ITS_OWN_NAME = {
    ("dim_accounts", "account_id"): "it is `name`",
    ("dim_user_history", "user_id"): "it is `name`",
    ("fct_ad_spend", "account_id"): "an ad account has only an id",
}


def test_names_stand_beside_ids(published: duckdb.DuckDBPyConnection) -> None:
    """A BI analyst reads names: those of users, panels and accounts are in the same table."""
    ids = [
        (table, column, columns)
        for table, columns in rows(
            published,
            "select table_name, list(column_name) from duckdb_columns() "
            "semi join duckdb_tables() using (database_name, schema_name, table_name) "
            "where database_name like 'leadhouse%' and not internal group by all",
        )
        for column in columns
        if column in NAMES or column.endswith("user_id")
    ]
    assert len(ids) > 30
    alone = {
        (table, column)
        for table, column, columns in ids
        if NAMES.get(column, column.replace("_user_id", "_name").replace("user_id", "user_name"))
        not in columns
    }
    # The owner of the lead has name and team in fct_leads.
    assert alone == {*ITS_OWN_NAME, ("fct_openings", "user_id")}


def test_the_team_stands_beside_whoever_works_in_it(published: duckdb.DuckDBPyConnection) -> None:
    """Of every report: whoever reads of people of one team need not join them."""
    without = rows(
        published,
        "select table_name from duckdb_columns() "
        "where database_name = 'leadhouse' and schema_name = 'reports' group by all "
        "having list_has_any(list(column_name), ['user_id', 'owner_user_id', 'manager_user_id']) "
        "and not list_contains(list(column_name), 'team') order by all",
    )
    assert without == []


def test_the_order_stands_beside_the_stages(published: duckdb.DuckDBPyConnection) -> None:
    """A BI tool sorts stages by their names unless the report says where each stands."""
    unordered = rows(
        published,
        "select table_name from duckdb_columns() where database_name = 'leadhouse' "
        "and schema_name = 'reports' group by all having list_contains(list(column_name), 'stage') "
        "and not list_has_any(list(column_name), ['stage_position', 'position'])",
    )
    assert unordered == []


def test_the_relations_are_those_of_the_tables(
    home: Path, published: duckdb.DuckDBPyConnection
) -> None:
    """What relations.json says beside the files is what an assistant finds in them."""
    described = json.loads((home / "published" / "relations.json").read_text(encoding="utf-8"))
    held = rows(
        published,
        "select schema_name || '.' || table_name, list(column_name order by column_index) "
        "from duckdb_columns() "
        "semi join duckdb_tables() using (database_name, schema_name, table_name) "
        "where database_name like 'leadhouse%' and not internal "
        "and table_name <> 'rpt_run_tables' group by all",
    )
    said = {
        each["name"]: [column["name"] for column in each["columns"]] for each in described["tables"]
    }
    assert said == dict(held)
    assert all(
        each["key"] and each["one_row_per"] and each["answers"] for each in described["tables"]
    )
    joins = [(each["name"], join) for each in described["tables"] for join in each["joins"]]
    assert len(joins) > 100
    for name, join in joins:
        table = f"leadhouse_pii.{name}" if name.startswith("pii.") else name
        pairs = zip(join["columns"], join["to_columns"], strict=True)
        ((own, joined, matched),) = rows(
            published,
            f"with own as (select * from {table} where columns({join['columns']}) is not null) "
            f"select (select count(*) from own), count(*), count(other.{join['to_columns'][0]}) "
            f"from own left join {join['to']} as other on "
            + " and ".join(f"own.{column} = other.{key}" for column, key in pairs),
        )
        assert own == joined, f"{name} {join} multiplies rows"
        assert own == matched or not join["always"], f"{name} {join} has rows without a match"
    assert described["questions"]
    for each in described["questions"]:
        rows(published, each["sql"])


def test_money_and_visits_of_a_source_meet(published: duckdb.DuckDBPyConnection) -> None:
    """Whatever ads are paid for has visits, and whatever is paid for at all has brought people."""
    alone = rows(
        published,
        """
        select distinct source, medium from marts.fct_ad_spend
        where kind = 'ad' and not is_planned
            and (source, medium) not in (select (source, medium) from marts.fct_sessions)
        """,
    )
    assert alone == []
    unheard_of = rows(
        published,
        """
        select distinct source from marts.fct_ad_spend
        where kind not in ('agency', 'number_rent') and not is_planned
            and source not in (select source from marts.dim_persons where source is not null)
        """,
    )
    assert unheard_of == []
    visited = rows(
        published,
        """
        select channel, sum(contacts) from reports.rpt_channel_performance
        group by channel having sum(spend_rc) > 0 and sum(clicks) > 0
        """,
    )
    assert all(contacts >= 5 for _, contacts in visited), visited


MONTHLY = {
    "contacts": ("select created_date as day, 1 as n from marts.dim_contacts", 0),
    "visits": ("select started_date as day, 1 as n from marts.fct_sessions", 0),
    "calls": ("select started_date as day, 1 as n from marts.fct_calls", 0),
    "enquiries": ("select occurred_date as day, 1 as n from marts.fct_enquiries", 0),
    "spend": (
        "select date_day as day, cost_rc as n from marts.fct_ad_spend where not is_planned",
        0,
    ),
    "deals created": ("select created_date as day, 1 as n from marts.fct_deals", 0),
    "deals lost": ("select outcome_date as day, 1 as n from marts.fct_deals where is_lost", 1),
    "deals won": ("select outcome_date as day, 1 as n from marts.fct_deals where is_won", 1),
    "revenue": ("select outcome_date as day, revenue_rc as n from marts.fct_deals where is_won", 1),
    "payments": ("select paid_date as day, amount_rc as n from marts.fct_payments", 1),
    "handed over": (
        "select date_day as day, handed_over_contacts as n from reports.rpt_lead_routing_daily",
        0,
    ),
}
"""What a month has of something, and how many months it takes to begin."""


@pytest.mark.parametrize("measure", MONTHLY)
def test_no_month_dries_up(published: duckdb.DuckDBPyConnection, measure: str) -> None:
    query, begins = MONTHLY[measure]
    months = [
        float(row[0])
        for row in rows(
            published,
            f"""
            select coalesce(sum(n), 0)
            from generate_series(
                date '{company.FIRST_DAY}', date '{company.LAST_DAY}', interval 1 month
            ) months(month)
            left join ({query}) on date_trunc('month', day) = month
            group by month order by month
            """,
        )
    ][begins:]
    assert len(months) == 12 - begins
    usual = sorted(months)[len(months) // 2]
    assert min(months) > usual * 0.3, months
    assert max(months) < usual * 3, months
    last_days = rows(
        published,
        f"""
        select sum(n) from ({query})
        where day > date '{company.LAST_DAY}' - 14 and day <= date '{company.LAST_DAY}'
        """,
    )
    assert float(last_days[0][0] or 0) > usual * 0.1


def test_whoever_signs_has_a_won_deal(published: duckdb.DuckDBPyConnection) -> None:
    signed = rows(
        published,
        """
        select count(*), count(*) filter (where contact_id in (
            select contact_id from marts.fct_deals where is_won
        ))
        from marts.fct_contact_acquisition where final_reached
        """,
    )
    assert signed[0][0] == signed[0][1] > 50


def test_cards_mostly_name_the_first_source(published: duckdb.DuckDBPyConnection) -> None:
    (deals, contacts) = rows(
        published,
        """
        select count(*) filter (where lower(trim(deal_source)) = source) / count(deal_source)
        from marts.fct_deals where person_id is not null
        union all
        select count(*) filter (where candidates.source = persons.source) / count(*)
        from marts.fct_source_candidates as candidates
        inner join marts.dim_persons as persons using (person_id)
        where evidence = 'crm_card'
        """,
    )
    assert 0.7 < deals[0] < 0.95
    assert 0.7 < contacts[0] < 0.95


CHANNELS = {
    "google": "Google context",
    "yandex": "Yandex context",
    "bing": "SEO",
    "facebook": "Social networks",
    "linkedin": "Social networks",
    "criteo": "Banners",
    "forum.example": "Forums",
    "newsletter": "E-mail",
    "crm-rating": "Ratings and reviews",
    "softmarket": "Marketplaces",
    "chatgpt": "AI assistants",
    "telegram": "Messengers",
    "leaflet": "Leaflets",
    "radio": "Radio",
    "billboard": "Billboards",
    "trade_fair": "Fairs",
    "recommendation": "Recommendation",
    "word_of_mouth": "Word of mouth",
    "manager_own": "Manager's own",
}
"""Sources of the demo company, and the channel in which somebody looks for them."""


@pytest.mark.parametrize(("source", "channel"), CHANNELS.items())
def test_a_source_is_in_its_channel_and_brings_people_and_deals(
    published: duckdb.DuckDBPyConnection, source: str, channel: str
) -> None:
    found = rows(
        published,
        f"""
        select count(*), sum(deals_count) from (
            select persons.person_id, count(deals.deal_id) as deals_count
            from marts.dim_persons as persons
            left join marts.fct_deals as deals using (person_id)
            where persons.source = '{source}' and persons.channel = $${channel}$$
            group by 1
        )
        """,
    )
    assert found[0][0] >= 3
    assert found[0][1] >= 1


def test_nobody_comes_from_a_source_without_a_channel(
    published: duckdb.DuckDBPyConnection,
) -> None:
    assert not rows(published, "select source from marts.dim_persons where channel = 'Other'")


def test_what_people_do_beside_the_crm_is_there(published: duckdb.DuckDBPyConnection) -> None:
    methods = rows(published, "select distinct creation_method from marts.fct_deals order by all")
    assert methods == [("api",), ("crm",), ("excel",), ("manual",)]
    planned = rows(
        published, "select sum(cost_rc) from marts.fct_ad_spend where is_planned and cost_rc > 0"
    )
    assert planned[0][0] > 0
    details = rows(
        published,
        "select min(groups), max(words) from (select count(distinct ad_group) as groups, "
        "count(distinct keyword) as words from marts.fct_ad_spend where campaign = 'ebook_pl')",
    )
    assert details == [(2, 2)]


def test_a_salesperson_leaves_and_another_takes_over(published: duckdb.DuckDBPyConnection) -> None:
    gone = company.DEPARTURE
    later = rows(
        published,
        "select count(*) from marts.fct_activities where user_id = ? and occurred_at > ?",
        gone.user_id, gone.moment,
    )  # fmt: skip
    assert later == [(0,)]
    assert not rows(
        published, "select 1 from marts.fct_deals where owner_user_id = ?", gone.user_id
    )
    theirs = (
        "select count(*) > 3, bool_and(owner_user_id = ?) from marts.fct_deals where is_won and"
    )
    assert rows(published, f"{theirs} manager_user_id = ?", gone.heir, gone.user_id) == [
        (True, True)
    ]


def test_some_clients_are_let_down(published: duckdb.DuckDBPyConnection) -> None:
    scores = (
        "select list(score order by responded_at) as said from marts.fct_surveys group by person_id"
    )
    fallen = f"select count(*) from ({scores}) where said[-1] <= said[-2] - 3"
    assert rows(published, fallen)[0][0] > 3


@pytest.mark.parametrize("query", QUERIES)
def test_every_documented_query_has_an_answer(
    published: duckdb.DuckDBPyConnection, query: str
) -> None:
    published.execute(query)
    columns = [column[0] for column in published.description or ()]
    answer = published.fetchall()
    assert answer
    empty = [
        name
        for position, name in enumerate(columns)
        if all(row[position] is None for row in answer)
    ]
    assert empty == []


COMMANDS = re.findall(
    r"^    \.venv/bin/leadhouse (.+)$",
    DOCUMENTS["docs/questions.md"].replace("\\\n", " "),
    re.M,
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_documented_command_finds_something(home: Path, tmp_path: Path, command: str) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("leadhouse")), *shlex.split(command)],
        env=os.environ | {"LEADHOUSE_HOME": str(home)}, cwd=tmp_path,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = [path.read_text(errors="replace") for path in tmp_path.iterdir()] or [done.stdout]
    assert told[0].count("\n") > 1, told


@pytest.mark.parametrize("name", [n for n, table in SHORT_NAMES.items() if table[:3] != "pii"])
def test_every_column_that_people_export_finds_its_rows_as_a_filter(home: Path, name: str) -> None:
    file = str(home / "published" / "leadhouse.duckdb")
    with duckdb.connect(file, read_only=True) as con:
        table = choose_table(con, name)
        for column in table.columns:
            cell = f'"{column.name}"'
            found = con.execute(
                f"select cast({cell} as varchar), count(*) from {table} where {cell} is not null "
                "group by all order by 2 desc, 1 limit 1"
            ).fetchall()
            for value, count in found:
                selected = select_rows(con, table, filters=[f"{column.name}={value}"], main=con)
                counted = f"select count(*) {selected.from_rows}"
                [(rows,)] = con.execute(counted, selected.parameters).fetchall()
                assert rows == count or (column.holds_several and rows > count), column.name
            assert found or column.name in {each[2] for each in NEVER_FILLED}, column.name


def ask(home: Path, *arguments: str, text: str = "") -> str:
    """What `leadhouse sql` says, called from another folder than the project's."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("leadhouse")), "sql", *arguments],
        env=os.environ | {"LEADHOUSE_HOME": str(home)}, cwd=home, input=text,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_question_of_the_first_screen_is_asked_at_the_terminal(
    home: Path, published: duckdb.DuckDBPyConnection
) -> None:
    query = re.findall(r"```sql\n(.+?)```", DOCUMENTS["README.md"], re.S)[0]
    answer = rows(published, query)
    assert [line.split("│")[1].strip() for line in ask(home, query).splitlines()[4:-2]] == [
        row[0] for row in answer
    ]
    as_csv = list(csv.reader(ask(home, "--format", "csv", text=query).splitlines()))
    assert [row[0] for row in as_csv[1:]] == [row[0] for row in answer]
    as_json = json.loads(ask(home, "--format", "json", "-", text=query))
    assert [row["clients"] for row in as_json] == [row[2] for row in answer]


def test_three_statements_have_three_answers(home: Path) -> None:
    query = re.search(r"```sql\n(select as_of.+?)```", DOCUMENTS["README.md"], re.S)[1]
    told = ask(home, query)
    assert told.count("┌") >= 3 and "tests_passed" in told and "reason" in told


CONNECT = DOCUMENTS["README.md"].partition("## Connect your tool")[2].partition("\n## ")[0]
SCRIPTS = re.findall(r"```python\n(.+?)```", CONNECT, re.S)


def line_of(tool: str) -> list[str]:
    """What the README says to write for a tool: the code of its line."""
    (line,) = re.findall(rf"^\| {tool}.*\|$", CONNECT, re.M)
    return re.findall(r"`(.+?)`", line)


def journal(published: duckdb.DuckDBPyConnection) -> int:
    return int(rows(published, "select count(*) from reports.rpt_deal_journal")[0][0])


@pytest.fixture
def project(home: Path, tmp_path: Path) -> Path:
    """A folder in which the README's relative paths lead to the company."""
    (tmp_path / ".leadhouse").symlink_to(home)
    return tmp_path


def test_duckdbs_own_shell(project: Path) -> None:
    (line,) = line_of("DuckDB's own shell")
    program, *arguments = shlex.split(line)
    done = subprocess.run(
        [Path(sys.executable).with_name(program), "-csv", *arguments],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) > 100


def test_pandas_and_a_process_that_stays(
    project: Path, published: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    found: dict[str, Any] = {}
    for script in SCRIPTS:
        exec(script, found)  # what the README shows
        assert len(found["deals"]) == journal(published) or found["deals"] == (journal(published),)


def test_polars(
    project: Path, published: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("polars", reason="polars is not installed")
    monkeypatch.chdir(project)
    found: dict[str, Any] = {}
    exec(SCRIPTS[0].replace(".df()", ".pl()"), found)
    assert found["deals"].shape[0] == journal(published)


def test_a_process_that_stays_sees_the_next_build(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, build in enumerate(("first", "second")):
        folder = tmp_path / ".leadhouse" / "published" / "builds" / build
        folder.mkdir(parents=True)
        shutil.copyfile(home / "published" / "leadhouse.duckdb", folder / "leadhouse.duckdb")
        with duckdb.connect(str(folder / "leadhouse.duckdb")) as con:
            con.execute(f"delete from reports.rpt_deal_journal where rowid >= {number}")
    served = tmp_path / ".leadhouse" / "published" / "leadhouse.duckdb"
    monkeypatch.chdir(tmp_path)
    connect, again = SCRIPTS[1].split("newest = ")
    kept: dict[str, Any] = {}
    exec(connect, kept)
    for number, build in enumerate(("first", "second")):
        served.unlink(missing_ok=True)
        served.symlink_to(Path("builds", build, "leadhouse.duckdb"))
        exec(f"newest = {again}", kept)
        assert kept["deals"] == (number,)


def test_sqlalchemy_as_superset_uses_it(home: Path, published: duckdb.DuckDBPyConnection) -> None:
    uri = line_of("Superset")[1].replace("/path", str(home / "published"), 1)
    engine = sqlalchemy.create_engine(uri)
    schemas = {name.rpartition(".")[2] for name in sqlalchemy.inspect(engine).get_schema_names()}
    assert {"marts", "reports", "trust"} <= schemas
    assert "rpt_deal_journal" in sqlalchemy.inspect(engine).get_table_names("reports")
    with engine.connect() as con:
        asked = sqlalchemy.text("select count(*), min(created_at) from reports.rpt_deal_journal")
        assert con.execute(asked).fetchall()[0][0] == journal(published)
        with pytest.raises(sqlalchemy.exc.DBAPIError, match="read-only"):
            con.execute(sqlalchemy.text("create table reports.mine (i int)"))
    engine.dispose()


def test_an_assistant_over_mcp(home: Path, published: duckdb.DuckDBPyConnection) -> None:
    arguments = line_of("an assistant")[1].replace("/path", str(home / "published")).split()
    server = shutil.which(arguments[0])
    if server is None:
        pytest.skip(f"{arguments[0]} is not installed")
    asked = [
        {"id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"}}},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {"name": "execute_query", "arguments": {
            "sql": "select count(*) as deals from reports.rpt_deal_journal"}}},
    ]  # fmt: skip
    with subprocess.Popen(
        [server, *arguments[1:]], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert process.stdin and process.stdout
        for message in asked:
            process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.terminate()
    assert str(journal(published)) in answers[1]["result"]["content"][0]["text"]


def test_the_first_screen_shows_the_answer_of_today(
    published: duckdb.DuckDBPyConnection,
) -> None:
    readme = DOCUMENTS["README.md"]
    query = re.search(r"```sql\n(.+?)```", readme, re.S)
    assert query
    answer = rows(published, query[1])
    shown = "\n".join(
        f"| {channel} | {spend:,.2f} | {clients} | {revenue:,.2f} | {cost:,.2f} | {roas:.1f} |"
        for channel, spend, clients, revenue, cost, roas in answer
    )
    assert shown in readme, f"write into README.md:\n{shown}"


ANSWERED = re.findall(
    r"```sql\n([^`]+?)```\n\n\|[^\n]+\|\n\|[-|]+\|\n((?:\|[^\n]+\|\n)+)",
    DOCUMENTS["docs/questions.md"],
)


@pytest.mark.parametrize(("query", "shown"), ANSWERED)
def test_an_answer_shown_is_the_answer_of_today(
    published: duckdb.DuckDBPyConnection, query: str, shown: str
) -> None:
    def cell(value: object) -> str:
        match value:
            case None:
                return ""
            case Decimal():
                return f"{value:,.2f}"
            case int():
                return f"{value:,}"
        return str(value)

    answer = "".join(
        f"| {' | '.join(cell(value) for value in row)} |\n" for row in rows(published, query)
    )
    assert answer == shown, f"write into docs/questions.md:\n{answer}"


DRAWN_CELLS = 200


def test_every_macro_says_what_it_is_for(published: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        published,
        "select schema_name, function_name, comment from duckdb_functions() "
        "where database_name = 'leadhouse' and not internal order by all",
    )
    written = {(macro.schema, macro.name, macro.description) for macro in published_macros()}
    assert set(found) == written
    assert all(len(comment) > 40 for _, _, comment in found)


def test_drilling_into_random_cells_of_ten_reports_gives_what_the_cells_say(
    published: duckdb.DuckDBPyConnection,
) -> None:
    """The values of the keys behind a cell sum to the cell; without a key it is 0 or NULL."""
    reports = {
        name.removeprefix("drill_"): grain
        for name, grain in rows(
            published,
            "select function_name, parameters from duckdb_functions() "
            "where starts_with(function_name, 'drill_') and database_name = 'leadhouse'",
        )
    }
    assert len(reports) >= 10
    measures = {
        report: [
            name
            for (name,) in rows(
                published, f"select distinct measure from reports.drill_{report}() order by all"
            )
        ]
        for report in reports
    }
    chance = random.Random("behind a cell")
    drawn = 0
    while drawn < DRAWN_CELLS:
        for report, grain in sorted(reports.items()):
            cells = rows(
                published,
                f"select {', '.join((*grain, *measures[report]))} from reports.rpt_{report} "
                "order by all",
            )
            cell = chance.choice(cells)
            at = ["(none)" if value is None else str(value) for value in cell[: len(grain)]]
            asked = ", ".join(f"{name} := ?" for name in grain)
            behind = dict(
                published.execute(
                    f"select measure, sum(value) from reports.drill_{report}({asked}) group by all",
                    at,
                ).fetchall()
            )
            said = dict(zip(measures[report], cell[len(grain) :], strict=True))
            assert {name: value for name, value in said.items() if value} == {
                name: value for name, value in behind.items() if value
            }, (report, at)
            drawn += 1


def test_without_arguments_a_drill_lists_what_is_behind_the_whole_report(
    published: duckdb.DuckDBPyConnection,
) -> None:
    whole = rows(published, "select sum(revenue_rc) from reports.rpt_channel_performance")
    behind = "select sum(value) from reports.drill_channel_performance() where measure = ?"
    assert published.execute(behind, ["revenue_rc"]).fetchall() == whole
    assert whole[0][0] > 0


def test_drilling_on_the_command_line(home: Path, published: duckdb.DuckDBPyConnection) -> None:
    ((stage, pipeline, lost),) = rows(
        published,
        "select stage, pipeline, sum(deals_lost_here) from reports.rpt_funnel group by all "
        "order by 3 desc, 1, 2 limit 1",
    )
    cell = [f"stage={stage}", f"pipeline={pipeline}"]
    done = leadhouse(
        home, "drill", "rpt_funnel", *cell, "--measure", "deals_lost_here", "--format", "csv"
    )
    assert done.returncode == 0, done.stderr
    keys = [row["key"] for row in csv.DictReader(done.stdout.splitlines())]
    assert len(keys) == len(set(keys)) == lost
    for words, problem in (
        (["drill", "funel"], "Did you mean funnel?"),
        (["drill", "funnel", "--measure", "position"], "There are deals_entered, "),
        (["drill", "funnel", "stag=1"], "Did you mean stage?"),
        (["drill", "funnel", "stage"], "is no COLUMN=VALUE"),
        (
            ["drill", "funnel", f"stage={stage}x"],
            f"The nearest that occur: {stage}",
        ),
        (["drill", "calls", "date_day=11.02.2026"], "date_day is DATE, and '11.02.2026' is not."),
        (["drill", "calls", "date_day=1999-01-01"], "no row has this value. The nearest that"),
        (["drill", "funnel", "--measure", "deals_lost"], "Did you mean deals_lost_here?"),
    ):
        refused = leadhouse(home, *words)
        assert refused.returncode == 1
        assert problem in refused.stderr + refused.stdout


@pytest.mark.long
def test_the_documented_what_if_moves_channels_sellers_and_deals(
    home: Path, published: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    runbook = (PROJECT_ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    file = tmp_path / "scenario.yml"
    file.write_text(re.findall(r"```yaml\n(.+?)```", runbook, re.S)[0], encoding="utf-8")
    current = home / "published/builds/current"
    before = current.readlink(), rows(published, "from trust.rpt_run")
    done = subprocess.run(
        [str(Path(sys.executable).with_name("leadhouse")), "what-if", str(file)],
        env=os.environ | {
            "LEADHOUSE_HOME": str(home),
            "LEADHOUSE_DROP": str(home.with_name("drop")),
            "LEADHOUSE_PII_KEY": DEMO_KEY,
        },
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for kind in ("Channels", "Sellers", "Deals"):
        assert re.search(rf"^{kind} that move, 5 of \d+:\n  .+ to .+ \([+-]", done.stdout, re.M)
    assert before == (current.readlink(), rows(published, "from trust.rpt_run"))
    assert list((home / "tmp").iterdir()) == []
    folder = home / "what-if" / "scenario"
    with duckdb.connect(str(folder / "published/leadhouse.duckdb"), read_only=True) as scenario:
        moved = (
            "sum(difference) from trust.rpt_what_if where report = 'reports.rpt_attribution' "
            """and "column" = 'value_rc' and slice like 'model_id last, %won' """
        )
        value = (
            "select channel, sum(value_rc) from reports.rpt_attribution "
            "where model_id = 'last' and conversion_type = 'deal_won' group by channel"
        )
        base, other = dict(rows(published, value)), dict(rows(scenario, value))
        found = rows(scenario, f"select channel, {moved} group by channel")
        assert len(found) > 3
        for channel, difference in found:
            assert difference == other.get(channel, 0) - base.get(channel, 0)
        stages = rows(
            scenario,
            "select count(*) from trust.rpt_what_if where report = "
            """'reports.rpt_lead_routing_sellers' and "column" = 'cp2_entered' and user_id > '' """,
        )
        assert stages[0][0] > 0
        assert rows(scenario, "select 1 from marts.fct_sessions where source = 'crm' limit 1")


def leadhouse(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("leadhouse")), *words],
        env=os.environ | {"LEADHOUSE_HOME": str(home)},
        capture_output=True,
        text=True,
    )


RANGE = "'2026-01-01', '2026-03-31'"
DAYS = RANGE.replace(",", " and")
MONTH = "'2026-03-01', '2026-03-31'"
SAME = {
    "the channels of a month": (
        f"select channel, source, medium, campaign, spend_rc, deals_won, cpl, cac, roas, romi_pct "
        f"from reports.channel_return({MONTH})",
        "select channel, source, medium, campaign, spend_rc, deals_won, cpl, cac, roas, romi_pct "
        "from reports.rpt_channel_return where month = '2026-03-01'",
    ),
    "the best deals of a quarter": (
        f"select rank, deal_id from reports.top_deals({RANGE})",
        "select rank, deal_id from reports.rpt_top_deals "
        "where period_type = 'quarter' and period_start = '2026-01-01'",
    ),
    "more of the best deals": (
        f"select count(*), max(rank) from reports.top_deals({RANGE}, n := 7)",
        "select 7, 7",
    ),
    "a journal of deals created": (
        f"select deal_id from reports.deal_journal({RANGE})",
        f"select deal_id from marts.fct_deals where created_date between {DAYS}",
    ),
    "a journal of deals decided": (
        f"select deal_id from reports.deal_journal({RANGE}, basis := 'outcome')",
        f"select deal_id from marts.fct_deals where outcome_date between {DAYS}",
    ),
    "the funnel of a quarter": (
        f"select stage, deals_entered, deals_reached, deals_created "
        f"from reports.funnel({RANGE}, 'Inbound')",
        "select stage, sum(deals_entered), sum(deals_reached), "
        "(select count(*) from marts.fct_deals where pipeline = 'Inbound' "
        f"and created_date between {DAYS}) from reports.rpt_funnel "
        f"where pipeline = 'Inbound' and created_date between {DAYS} "
        "group by stage",
    ),
    "the contacts of a panel": (
        "select panel_id, basic.* exclude (label) from marts.dim_lead_routing_panels as panels, "
        f"lateral (select * from reports.lead_routing_basic(panels.panel_id, {RANGE})) as basic "
        "where source_tag = '(all)' and basic.acquired_contacts > 0",
        "select panel_id, '(all)', sum(acquired_contacts), sum(handed_over_contacts), "
        "sum(contacted_contacts), max(sellers_count), "
        "sum(handed_over_contacts) / max(sellers_count) from reports.rpt_lead_routing_calendar "
        f"where date_day between {DAYS} group by panel_id",
    ),
    "the flow of a panel's contacts": (
        "select panel_id, flow.source_tag, flow.acquired, flow.final_reached, "
        "flow.hours_to_handover_mean from marts.dim_lead_routing_panels as panels, "
        f"lateral (select * from reports.lead_routing_flow(panels.panel_id, {RANGE})) as flow "
        "where source_tag <> '(all)'",
        "select panel_id, source_tag, coalesce(sum(acquired), 0), coalesce(sum(final_reached), 0), "
        "sum(hours_to_handover_sum) / nullif(sum(hours_to_handover_count), 0) "
        "from marts.dim_lead_routing_panel_sources left join (from reports.rpt_lead_routing_flow "
        f"where acquired_date between {DAYS}) using (panel_id, source_tag) group by all",
    ),
}
"""What a macro says, and what the tables say of the same."""


@pytest.mark.parametrize(("macro", "tables"), SAME.values(), ids=SAME)
def test_macros_of_a_range_agree_with_the_tables(
    macro: str, tables: str, published: duckdb.DuckDBPyConnection
) -> None:
    def comparable(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        return sorted(
            (tuple(round(v, 6) if isinstance(v, float) else v for v in row) for row in found),
            key=repr,
        )

    wanted = comparable(rows(published, tables))
    assert wanted
    assert comparable(rows(published, macro)) == wanted


def test_why_gives_the_evidence_of_a_contact_a_deal_and_a_call(
    published: duckdb.DuckDBPyConnection,
) -> None:
    for kind, table in (("deal", "fct_deals"), ("call", "fct_calls"), ("contact", "dim_contacts")):
        ((subject, person),) = rows(
            published,
            f"select {kind}_id, person_id from marts.{table} where person_id in "
            "(select person_id from marts.fct_source_candidates where candidate_no = 3) "
            f"order by {kind}_id limit 1",
        )
        evidence = rows(
            published,
            "select candidate_no, evidence_id, is_chosen, reason from marts.fct_source_candidates "
            f"where person_id = '{person}' order by candidate_no",
        )
        found = rows(
            published,
            "select candidate_no, evidence_id, is_chosen, reason "
            f"from trust.why('{kind}', '{subject}')",
        )
        assert found[kind == "call" :] == evidence
        assert (found[0][0] == 0) == (kind == "call")


# The semantic layer

LEVELS = {"company": [], "team": ["user_day__team"], "user": ["user_day__user_id"]}
Values = Callable[[str, str, list[str]], dict[tuple[str, ...], float | None]]


@pytest.fixture(scope="module")
def semantic_layer(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Values]:
    """What MetricFlow says of a metric by day, week or month and by further dimensions."""
    cli = pytest.importorskip(
        "dbt_metricflow.cli.cli_configuration",
        reason="MetricFlow is not installed here; `make environment` brings it",
    )
    from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

    project = tmp_path_factory.mktemp("semantic-layer")
    for name in ("models", "macros", "seeds", "tests", "dbt_project.yml", "profiles.yml"):
        (project / name).symlink_to(PROJECT_ROOT / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADHOUSE_HOME", str(home))
        patch.setenv("DBT_TARGET", "published")
        patch.setenv("DBT_PROJECT_DIR", str(project))
        patch.setenv("DBT_PROFILES_DIR", str(project))
        subprocess.run([Path(sys.executable).parent / "dbt", "parse", "--quiet"], check=True)
        configuration = cli.CLIConfiguration()
        configuration.setup(project, project, configure_file_logging=False)
        engine = configuration.mf

        def values(metric: str, period_type: str, by: list[str]) -> dict[Any, float | None]:
            request = MetricFlowQueryRequest.create(
                metric_names=[metric], group_by_names=[f"metric_time__{period_type}", *by]
            )
            table = engine.query(request).result_df
            return {
                (str(row[0])[:10], *row[1:-1]): None if row[-1] is None else float(row[-1])
                for row in table.rows
            }

        yield values


def same_values(
    found: dict[Any, float | None], expected: dict[Any, float | None]
) -> list[tuple[Any, float | None, float | None]]:
    """What differs; a group of which one of the two has no row has nothing."""
    return [
        (key, found.get(key), expected.get(key))
        for key in found.keys() | expected.keys()
        if (found.get(key) or 0) != pytest.approx(expected.get(key) or 0)
        or (key in found and key in expected and (found[key] is None) != (expected[key] is None))
    ]


@pytest.mark.long
def test_metricflow_says_of_every_metric_what_rpt_kpis_says(
    published: duckdb.DuckDBPyConnection, semantic_layer: Values
) -> None:
    metrics = rows(published, "select metric, family from marts.dim_metrics order by metric")
    assert len(metrics) > 30
    for number, (metric, family) in enumerate(metrics):
        level = "company" if family == "marketing" else list(LEVELS)[number % 3]
        period_type = ("month", "week", "day")[number // 3 % 3]
        expected = {
            (str(start), level_id)[: 1 if level == "company" else 2]: value
            for start, level_id, value in rows(
                published,
                "select period_start, level_id, value from reports.rpt_kpis "
                "where metric = ? and level = ? and period_type = ?",
                metric,
                level,
                period_type,
            )
        }
        # No e-mail of the demo company says whether it was answered.
        assert any(expected.values()) or metric == "reply_rate", metric
        found = semantic_layer(metric, period_type, LEVELS[level])
        assert not same_values(found, expected), (metric, level, period_type)


def test_metricflow_divides_a_channels_money_as_its_report_does(
    published: duckdb.DuckDBPyConnection, semantic_layer: Values
) -> None:
    for metric, ratio in (
        ("cost_per_lead", "sum(spend_rc) / nullif(sum(leads), 0)"),
        ("roas", "sum(revenue_rc) / nullif(sum(spend_rc), 0)"),
    ):
        expected = {
            (str(month), channel): value
            for month, channel, value in rows(
                published,
                f"select cast(date_trunc('month', date_day) as date), channel, "
                f"cast({ratio} as double) from reports.rpt_channel_performance group by 1, 2",
            )
        }
        found = semantic_layer(metric, "month", ["channel_day__channel"])
        assert not same_values(found, expected), metric
