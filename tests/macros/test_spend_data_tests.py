"""Tests of the spend, channel and attribution data tests and of the exactness of the shares."""

from __future__ import annotations

import random
from collections import defaultdict
from fractions import Fraction

import duckdb
import pytest

from tests.macros.test_data_tests import Bench, Row, bench, manifest
from tests.warehouse.compiled_project import relation

__all__ = ["bench", "manifest"]

MODEL: Row = {"model_id": "linear", "family": "linear"}
SHARES: dict[str, list[Row]] = {
    "attribution_models": [MODEL],
    "fct_deals": [
        {"deal_id": "d1", "is_won": True, "revenue_rc": 10, "amount_rc": 10},
        {"deal_id": "d2", "is_won": True, "revenue_rc": None, "amount_rc": None},
        {"deal_id": "d3", "is_won": False, "revenue_rc": 0, "amount_rc": 4},
    ],
    "fct_leads": [{"lead_id": "p:1"}],
    "fct_attribution": [
        {
            "model_id": "linear",
            "conversion_type": type_,
            "conversion_id": id_,
            "touch_id": touch,
            "weight": 0.5,
            "value_rc": value,
        }
        for type_, id_, value in (
            ("deal_won", "d1", 5),
            ("deal_won", "d2", None),
            ("deal_created", "d1", 5),
            ("deal_created", "d2", None),
            ("deal_created", "d3", 2),
            ("lead", "p:1", 0),
        )
        for touch in "ab"
    ],
}
UNITS = 10**12


def problems(bench: Bench, test: str, tables: dict[str, list[Row]]) -> list[str]:
    for name, rows in tables.items():
        bench.put(name, rows)
    return bench.problems(test)


def test_deals_shared_exactly_have_no_problem(bench: Bench) -> None:
    assert problems(bench, "attribution_shares_every_conversion_exactly", SHARES) == []


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (SHARES["fct_attribution"][1:], "deal_won d1: weights sum to 0.5"),
        (SHARES["fct_attribution"][:-1], "lead p:1: weights sum to 0.5"),
        (SHARES["fct_attribution"][:-2], "lead p:1: weights sum to nothing"),
        (
            [row for row in SHARES["fct_attribution"] if row["conversion_id"] != "d3"],
            "deal_created d3: weights sum to nothing",
        ),
        (
            [{**SHARES["fct_attribution"][0], "value_rc": 4.99}, *SHARES["fct_attribution"][1:]],
            "9.99",
        ),
        (
            [
                *SHARES["fct_attribution"],
                {**SHARES["fct_attribution"][0], "conversion_id": "d3", "weight": 1, "value_rc": 0},
            ],
            "deal_won d3: weights sum to 1",
        ),
        (
            [
                {**SHARES["fct_attribution"][0], "touch_id": "(unattributed)"},
                *SHARES["fct_attribution"][1:],
            ],
            "deal_won d1: ",
        ),
    ],
)
def test_a_deal_that_is_not_shared_exactly_is_named(
    bench: Bench, rows: list[Row], expected: str
) -> None:
    tables = {**SHARES, "fct_attribution": rows}
    [problem] = problems(bench, "attribution_shares_every_conversion_exactly", tables)
    assert expected in problem


def test_a_model_without_what_its_family_needs_is_named(bench: Bench) -> None:
    test = "attribution_models_have_their_parameters"
    good = [
        MODEL,
        {"model_id": "p", "family": "position", "first_weight": 0.4, "last_weight": 0.6},
        {"model_id": "t", "family": "time_decay", "half_life_days": 7, "lookback_days": 90},
    ]
    assert problems(bench, test, {"attribution_models": good}) == []
    bad = [
        {"model_id": "a", "family": "position", "first_weight": 0.6, "last_weight": 0.6},
        {"model_id": "b", "family": "position", "first_weight": 0, "last_weight": 0},
        {"model_id": "c", "family": "position", "first_weight": 0.4},
        {"model_id": "d", "family": "time_decay", "half_life_days": 0},
        {"model_id": "e", "family": "linear", "lookback_days": 0},
    ]
    found = problems(bench, test, {"attribution_models": bad})
    assert [problem.split(": ")[1] for problem in found] == [f"model {name}" for name in "abcde"]


def test_a_measure_that_does_not_add_up_to_its_facts_is_named(bench: Bench) -> None:
    test = "channel_performance_adds_up_to_the_facts"
    tables: dict[str, list[Row]] = {
        "fct_ad_spend": [{"impressions": 9, "clicks": 2}],
        "fct_sessions": [{"session_id": "s"}],
        "fct_calls": [
            {"direction": "in", "call_count": 2, "is_internal": False},
            {"direction": "in", "call_count": 4, "is_internal": True},
            {"direction": "out", "call_count": 1, "is_internal": False},
        ],
        "fct_enquiries": [{"enquiry_id": "e"}],
        "dim_contacts": [{"contact_id": "c"}],
        "fct_deals": [
            {"deal_id": "d1", "is_won": True},
            {"deal_id": "d2", "is_won": False},
        ],
    }
    totals: Row = {"impressions": 9, "clicks": 2, "sessions": 1, "calls": 2}
    totals |= {"enquiries": 1, "contacts": 1, "deals_created": 2, "deals_won": 1}
    assert problems(bench, test, {**tables, "rpt_channel_performance": [totals]}) == []
    for measure in totals:
        wrong = {**totals, measure: totals[measure] + 1}
        [problem] = problems(bench, test, {"rpt_channel_performance": [wrong]})
        assert problem.startswith(f"rpt_channel_performance: {measure} adds up to ")


def test_shares_are_the_largest_remainders_of_the_exact_fractions(
    manifest: dict[str, dict[str, Row]],
) -> None:
    random.seed(3)
    models: list[tuple[str, str, float | None, float | None]] = [
        ("linear", "linear", None, None),
        ("forty", "position", 0.4, 0.4),
        ("uneven", "position", 0.07, 0.61),
    ]
    touches = {f"d{number:03}": random.randint(1, 40) for number in range(149)} | {"d149": 200}
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as warehouse")
        connection.execute("attach ':memory:' as leadhouse")
        put(
            *(connection, manifest, "attribution_models"),
            "model_id varchar, family varchar, first_weight double, last_weight double, "
            "lookback_days double, half_life_days double",
            [(*model, None, None) for model in models],
        )
        put(
            *(connection, manifest, "fct_journeys"),
            "conversion_type varchar, conversion_id varchar, person_id varchar, "
            "converted_at timestamptz, ordered_at timestamptz, conversion_date date, "
            "value_rc decimal(18, 2), margin_rc decimal(18, 2)",
            [
                ("deal_won", deal, deal, *["2024-06-01 00:00:00+00"] * 2, None, 0, 0)
                for deal in touches
            ],
        )
        put(
            *(connection, manifest, "fct_removal_effects"),
            "conversion_type varchar, channel varchar, removal_effect double",
            [("lead", "SEO", 1)],
        )
        put(
            *(connection, manifest, "fct_touchpoints"),
            "person_id varchar, touch_id varchar, touch_no bigint, sourced_touch_no bigint, "
            "occurred_at timestamptz, is_direct boolean, channel varchar, source varchar, "
            "medium varchar, campaign varchar, keyword varchar",
            [
                (deal, f"t{number}", number, number, "2024-03-01 00:00:00+00", False, *[None] * 5)
                for deal, count in touches.items()
                for number in range(1, count + 1)
            ],
        )
        sql = node(manifest, "fct_attribution")["compiled_code"]
        rows = connection.execute(
            "select model_id, conversion_id, cast(weight * 1000000000000 as bigint) "
            f"from ({sql}\n) order by model_id, conversion_id, position"
        ).fetchall()
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for model_id, deal, units in rows:
        found[model_id, deal].append(units)
    expected = {
        (model[0], deal): largest_remainder(exact_weights(model[2], model[3], count))
        for model in models
        for deal, count in touches.items()
    }
    assert found == expected


def node(manifest: dict[str, dict[str, Row]], name: str) -> Row:
    [found] = [
        node
        for node in manifest["nodes"].values()
        if node["name"] == name and node["resource_type"] in ("model", "seed")
    ]
    return found


def put(
    connection: duckdb.DuckDBPyConnection,
    manifest: dict[str, dict[str, Row]],
    name: str,
    columns: str,
    rows: list[tuple[object, ...]],
) -> None:
    """Make the table of a seed or model hold exactly these rows."""
    table = node(manifest, name)
    connection.execute('create schema if not exists "{database}"."{schema}"'.format(**table))
    connection.execute(f"create table {relation(table)} ({columns})")
    marks = ", ".join("?" for _ in rows[0])
    connection.executemany(f"insert into {relation(table)} values ({marks})", rows)


def exact_weights(
    first_weight: float | None, last_weight: float | None, count: int
) -> list[Fraction]:
    """The weights of a deal's touches in order, before they are made to sum to 1."""
    if first_weight is None or count == 1:
        return [Fraction(1)] * count
    first, last = Fraction(str(first_weight)), Fraction(str(last_weight))
    if count == 2:
        return [first, last]
    return [first, *[(1 - first - last) / (count - 2)] * (count - 2), last]


def largest_remainder(weights: list[Fraction]) -> list[int]:
    """Whole units that sum to exactly UNITS; of equal remainders the earliest gets the unit."""
    exact = [weight / sum(weights) * UNITS for weight in weights]
    units = [int(value) for value in exact]
    by_remainder = sorted(range(len(units)), key=lambda at: (units[at] - exact[at], at))
    for at in by_remainder[: UNITS - sum(units)]:
        units[at] += 1
    return units


def test_attribution_reports_that_lose_or_double_something_are_named(bench: Bench) -> None:
    test = "attribution_reports_add_up_to_the_facts"
    month = {"month": "2024-05-01", "model_id": "linear", "conversion_type": "deal_won"}
    amounts = {"conversions": 1, "value_rc": 10, "margin_rc": 4, "spend_rc": 7}
    path = {"conversion_type": "deal_won", "path": "SEO", "conversions": 1, "value_rc": 10}
    credit = {"model_id": "linear", "conversion_type": "deal_won", "conversion_date": "2024-05-31"}
    tables: dict[str, list[Row]] = {
        "fct_attribution": [{**credit, "weight": 1, "value_rc": 10, "margin_rc": 4}],
        "fct_ad_spend": [{"date_day": "2024-05-02", "cost_rc": 7}],
        "fct_journeys": [{"conversion_type": "deal_won", "value_rc": 10}],
        "rpt_attribution": [{**month, **amounts}],
        "rpt_attribution_paths": [path],
    }
    assert problems(bench, test, tables) == []
    for measure, amount in amounts.items():
        wrong = [{**month, **amounts, measure: amount + 1}]
        [problem] = problems(bench, test, {**tables, "rpt_attribution": wrong})
        assert problem.startswith("Attribution, model linear, deal_won, 2024-05-01: ")
    for wrong_paths in ([], [path, path], [{**path, "value_rc": 9}]):
        [problem] = problems(bench, test, {**tables, "rpt_attribution_paths": wrong_paths})
        assert problem.startswith("Attribution, model (paths), deal_won, all months: ")


NODE: Row = {"source": "google", "medium": "cpc", "campaign": "spring", "kind": "ad"}
ALLOCATED: dict[str, list[Row]] = {
    "fct_ad_spend": [
        {**NODE, "date_day": "2024-05-01", "cost_rc": 7},
        {**NODE, "date_day": "2024-05-31", "cost_rc": 3},
        {"source": "radio", "medium": None, "campaign": None, "kind": "agency",
         "date_day": "2024-05-02", "cost_rc": -1},
    ],
    "fct_cost_allocations": [
        {**NODE, "method": "spread", "date_day": "2024-05-01", "person_id": "p", "amount_rc": 10},
        {**NODE, "method": "direct", "date_day": "2024-05-01", "person_id": "p", "amount_rc": 7},
        {**NODE, "method": "direct", "date_day": "2024-05-31", "person_id": None, "amount_rc": 3},
        *(
            {"source": "radio", "medium": None, "campaign": None, "kind": "agency",
             "method": method, "date_day": day, "person_id": None, "amount_rc": -1}
            for method, day in (("spread", "2024-05-01"), ("direct", "2024-05-02"))
        ),
    ],
    "rpt_wasted_spend": [
        {**NODE, "month": "2024-05-01", "spend_rc": 4},
        {**NODE, "month": "2024-05-01", "spend_rc": 6},
        {"source": "radio", "medium": None, "campaign": None, "kind": "agency",
         "month": "2024-05-01", "spend_rc": -1},
    ],
    "fct_deals": [
        {"person_id": "p", "status": "won", "allocated_cost_spread_rc": 10,
         "allocated_cost_direct_rc": 7},
        {"person_id": "p", "status": "open", "allocated_cost_spread_rc": 0,
         "allocated_cost_direct_rc": 0},
        {"person_id": None, "status": "won", "allocated_cost_spread_rc": None,
         "allocated_cost_direct_rc": None},
    ],
}  # fmt: skip


def test_spend_that_is_not_shared_out_to_the_cent_is_named(bench: Bench) -> None:
    test = "costs_are_allocated_exactly"
    assert problems(bench, test, ALLOCATED) == []
    spread, direct, unallocated, *_ = ALLOCATED["fct_cost_allocations"]
    others = ALLOCATED["fct_cost_allocations"][3:]
    told = "Spend of google / cpc / spring (ad) in the month or on the day of 2024-05-"
    for rows, expected in (
        ([direct, unallocated], f"{told}01 is 10.000000, but shared out (spread) it sums to 0"),
        ([spread, direct], f"{told}31 is 3.000000, but shared out (direct) it sums to 0"),
        (
            [spread, direct, {**unallocated, "amount_rc": 2.999999}],
            f"{told}31 is 3.000000, but shared out (direct) it sums to 2.999999",
        ),
        (
            [spread, direct, unallocated, {**unallocated, "campaign": "autumn"}],
            "Spend of google / cpc / autumn (ad) in the month or on the day of 2024-05-31 is 0",
        ),
        ([{**spread, "kind": "agency"}, direct, unallocated], told),
    ):
        found = problems(bench, test, {"fct_cost_allocations": [*rows, *others]})
        assert any(problem.startswith(expected) for problem in found), found
    wasted = [*ALLOCATED["rpt_wasted_spend"][1:]]
    [problem] = problems(bench, test, {**ALLOCATED, "rpt_wasted_spend": wasted})
    assert "(outcomes of rpt_wasted_spend) it sums to 6.000000" in problem


def test_a_person_whose_cost_its_deals_do_not_carry_is_named(bench: Bench) -> None:
    test = "costs_are_allocated_exactly"
    first, second, nobody = ALLOCATED["fct_deals"]
    for deals, expected in (
        ([{**first, "allocated_cost_spread_rc": 9}, second], "Person p cost 10.000000 (spread)"),
        ([first, {**second, "allocated_cost_direct_rc": 7}], "Person p cost 7.000000 (direct)"),
        (
            [first, second, {**first, "person_id": "q", "allocated_cost_direct_rc": 0}],
            "Person q cost 0",
        ),
    ):
        [problem] = problems(bench, test, {**ALLOCATED, "fct_deals": [*deals, nobody]})
        assert problem.startswith(expected) and "its deals carry" in problem
    deleted = [{**first, "status": "deleted", "allocated_cost_spread_rc": 0}, nobody]
    assert problems(bench, test, {**ALLOCATED, "fct_deals": deleted}) == []
