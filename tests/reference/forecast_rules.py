"""Forecasts once more, in plain Python, written from the rules alone (see rules.py)."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import mean, stdev

from tests.reference.click_rules import Clicks
from tests.reference.pipeline_rules import ONE_DAY, Chances, Deal, deals_of, rounded, today_of
from tests.reference.rules import NONE, Row, words

COLUMNS = {
    "rpt_forecast": words(
        """
        forecast_date month pipeline team manager_user_id method deals_open deals_without_amount
        expected_deals expected_rc low_rc high_rc
        """
    ),
    "rpt_forecast_accuracy": words(
        """
        forecast_date month pipeline method forecast_deals forecast_rc actual_deals actual_rc
        error_pct
        """
    ),
}
KEYS = {
    "rpt_forecast": words("month pipeline team manager_user_id method"),
    "rpt_forecast_accuracy": words("forecast_date month pipeline method"),
}
"""The compared columns, and those that name a row."""

METHODS = words("stage_weighted run_rate won_plus_weighted")
REACH = 1.2816

Cell = tuple[date, str, str, str, str]
"""A month, pipeline, team, manager and method."""


def forecast_tables(clicks: Clicks) -> dict[str, list[Row]]:
    """The rows of these tables, in no particular order."""
    makers = Chances(clicks), deals_of(clicks), [deal for deal in clicks.deals if deal["is_won"]]
    today = today_of(clicks.world)
    rows = []
    for cell, row in _forecast(*makers, clicks.deals, today, is_today=True).items():
        named = dict(zip(KEYS["rpt_forecast"], cell, strict=True))
        rows.append({"forecast_date": today, **named, **row})
    return {
        "rpt_forecast": rows,
        "rpt_forecast_accuracy": _accuracy(clicks, makers, today),
    }


def _month_after(month: date, count: int = 1) -> date:
    at = month.year * 12 + month.month - 1 + count
    return date(at // 12, at % 12 + 1, 1)


def _member(row: Row) -> tuple[str, str, str]:
    return row["pipeline"], row["team"] or NONE, row["manager_user_id"] or NONE


def _sum(amounts: list[Fraction | None]) -> Fraction | None:
    """The sum of what is known; not known where nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Fraction(0)) if known else None


def _forecast(
    chances: Chances,
    deals: list[Deal],
    won: list[Row],
    every: list[Row],
    at: date,
    is_today: bool,
) -> dict[Cell, Row]:
    """What each method says on the morning of a day; today it knows all before as_of."""
    weighted: dict[tuple[object, ...], list[tuple[Fraction, Fraction | None]]] = defaultdict(list)
    eve = at if is_today else at - ONE_DAY
    for deal in deals:
        if not (deal.row["is_open"] if is_today else deal.is_open(eve)):
            continue
        pipeline, stage = deal.place(eve)
        month = _close(chances, deal, at, eve, is_today).replace(day=1)
        amount = deal.row["amount_rc"] if is_today else deal.amount(eve)
        member = (pipeline, *_member(deal.row)[1:])
        chance = chances.chance(pipeline, stage, at)
        weighted[month, *member].append((chance, None if amount is None else Fraction(amount)))
    first = at.replace(day=1)
    so_far: dict[tuple[object, ...], list[Fraction | None]] = defaultdict(list)
    for row in won:
        month = row["outcome_date"].replace(day=1)
        if month >= first and is_today:
            revenue = row["revenue_rc"]
            so_far[month, *_member(row)].append(None if revenue is None else Fraction(revenue))
    found: dict[Cell, Row] = {}
    for key in {*weighted, *so_far}:
        open_deals, wins = weighted.get(key, []), so_far.get(key, [])
        if open_deals:
            found[*key, "stage_weighted"] = _weighted(open_deals, [])
        found[*key, "won_plus_weighted"] = _weighted(open_deals, wins)
    for member, row in _run_rates(won, every, first).items():
        for month in (_month_after(first, n) for n in range(3)):
            wins = _sum(so_far.get((month, *member), [])) or Fraction(0)
            found[month, *member, "run_rate"] = _with_bounds(dict(row), wins)
    return found


def _close(chances: Chances, deal: Deal, at: date, eve: date, is_today: bool) -> date:
    card = deal.record if is_today else deal.version(eve) or deal.record
    planned = chances.world.clocks.day(card["closed_at"])
    if planned is not None and planned >= at:
        return planned
    return at + timedelta(days=chances.days_to_win(*deal.place(eve), at))


def _weighted(
    open_deals: list[tuple[Fraction, Fraction | None]], wins: list[Fraction | None]
) -> Row:
    expected = _sum([None if a is None else a * chance for chance, a in open_deals] + wins)
    variance = sum(a**2 * chance * (1 - chance) for chance, a in open_deals if a is not None)
    amounts = [amount for _, amount in open_deals] + wins
    return _with_bounds(
        {
            "deals_open": len(open_deals),
            "deals_without_amount": amounts.count(None),
            "expected_deals": float(sum(chance for chance, _ in open_deals)) + len(wins),
            "expected_rc": None if expected is None else rounded(expected),
            "deviation": math.sqrt(variance),
        },
        _sum(wins) or Fraction(0),
    )


def _with_bounds(row: Row, won: Fraction) -> Row:
    deviation = row.pop("deviation")
    for name, side in (("low_rc", -1), ("high_rc", 1)):
        row[name] = None
        if row["expected_rc"] is not None and deviation is not None:
            bound = Fraction(row["expected_rc"]) + side * Fraction(REACH * deviation)
            row[name] = max(rounded(bound), rounded(won))
    return row


def _run_rates(won: list[Row], every: list[Row], first: date) -> dict[tuple[str, str, str], Row]:
    days = [day for row in every for day in (row["created_date"], row["outcome_date"]) if day]
    if not days:
        return {}
    month, months = min(days).replace(day=1), []
    while month < first:
        months.append(month)
        month = _month_after(month)
    months = months[-12:]
    cells: dict[tuple[str, str, str], dict[date, list[Decimal | None]]] = {}
    for row in won:
        month = row["outcome_date"].replace(day=1)
        if month in months:
            cell = cells.setdefault(_member(row), defaultdict(list))
            cell[month].append(row["revenue_rc"])
    rates = {}
    for member, revenues in cells.items():
        recent = [revenues.get(month, []) for month in months[-3:]]
        known = [amount for part in recent for amount in part if amount is not None]
        totals = [
            float(sum(a for a in revenues.get(month, []) if a is not None)) for month in months
        ]
        if any(recent):
            rate = Fraction(sum(known, Decimal(0))) / len(recent)
            rates[member] = {
                "deals_open": 0,
                "deals_without_amount": 0,
                "expected_deals": mean(len(part) for part in recent),
                "expected_rc": rounded(rate) if known else None,
                "deviation": stdev(totals) if len(totals) >= 3 else None,
            }
    return rates


def _accuracy(
    clicks: Clicks, makers: tuple[Chances, list[Deal], list[Row]], today: date
) -> list[Row]:
    latest = (today - ONE_DAY).replace(day=1)
    rows = []
    for at in (_month_after(latest, -n) for n in range(12)):
        pipelines = {deal["pipeline"] for deal in clicks.deals if deal["created_date"] < at}
        forecast = _forecast(*makers, clicks.deals, at, is_today=False)
        for month in (_month_after(at, n) for n in range(3)):
            for pipeline in pipelines:
                wins = [
                    deal["revenue_rc"]
                    for deal in makers[2]
                    if deal["outcome_date"].replace(day=1) == month and deal["pipeline"] == pipeline
                ]
                is_over = _month_after(month) <= today
                known = [amount for amount in wins if amount is not None]
                actual = None
                if is_over and (known or not wins):
                    actual = sum(known, Decimal(0))
                for method in METHODS:
                    said = [
                        row
                        for cell, row in forecast.items()
                        if (*cell[:2], cell[4]) == (month, pipeline, method)
                    ]
                    amounts = [r["expected_rc"] for r in said if r["expected_rc"] is not None]
                    expected = sum(amounts, Decimal(0)) if amounts or not said else None
                    error = None
                    if actual and expected is not None:
                        error = float(100 * (expected - actual) / actual)
                    rows.append(
                        {
                            "forecast_date": at,
                            "month": month,
                            "pipeline": pipeline,
                            "method": method,
                            "forecast_deals": float(sum(row["expected_deals"] for row in said)),
                            "forecast_rc": expected,
                            "actual_deals": len(wins) if is_over else None,
                            "actual_rc": actual,
                            "error_pct": error,
                        }
                    )
    return rows
