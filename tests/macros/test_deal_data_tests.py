"""Tests of the deal, money and trust data tests: known-bad rows that each of them must find."""

from __future__ import annotations

import pytest

from tests.macros.test_data_tests import Bench, Row, bench, manifest

__all__ = ["bench", "manifest"]

STATUSES = ("open", "won", "lost", "deleted")


def deal(deal_id: str, status: str, revenue: float | None = 0) -> Row:
    flags = {f"is_{name}": status == name for name in STATUSES[:3]}
    return {"deal_id": deal_id, "status": status, "revenue_rc": revenue, **flags}


DEALS = [
    deal("d1", "won", 90.5),
    deal("d2", "won", -10),
    deal("d3", "won", None),
    deal("d4", "open"),
]
REVENUE: dict[str, list[Row]] = {
    "fct_deals": DEALS,
    "rpt_deal_summary": [
        {"date_basis": "created", "deals": 4, "revenue_rc": 80.5},
        {"date_basis": "outcome", "deals": 2, "revenue_rc": 90.5},
        {"date_basis": "outcome", "deals": 1, "revenue_rc": -10},
    ],
    "rpt_top_deals": [
        {"period_type": "all", "rank": 1, "amount_rc": 90.5},
        {"period_type": "all", "rank": 2, "amount_rc": -10},
        {"period_type": "day", "rank": 1, "amount_rc": 90.5},
    ],
}


def problems(bench: Bench, test: str, **tables: list[Row]) -> list[str]:
    for name, rows in tables.items():
        bench.put(name, rows)
    return bench.problems(test)


def test_a_total_that_differs_is_named_with_both_sides(bench: Bench) -> None:
    test = "trust_totals_reconcile"
    same = {"check_name": "a = b", "scope": "deals", "raw_total": 3, "mart_total": 3}
    assert problems(bench, test, rpt_reconciliation=[{**same, "is_ok": True}]) == []
    less = {**same, "mart_total": 2, "difference": -1, "currency": "EUR", "is_ok": False}
    unknown = {**same, "difference": 0, "is_ok": None}
    assert problems(bench, test, rpt_reconciliation=[less, unknown]) == [
        f'trust.rpt_reconciliation: "a = b" does not hold for deals{currency}: 3.000000 came in, '
        f"{mart}.000000 arrived (difference {difference}.000000). Nothing is published; compare "
        "the sides of the check in models/checks/reconciliation."
        for currency, mart, difference in ((" in EUR", "2", "-1"), ("", "3", "0"))
    ]


def test_missing_rates_are_named_by_currency_in_a_range_of_days(bench: Bench) -> None:
    linked = [{"deal_id": name, "currency": "USD"} for name in ("d1", "d2", "d3", "d4")]
    day = "2024-03-05"
    converted = [
        {"deal_id": "d1", "rate_date": day, "lacks_rate": True},
        {"deal_id": "d2", "rate_date": day, "lacks_rate": True},
        {"deal_id": "d3", "rate_date": day, "lacks_rate": False},
        # Closed in days to come: nobody can deliver that rate yet.
        {"deal_id": "d4", "rate_date": "9999-01-01", "lacks_rate": True},
    ]
    payments = [
        {"payment_id": "p1", "currency": "USD", "paid_date": day, "amount_rc": None},
        {"payment_id": "p2", "currency": "USD", "paid_date": "2024-03-06", "amount_rc": 1},
        {"payment_id": "p3", "currency": "PLN", "paid_date": "2024-03-07", "amount_rc": None},
    ]
    spend = [
        {"currency": "USD", "date_day": day, "lacks_rate": True},
        {"currency": "USD", "date_day": "2024-04-01", "lacks_rate": True},
        {"currency": "PLN", "date_day": day, "lacks_rate": False},
    ]
    expected = [
        f"No rate for {currency} on {said}. Land fx_rates for {currency} on or up to 7 days before "
        "these days, name a fixed one in seeds/fixed_rates.csv, correct the currency where it is "
        "another one, or set the dbt variable missing_rate_severity to warn to publish without "
        "these amounts."
        for currency, said in (
            ("PLN", "1 day, 2024-03-07: 1 payment (payment p3)"),
            (
                "USD",
                "2 days from 2024-03-05 to 2024-04-01: 2 deals, 1 payment, 2 rows of spend "
                "(deal d1, deal d2, payment p1)",
            ),
        )
    ]
    assert (
        problems(
            bench,
            "deal_money_has_exchange_rates",
            int_deals_linked=linked,
            int_deals_converted=converted,
            fct_payments=payments,
            int_spend_converted=spend,
        )
        == expected
    )


def test_a_fixed_rate_that_cannot_hold_is_named(bench: Bench) -> None:
    test = "fixed_rates_have_one_rate_a_day"
    until = {"currency": "USD", "rate": 0.9, "valid_from": None, "valid_to": "2024-03-31"}
    since = {"currency": "USD", "rate": 0.8, "valid_from": "2024-04-01", "valid_to": None}
    other = {"currency": "PLN", "rate": 0.2, "valid_from": None, "valid_to": None}
    assert problems(bench, test, fixed_rates=[until, since, other]) == []
    twice = {**since, "currency": " usd", "valid_from": "2024-03-31"}
    backward = {**other, "valid_from": "2024-03-02", "valid_to": "2024-03-01"}
    found = problems(bench, test, fixed_rates=[until, twice, backward, {**other, "rate": 0}])
    assert [problem.split(": ")[1][:13] for problem in found] == [
        "the rate 0.00",
        "the rate 0.20",
        "the rate 0.90",
    ]
    assert "holds on 2024-03-31, when another one begins" in found[2]


def test_the_severity_of_a_missing_rate_is_a_variable(bench: Bench) -> None:
    assert bench.node("deal_money_has_exchange_rates", "test")["config"]["severity"] == "error"


def test_a_deal_that_is_nothing_or_two_things_is_named(bench: Bench) -> None:
    test = "deal_statuses_partition_the_deals"
    assert problems(bench, test, fct_deals=[deal(status, status) for status in STATUSES]) == []
    nothing = deal("d1", "paused")
    twice = {**deal("d2", "won"), "is_lost": True}
    unknown = {**deal("d3", "open"), "is_won": None}
    found = problems(bench, test, fct_deals=[nothing, twice, unknown])
    assert [problem.split(",")[0] for problem in found] == [
        "fct_deals: deal d1 has the status paused",
        "fct_deals: deal d2 has the status won",
        "fct_deals: deal d3 has the status open",
    ]


def test_reports_with_the_totals_of_the_deals_have_no_problem(bench: Bench) -> None:
    test = "deal_reports_count_every_deal"
    assert problems(bench, test, **REVENUE) == []
    assert problems(bench, test, **{name: [] for name in REVENUE}) == []


@pytest.mark.parametrize(
    ("table", "rows", "expected"),
    [
        (
            "rpt_deal_summary",
            REVENUE["rpt_deal_summary"][:2],
            "revenue of rpt_deal_summary by outcome_date is 90.50",
        ),
        (
            "rpt_deal_summary",
            [{**REVENUE["rpt_deal_summary"][0], "deals": 5}, *REVENUE["rpt_deal_summary"][1:]],
            "number of deals of rpt_deal_summary by created_date is 5.00",
        ),
        ("rpt_top_deals", REVENUE["rpt_top_deals"][1:], "highest revenue of rpt_top_deals is 0.00"),
    ],
)
def test_a_report_with_another_total_is_named(
    bench: Bench, table: str, rows: list[Row], expected: str
) -> None:
    found = problems(bench, "deal_reports_count_every_deal", **{**REVENUE, table: rows})
    assert any(problem.startswith(f"The {expected}, of fct_deals ") for problem in found)


def test_a_deal_missing_from_a_journal_or_twice_in_it_is_named(bench: Bench) -> None:
    test = "every_deal_is_in_both_journals_once"
    tables = {"fct_deals": DEALS, "rpt_deal_journal": DEALS, "pii_rpt_deal_journal": DEALS}
    assert problems(bench, test, **tables) == []
    tables |= {"rpt_deal_journal": DEALS[1:], "pii_rpt_deal_journal": [*DEALS, DEALS[3]]}
    assert problems(bench, test, **tables) == [
        f"Deal {name} instead of once: look for a join in models/pii/pii_rpt_deal_journal.sql that "
        "is not unique."
        for name in (
            "d1 stands 0 times in reports.rpt_deal_journal",
            "d4 stands 2 times in pii.rpt_deal_journal",
        )
    ]


def test_a_stage_that_fewer_deals_reached_than_entered_is_named(bench: Bench) -> None:
    test = "funnel_deals_that_entered_have_reached"
    row = {"created_date": "2024-03-01", "pipeline": "s", "stage": "a", "deals_entered": 2}
    assert problems(bench, test, rpt_funnel=[{**row, "deals_reached": 2}]) == []
    [problem] = problems(bench, test, rpt_funnel=[{**row, "deals_reached": 1}])
    assert problem.startswith(
        "rpt_funnel: of the deals of 2024-03-01 in s / a, 2 entered and only 1"
    )


def test_a_phone_region_without_a_row_is_named_with_its_variable(bench: Bench) -> None:
    assert problems(bench, "phone_region_is_known", phone_regions=[{"region": "PL"}]) == []
    [problem] = problems(bench, "phone_region_is_known", phone_regions=[{"region": "DE"}])
    assert problem.startswith(
        "LEADHOUSE_PHONE_REGION is PL, which seeds/phone_regions.csv does not"
    )


def test_every_deal_test_is_a_check_of_one_asset(manifest: dict[str, dict[str, Row]]) -> None:
    for node in manifest["nodes"].values():
        if node["resource_type"] != "test" or node.get("test_metadata"):
            continue
        meta = node["config"]["meta"].get("dagster", {})
        name = node["name"]
        assert len(node["depends_on"]["nodes"]) == 1 or meta.get("ref", {}).get("name"), name
