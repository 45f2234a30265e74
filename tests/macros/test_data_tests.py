"""Tests of the data tests: rows that are known to be bad, which each of them must find.

The SQL is what dbt compiled for the daily run; the tables it reads hold only the rows given here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.contract import ENTITIES
from ingestion.warehouse import raw_columns
from leadhouse.session_values import set_session_values
from leadhouse.settings import load_settings
from tests.warehouse.compiled_project import DATABASES, compile_project, relation

Row = dict[str, Any]

INSTANT = "2024-03-01 09:00:00+00"
LATER = "2024-03-02 09:00:00+00"
PANEL = {
    "panel_id": "ebook",
    "handed_from_user_id": "main",
    "first_contact_tag": "called",
    "pipeline": "sales",
    "cp1_stage": "meeting",
    "cp2_stage": "offer",
    "final_stage": "signed",
    "is_active": "true",
}
STAGES = [
    {"pipeline": "sales", "stage": "meeting", "position": "1"},
    {"pipeline": "sales", "stage": "offer", "position": "2"},
    {"pipeline": "sales", "stage": "signed", "position": "10"},
]
CONFIGURED: dict[str, list[Row]] = {
    "lead_routing_panels": [PANEL],
    "lead_routing_panel_sources": [{"panel_id": "ebook", "source_tag": "e_book"}],
    "lead_routing_panel_sellers": [{"panel_id": "ebook", "user_id": "u1"}],
    "pipeline_stages": STAGES,
    "contact_tags": [{"tag": "e_book"}, {"tag": "called"}],
    "users": [{"user_id": "main"}, {"user_id": "u1"}],
}
COHORT = {"panel_id": "ebook", "acquired_date": "2024-03-01", "source_tag": "e_book"}
REACHED = {"cp1_entered": 1, "cp2_entered": 1, "final_entered": 1}
SELLER = {**COHORT, "user_id": "u1", "handed_over": 2, "contacted": 1, **REACHED}
NOBODY = {**dict.fromkeys(SELLER, 0), **COHORT, "user_id": "(none)", "contacted": 1}
ROUTED: dict[str, list[Row]] = {
    "fct_contact_acquisition": [
        {"panel_id": "ebook", "handover_status": "handed_over", "first_contacted_at": INSTANT},
        {"panel_id": "ebook", "handover_status": "handed_over", "reassigned_count": 1},
        {"panel_id": "ebook", "handover_status": "direct", "first_contacted_at": INSTANT},
        {"panel_id": "ebook", "handover_status": "waiting"},
        {"panel_id": "ebook", "handover_status": "other"},
    ],
    "rpt_lead_routing_flow": [
        {**SELLER, "acquired": 2, "waiting": 0, "direct_assigned": 0},
        {**NOBODY, "acquired": 3, "waiting": 1, "direct_assigned": 1},
    ],
    "rpt_lead_routing_daily": [
        {
            "panel_id": "ebook",
            "acquired_contacts": 5,
            "handed_over_contacts": 2,
            "contacted_contacts": 2,
        }
    ],
    "rpt_lead_routing_calendar": [
        {
            "panel_id": "ebook",
            "acquired_contacts": 5,
            "handed_over_contacts": 2,
            "contacted_contacts": 2,
        }
    ],
    "rpt_lead_routing_steps": [{"panel_id": "ebook", "step_no": 1, "reached": 5}],
    "rpt_lead_routing_sellers": [
        {column: value for column, value in row.items() if column != "source_tag"}
        for row in (SELLER, NOBODY)
    ],
    "rpt_lead_routing_seller_sources": [SELLER, NOBODY],
    "rpt_lead_routing_seller_work": [
        {**COHORT, "user_id": "u2", "received": 3, **REACHED, "reassigned_out": 1},
        {**COHORT, "user_id": "u3", "contacted": 2, "reassigned_in": 1},
    ],
}


class Bench:
    """Empty tables for everything the compiled tests read, to be filled by hand."""

    def __init__(self, manifest: dict[str, Any], connection: duckdb.DuckDBPyConnection) -> None:
        self._nodes = {**manifest["nodes"], **manifest["sources"]}
        self._connection = connection

    def node(self, name: str, *resource_types: str) -> dict[str, Any]:
        found = [
            node
            for node in self._nodes.values()
            if node["name"] == name and node["resource_type"] in resource_types
        ]
        assert len(found) == 1, f"{len(found)} nodes are called {name}"
        return found[0]

    def put(self, name: str, rows: list[Row]) -> None:
        """Make the table of a seed, source or model hold exactly these rows."""
        node = self.node(name, "seed", "source", "model")
        self._create(node)
        for row in rows:
            columns = ", ".join(f'"{column}"' for column in row)
            marks = ", ".join("?" for _ in row)
            self._connection.execute(
                f"insert into {_name(node)} ({columns}) values ({marks})", list(row.values())
            )

    def run_model(self, name: str) -> None:
        """Make the model's table from the tables it reads."""
        node = self.node(name, "model")
        self._create_missing(node)
        self._create_schema(node)
        self._connection.execute(
            f"create or replace table {_name(node)} as {node['compiled_code']}"
        )

    def problems(self, test: str) -> list[str]:
        """What a singular test says."""
        node = self.node(test, "test")
        self._create_missing(node)
        sql = f"select problem from ({node['compiled_code']}\n) as test order by problem"
        return [row[0] for row in self._connection.execute(sql).fetchall()]

    def generic_rows(self, test: str, model: str) -> list[tuple[Any, ...]]:
        """What a generic test of a model returns."""
        attached = self.node(model, "model")["unique_id"]
        nodes = [
            node
            for node in self._nodes.values()
            if node["resource_type"] == "test"
            and (node.get("test_metadata") or {}).get("name") == test
            and node["attached_node"] == attached
        ]
        assert len(nodes) == 1
        return self._connection.execute(nodes[0]["compiled_code"]).fetchall()

    def _create_missing(self, node: dict[str, Any]) -> None:
        for parent in node["depends_on"]["nodes"]:
            known = self._connection.execute(
                "select 1 from duckdb_tables() "
                "where database_name = ? and schema_name = ? and table_name = ?",
                [self._nodes[parent][part] for part in ("database", "schema")]
                + [_table(self._nodes[parent])],
            ).fetchall()
            if not known:
                self._create(self._nodes[parent])

    def _create(self, node: dict[str, Any]) -> None:
        if node["resource_type"] == "source":
            types = raw_columns(ENTITIES[node["name"]])
        elif node["resource_type"] == "seed":
            types = node["config"]["column_types"]
        else:
            types = {name: column["data_type"] for name, column in node["columns"].items()}
        columns = ", ".join(f'"{name}" {type_}' for name, type_ in types.items())
        self._create_schema(node)
        self._connection.execute(f"create or replace table {_name(node)} ({columns})")

    def _create_schema(self, node: dict[str, Any]) -> None:
        schema = '"{database}"."{schema}"'.format(**node)
        self._connection.execute(f"create schema if not exists {schema}")


def _table(node: dict[str, Any]) -> str:
    return node["name"] if node["resource_type"] == "source" else node["alias"]


def _name(node: dict[str, Any]) -> str:
    return relation({**node, "alias": _table(node)})


@pytest.fixture(scope="session")
def manifest(shared_folder: Path) -> dict[str, Any]:
    path = compile_project(shared_folder / "compiled_default")
    return dict(json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture
def bench(manifest: dict[str, Any], tmp_path: Path) -> Iterator[Bench]:
    settings = load_settings(
        {
            "LEADHOUSE_HOME": str(tmp_path),
            "LEADHOUSE_DROP": str(tmp_path),
            "LEADHOUSE_AS_OF": "2024-06-01T00:00:00Z",
            "LEADHOUSE_AS_KNOWN_AT": "2024-06-01",
        }
    )
    with duckdb.connect(config={"threads": 1}) as connection:
        for database in DATABASES:
            connection.execute(f"attach ':memory:' as {database}")
        connection.execute("use warehouse")
        set_session_values(connection, settings, run_id="bench")
        yield Bench(manifest, connection)


def configuration_problems(bench: Bench, test: str, **changed: list[Row]) -> list[str]:
    for name, rows in {**CONFIGURED, **changed}.items():
        bench.put(name, rows)
    return bench.problems(test)


def test_row_rules_find_rows_that_agree_on_the_whole_key(bench: Bench) -> None:
    row = {"panel_id": "p", "contact_id": "c", "source_tag": "t", "handover_status": "direct"}
    table = "fct_contact_acquisition"
    bench.put(table, [row, {**row, "contact_id": "d"}, {**row, "panel_id": "q"}])
    assert bench.generic_rows("row_rules", table) == []
    bench.put(table, [row, {**row, "source_tag": "other"}, {**row, "contact_id": "d"}])
    assert bench.generic_rows("row_rules", table) == [
        ("key", "panel_id, contact_id", 1, "[{'panel_id': p, 'contact_id': c}]")
    ]


def test_row_rules_name_each_column_that_a_row_leaves_empty(bench: Bench) -> None:
    table = "dim_lead_routing_panel_sellers"
    bench.put(table, [{"panel_id": "p", "user_id": "u"}])
    assert bench.generic_rows("row_rules", table) == []
    bench.put(table, [{"panel_id": "p"}, {"panel_id": "q"}, {"user_id": "u"}])
    found = [
        ("never_null", "panel_id", 1, "[{'panel_id': NULL, 'user_id': u, 'valid_from': NULL}]"),
        (
            "never_null", "user_id", 2,
            "[{'panel_id': p, 'user_id': NULL, 'valid_from': NULL}, "
            "{'panel_id': q, 'user_id': NULL, 'valid_from': NULL}]",
        ),
    ]  # fmt: skip
    assert sorted(bench.generic_rows("row_rules", table)) == found


def test_row_rules_count_the_rows_whose_value_is_unknown_or_empty(bench: Bench) -> None:
    table = "fct_deals"
    known = [{"deal_id": status, "status": status} for status in ("open", "won", "lost", "deleted")]
    bench.put(table, known)
    assert bench.generic_rows("row_rules", table) == []
    bench.put(table, [*known, {"deal_id": "d1", "status": "odd"}, {"deal_id": "d2"}])
    assert bench.generic_rows("row_rules", table) == [
        (
            "values", "status", 2,
            "[{'deal_id': d1, 'status': odd}, {'deal_id': d2, 'status': NULL}]",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    "test",
    [
        "lead_routing_panels_have_a_source_tag",
        "lead_routing_panels_have_points_in_order",
        "lead_routing_panels_name_what_exists",
    ],
)
def test_a_right_panel_and_an_empty_company_have_no_problem(bench: Bench, test: str) -> None:
    assert configuration_problems(bench, test) == []
    landed = ("pipeline_stages", "contact_tags", "users")
    assert configuration_problems(bench, test, **{name: [] for name in landed}) == []
    wrong = {**PANEL, "cp1_stage": "signed", "cp2_stage": "x", "is_active": "no"}
    tables = {"lead_routing_panels": [wrong], "lead_routing_panel_sources": []}
    assert configuration_problems(bench, test, **tables) == []


def test_a_panel_without_source_tags_is_named(bench: Bench) -> None:
    other = [{"panel_id": "another", "source_tag": "e_book"}]
    assert configuration_problems(
        bench, "lead_routing_panels_have_a_source_tag", lead_routing_panel_sources=other
    ) == [
        "Panel ebook has no source tag, so it can acquire no contact. Add a row for it to "
        "seeds/lead_routing_panel_sources.csv, or set its is_active to false in "
        "seeds/lead_routing_panels.csv."
    ]


def test_a_limit_of_open_deals_is_of_a_user_or_a_role(bench: Bench) -> None:
    test = "capacities_are_of_a_user_or_a_role"
    right = [{"user_id": "u1", "open_deals": 1}, {"role": "sales", "open_deals": 5}]
    assert configuration_problems(bench, test, capacities=right) == []
    wrong = [
        {"user_id": "u1", "role": "sales", "open_deals": 1},
        {"open_deals": 1},
        {"user_id": "u2", "open_deals": 0},
    ]
    problems = configuration_problems(bench, test, capacities=[*right, *wrong])
    assert len(problems) == 3
    assert (
        "seeds/capacities.csv: the row of user u1 and role sales with 1 open deals needs either a "
        "user_id or a role, and a number above 0."
    ) in problems


def test_alert_rules_that_name_what_does_not_exist_are_told(bench: Bench) -> None:
    test = "alert_rules_name_what_exists"
    late = {"table_name": "trust.rpt_source_freshness", "column_name": "hours_since_delivery"}
    right = [
        {"rule": "late", **late, "threshold": "0"},
        {"rule": "falls", "metric": "revenue", "weeks": "4", "threshold": "-50.5"},
    ]
    assert configuration_problems(bench, test, alert_rules=right) == []
    wrong = {
        "a": ({"metric": "sales"}, "metric of a is sales, which is not in dim_metrics"),
        "b": (
            {"table_name": "pii.fct_tasks", "column_name": "subject"},
            "table_name of b is pii.fct_tasks, which is not a published table such as "
            "reports.rpt_calls",
        ),
        "c": (
            {**late, "column_name": "hours"},
            "column_name of c is hours, which is not a column of trust.rpt_source_freshness",
        ),
        "d": (
            {**late, "metric": "leads"},
            "metric of d is leads, and table_name is trust.rpt_source_freshness; give one of the "
            "two",
        ),
        "e": ({}, "metric of e is empty, and table_name is empty; give one of the two"),
        "f": ({**late, "threshold": "much"}, "threshold of f is much, which is not a number"),
        "g": (
            {"metric": "leads", "weeks": "0.5"},
            "weeks of g is 0.5, which is not a whole number of weeks",
        ),
    }
    rows = [{"rule": rule, "threshold": "1", **row} for rule, (row, _) in wrong.items()]
    assert configuration_problems(bench, test, alert_rules=[*right, *rows]) == sorted(
        f"seeds/alert_rules.csv: the {told}; correct its row." for _, told in wrong.values()
    )


def test_spans_of_a_seller_that_overlap_or_end_too_early_are_named(bench: Bench) -> None:
    test = "lead_routing_sellers_have_one_row_a_day"
    first = {"panel_id": "ebook", "user_id": "u1", "valid_to": "2024-03-31"}
    second = {"panel_id": "ebook", "user_id": "u1", "valid_from": "2024-04-01"}
    other = {"panel_id": "ebook", "user_id": "u2"}
    rows = [first, second, other]
    assert configuration_problems(bench, test, lead_routing_panel_sellers=rows) == []
    rows = [first, {**second, "valid_from": "2024-03-31"}, other]
    [problem] = configuration_problems(bench, test, lead_routing_panel_sellers=rows)
    assert problem == (
        "seeds/lead_routing_panel_sellers.csv: the span of u1 in panel ebook from 1900-01-01 to "
        "2024-03-31 holds on 2024-03-31, when another one begins: end it the day before."
    )
    rows = [{**second, "valid_to": "2024-03-01"}]
    [problem] = configuration_problems(bench, test, lead_routing_panel_sellers=rows)
    assert problem.endswith("ends before it begins: correct valid_from or valid_to.")


def test_points_out_of_order_are_named(bench: Bench) -> None:
    test = "lead_routing_panels_have_points_in_order"
    swapped = {**PANEL, "cp1_stage": "offer", "cp2_stage": "meeting"}
    assert configuration_problems(bench, test, lead_routing_panels=[swapped]) == [
        "Panel ebook names 'offer' (position 2) as its cp1_stage and 'meeting' (position 1) as its "
        "cp2_stage, but in pipeline 'sales' the second does not come after the first. Correct the "
        "stages in seeds/lead_routing_panels.csv or the positions in pipeline_stages."
    ]
    early_final = {**PANEL, "cp1_stage": "offer", "cp2_stage": "signed", "final_stage": "meeting"}
    [problem] = configuration_problems(bench, test, lead_routing_panels=[early_final])
    assert "'signed' (position 10) as its cp2_stage and 'meeting' (position 1)" in problem
    level = [{**stage, "position": "1"} for stage in STAGES]
    assert len(configuration_problems(bench, test, pipeline_stages=level)) == 2


def test_the_positions_of_the_latest_delivery_count_whatever_the_clocks(bench: Bench) -> None:
    rows = [
        {**stage, "position": position, "_delivery_date": day}
        for day, positions in (("2024-05-01", "321"), ("2024-07-01", "123"))
        for stage, position in zip(STAGES, positions, strict=True)
    ]
    test = "lead_routing_panels_have_points_in_order"
    assert configuration_problems(bench, test, pipeline_stages=rows) == []
    assert len(configuration_problems(bench, test, pipeline_stages=rows[:3])) == 2


def test_one_stage_as_two_points_is_named_even_before_anything_landed(bench: Bench) -> None:
    same = {**PANEL, "final_stage": "offer"}
    assert configuration_problems(
        bench,
        "lead_routing_panels_have_points_in_order",
        lead_routing_panels=[same],
        pipeline_stages=[],
    ) == [
        "Panel ebook names stage 'offer' as its cp2_stage and as its final_stage. Name three "
        "different stages in seeds/lead_routing_panels.csv."
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"lead_routing_panels": [{**PANEL, "final_stage": "umowa"}]},
            "Panel ebook names stage 'umowa' as its final_stage, but pipeline_stages has no such "
            "stage in pipeline 'sales'. Correct seeds/lead_routing_panels.csv or land the stage.",
        ),
        (
            {"lead_routing_panels": [{**PANEL, "pipeline": "Sales"}]},
            "Panel ebook names pipeline 'Sales', but pipeline_stages has no such pipeline. Correct "
            "seeds/lead_routing_panels.csv or land the pipeline's stages.",
        ),
        (
            {"lead_routing_panels": [{**PANEL, "first_contact_tag": "Called"}]},
            "Panel ebook names tag 'Called' as its first_contact_tag, but neither contact_tags nor "
            "seeds/source_tags.csv has such a tag. Correct seeds/lead_routing_panels.csv or land "
            "the tag.",
        ),
        (
            {"lead_routing_panel_sources": [{"panel_id": "ebook", "source_tag": "ebook"}]},
            "Panel ebook names tag 'ebook' as its source_tag, but neither contact_tags nor "
            "seeds/source_tags.csv has such a tag. Correct seeds/lead_routing_panel_sources.csv or "
            "land the tag.",
        ),
    ],
)
def test_a_name_that_nothing_landed_has_is_named(
    bench: Bench, changed: dict[str, list[Row]], expected: str
) -> None:
    test = "lead_routing_panels_name_what_exists"
    advice = (
        " A panel that is not yours: is_active false in seeds/lead_routing_panels.csv leaves it "
        "out."
    )
    assert configuration_problems(bench, test, **changed) == [expected + advice]


@pytest.mark.parametrize(
    "changed",
    [
        {"contact_tags": [{"tag": "e_book"}], "source_tags": [{"tag": "called"}]},
        {"lead_routing_panels": [{**PANEL, "handed_from_user_id": "gone"}]},
        {"lead_routing_panel_sellers": [{"panel_id": "ebook", "user_id": "u7"}]},
        {"contact_tags": []},
        {"pipeline_stages": []},
        # Another company's panel: neither its pipeline nor one of its tags is known here.
        {"pipeline_stages": [{**STAGES[0], "pipeline": "other"}], "contact_tags": [{"tag": "vip"}]},
        # The same, although the seed of source tags knows its tag: a seed is not this company.
        {
            "pipeline_stages": [{**STAGES[0], "pipeline": "other"}],
            "contact_tags": [{"tag": "vip"}],
            "source_tags": [{"tag": "e_book"}],
        },
    ],
)
def test_what_is_known_elsewhere_or_cannot_be_known_is_no_problem(
    bench: Bench, changed: dict[str, list[Row]]
) -> None:
    assert configuration_problems(bench, "lead_routing_panels_name_what_exists", **changed) == []


def routed_problems(bench: Bench, **changed: list[Row]) -> list[str]:
    for name, rows in {**ROUTED, **changed}.items():
        bench.put(name, rows)
    return bench.problems("lead_routing_totals_agree")


def test_totals_that_agree_are_no_problem(bench: Bench) -> None:
    assert routed_problems(bench) == []
    assert routed_problems(bench, **{name: [] for name in ROUTED}) == []


@pytest.mark.parametrize(
    ("table", "column", "measure", "against"),
    [
        ("flow", "acquired", "acquired", "fct_contact_acquisition"),
        ("flow", "waiting", "waiting", "fct_contact_acquisition"),
        ("flow", "direct_assigned", "direct_assigned", "fct_contact_acquisition"),
        ("flow", "contacted", "contacted", "fct_contact_acquisition"),
        ("daily", "acquired_contacts", "acquired", "fct_contact_acquisition"),
        ("daily", "handed_over_contacts", "handed_over", "fct_contact_acquisition"),
        ("daily", "contacted_contacts", "contacted", "fct_contact_acquisition"),
        ("calendar", "contacted_contacts", "contacted", "rpt_lead_routing_daily"),
        ("steps", "reached", "acquired", "fct_contact_acquisition"),
        ("sellers", "handed_over", "handed_over", "rpt_lead_routing_flow"),
        ("sellers", "contacted", "contacted", "rpt_lead_routing_flow"),
        ("sellers", "final_entered", "final_entered", "rpt_lead_routing_flow"),
        ("seller_sources", "cp1_entered", "cp1_entered", "rpt_lead_routing_sellers"),
        ("seller_work", "received", "received", "rpt_lead_routing_flow"),
        ("seller_work", "cp2_entered", "cp2_entered", "rpt_lead_routing_flow"),
        ("seller_work", "reassigned_out", "reassigned_out", "fct_contact_acquisition"),
    ],
)
def test_a_report_that_counts_once_too_often_is_named(
    bench: Bench, table: str, column: str, measure: str, against: str
) -> None:
    name = f"rpt_lead_routing_{table}"
    first, *others = ROUTED[name]
    problems = routed_problems(bench, **{name: [{**first, column: first[column] + 1}, *others]})
    named = [
        p for p in problems if f"{name} counts" in p and f" as {measure} and {against} has" in p
    ]
    assert len(named) == 1
    assert f"Correct models/reports/lead_routing/{name}.sql" in named[0]


def test_a_panel_that_a_report_lost_is_named(bench: Bench) -> None:
    problems = routed_problems(bench, rpt_lead_routing_daily=[], rpt_lead_routing_calendar=[])
    assert problems[0] == (
        "Panel ebook: rpt_lead_routing_daily counts 0 contacts as acquired and "
        "fct_contact_acquisition has 5 of them. Correct "
        "models/reports/lead_routing/rpt_lead_routing_daily.sql, which must count every contact "
        "once."
    )
    assert len(problems) == 3


def steps(**changed: dict[str, int]) -> list[Row]:
    """Six steps of one cohort, right but for the columns given by step."""
    reached = {"acquired": 9, "handed_over": 7, "contacted": 7, "cp1": 4, "cp2": 1, "final": 1}
    rows, before = [], 9
    for number, (step, count) in enumerate(reached.items(), start=1):
        row: Row = {**COHORT, "user_id": "u1", "step_no": number, "step": step, "reached": count}
        row |= {"entered": count, "implied": 0, "not_passed": before - count}
        row |= {"not_passed_lost": 0, "not_passed_open": before - count}
        rows.append({**row, **changed.get(step, {})})
        before = count
    return rows


def step_problems(bench: Bench, rows: list[Row]) -> list[str]:
    bench.put("rpt_lead_routing_steps", rows)
    return bench.problems("lead_routing_steps_add_up")


def test_a_right_flow_chart_is_no_problem(bench: Bench) -> None:
    others = [{**row, "user_id": "(none)"} for row in steps(cp1={"entered": 3, "implied": 1})]
    assert step_problems(bench, [*steps(), *others]) == []


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (steps(cp2={"reached": 5, "entered": 5}), "has reached 5 at step cp2, more than the 4 "),
        (steps(cp1={"not_passed": 2, "not_passed_open": 2}), "has not_passed 2 at step cp1"),
        (steps(acquired={"not_passed": 1, "not_passed_open": 1}), "has not_passed 1 at step acq"),
        (steps(final={"not_passed": 1, "not_passed_open": 1}), "has not_passed 1 at step final"),
        (steps(cp1={"implied": 1}), "has entered 4 and implied 1 at step cp1"),
        (steps(cp1={"entered": 5, "implied": -1}), "has entered 5 and implied -1 at step cp1"),
        (steps(cp1={"not_passed_lost": 1}), "has 1 lost and 3 open at step cp1"),
        (
            steps(cp1={"not_passed_lost": -1, "not_passed_open": 4}),
            "has -1 lost and 4 open at step cp1",
        ),
        (steps()[:-1], "has 5 steps instead of 6"),
    ],
)
def test_a_wrong_flow_chart_is_named(bench: Bench, rows: list[Row], says: str) -> None:
    [problem] = step_problems(bench, rows)
    assert problem.startswith(
        f"Panel ebook, acquired 2024-03-01 by e_book, salesperson u1: the flow chart {says}"
    )
    assert problem.endswith(". Correct models/reports/lead_routing/rpt_lead_routing_steps.sql.")
