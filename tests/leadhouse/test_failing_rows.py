"""What a failed check tells: its sentence, and the keys of the rows that fail it."""

import duckdb
import pytest

from leadhouse.data_tests import MOST_KEYS, failing_rows, repeated_key, sentence

MODEL = {
    "unique_id": "model.leadhouse.fct_deals",
    "resource_type": "model",
    "name": "fct_deals",
    "relation_name": '"memory"."main"."fct_deals"',
}


def data_test(kind, number, **arguments):
    return {
        "unique_id": f"test.leadhouse.{number}.{kind}",
        "resource_type": "test",
        "name": kind,
        "description": "",
        "attached_node": MODEL["unique_id"],
        "test_metadata": {"name": kind, "kwargs": arguments},
    }


RULES = data_test(
    "row_rules",
    0,
    key=["deal_id", "panel_id"],
    never_null=["title"],
    values={"status": ["open", "won", "lost"]},
)
CASES = [
    (
        RULES,
        "select * from (values ('values', 'status'), ('key', 'deal_id, panel_id')) "
        "as broken (rule_name, column_names)",
        "No two rows of fct_deals have the same deal_id and panel_id. "
        "Never empty in fct_deals: title. status of fct_deals is open, won or lost.",
        [
            "deal_id d1, panel_id p, status odd",
            "deal_id d3, panel_id p, status is empty",
            "deal_id d2, panel_id p",
        ],
    ),
    (
        data_test("unique", 1, column_name="deal_id"),
        "select deal_id as unique_field, count(*) as n_records from fct_deals group by 1 "
        "having count(*) > 1",
        "No two rows of fct_deals have the same deal_id.",
        ["deal_id d2"],
    ),
    (
        data_test(
            "relationships", 2, column_name="panel_id", field="panel_id", to="ref('dim_panels')"
        ),
        "select panel_id as from_field from fct_deals where deal_id = 'd1'",
        "Every panel_id of fct_deals is a panel_id of dim_panels.",
        ["deal_id d1, panel_id p", "deal_id d2, panel_id p"],
    ),
    (
        data_test("is_tidy", 3),
        "select deal_id from fct_deals where deal_id = 'd1'",
        "is tidy, for the rows of fct_deals.",
        ["deal_id d1"],
    ),
]
MANIFEST = {"nodes": {node["unique_id"]: node for node in (MODEL, *(case[0] for case in CASES))}}


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute(
            "create table fct_deals as select * from (values "
            "('d1', 'p', 'Smith', 'odd'), ('d2', 'p', 'Smith', 'won'), "
            "('d2', 'p', 'Smith', 'won'), ('d3', 'p', 'Smith', null)) "
            "as deals (deal_id, panel_id, title, status)"
        )
        yield con


@pytest.mark.parametrize(
    ("test", "compiled", "said", "rows"), CASES, ids=[case[0]["name"] for case in CASES]
)
def test_a_generic_test_has_a_sentence_and_names_the_rows_that_fail_it(
    con, test, compiled, said, rows
):
    assert sentence(MANIFEST, test) == said
    found = failing_rows(con, MANIFEST, test, compiled)
    assert found[: len(rows)] == rows
    assert "Smith" not in str(found), "only keys and what is wrong are shown"


def test_no_more_rows_than_a_reader_takes_in(con):
    con.execute("insert into fct_deals select 'n' || i, 'p', 't', null from range(50) as t(i)")
    broken = "select 'values' as rule_name, 'status' as column_names"
    assert len(failing_rows(con, MANIFEST, RULES, broken)) == MOST_KEYS


@pytest.mark.parametrize(("rule", "key"), [("key", ["deal_id", "panel_id"]), ("values", None)])
def test_a_key_is_repeated_only_where_the_rule_of_the_key_is_broken(con, rule, key):
    broken = f"select '{rule}' as rule_name, 'status' as column_names"
    assert repeated_key(con, RULES, broken) == key


def test_a_singular_test_speaks_for_itself(con):
    test = {
        "unique_id": "test.leadhouse.adds_up",
        "description": "",
        "raw_code": "-- Detects: a sum that is not\n--   the total (LR-41, D-04).\n"
        "-- Usually means: a join.\nselect 1",
    }
    assert sentence(MANIFEST, test) == "Detects a sum that is not the total."
    assert failing_rows(con, MANIFEST, test, "select 'a is not b' as problem") == ["a is not b"]
    written = test | {"description": "Sums\n agree."}
    assert sentence(MANIFEST, written) == "Sums agree."
