"""What to work first once more, in plain Python, written from the rules alone (see rules.py)."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.reference import rules
from tests.reference.care_rules import percentile
from tests.reference.pipeline_rules import Chances, deals_of, rounded, today_of
from tests.reference.rules import NONE, Row, World, grouped, words

if TYPE_CHECKING:
    from tests.reference.click_rules import Clicks

COLUMNS: dict[str, tuple[str, ...]] = {
    "fct_temperatures": words("person_id measure value points"),
    "rpt_hot_leads": words("lead_id person_id owner_user_id source points reasons"),
    "rpt_deals_to_work": words(
        """
        deal_id person_id pipeline stage owner_user_id source amount_rc probability expected_rc
        days_in_stage days_since_activity points reasons place
        """
    ),
    "rpt_stage_ageing": words(
        """
        pipeline stage stage_position owner_user_id owner_name deals_open deals_without_amount
        amount_rc deals_with_days days_p50 days_p90 stalled
        """
    ),
}
"""The compared columns of these tables."""

UNTOUCHED_DAYS = 14
HOT_POINTS = 30
MOST_WAITING_POINTS = 30
SOURCE_POINTS = 40
CHANCE_POINTS = 40
DAY = 86400

Reason = tuple[str, int]
"""Why something is to be worked, and the points for it."""


def work_tables(clicks: Clicks, journal: list[Row], waiting: list[Row]) -> dict[str, list[Row]]:
    """The rows of these tables; completes the leads that are ``waiting`` by their points."""
    temperatures = _temperatures(clicks)
    signs = grouped(temperatures, lambda row: (row["person_id"],))
    sources = _source_points(clicks)
    deals = _open_deals(clicks, {row["deal_id"]: row for row in journal})
    for deal in deals:
        chance = Fraction(deal["probability"])
        reasons = _reasons(deal, signs, sources, deal["days_since_activity"])
        said = f"{_whole(100 * chance)} % chance"
        _give_points(deal, [*reasons, (said, _whole(CHANCE_POINTS * chance))])
    deals.sort(key=_deal_order)
    for lead in waiting:
        _give_points(lead, _reasons(lead, signs, sources, lead["days_waiting"]))
    waiting.sort(key=lambda row: (-row["points"], row["opened_at"], row["lead_id"]))
    for rows in (deals, waiting):
        for place, row in enumerate(rows, start=1):
            row["place"] = place
    return {
        "fct_temperatures": temperatures,
        "rpt_hot_leads": _hot(clicks, signs),
        "rpt_deals_to_work": deals,
        "rpt_stage_ageing": _ageing(clicks.world, deals),
    }


def _whole(value: Fraction) -> int:
    """To the nearest whole number, a half away from 0."""
    return math.floor(value + Fraction(1, 2))


def _temperatures(clicks: Clicks) -> list[Row]:
    """By person the rules that it meets: tags held now, and sessions."""
    world = clicks.world
    events = grouped(world.tables["contact_tags"], lambda row: (row["contact_id"], row["tag"]))
    held = defaultdict(set)
    for (contact_id, tag), group in events.items():
        last = max((row["occurred_at in order"], row["action"] == "remove") for row in group)
        if not last[1]:
            held[world.person_of.get(contact_id)].add(tag)
    sessions: dict[str | None, int] = defaultdict(int)
    for session in clicks.sessions.values():
        sessions[session["person_id"]] += 1
    rows = []
    for rule in world.seeds.get("temperature_rules", []):
        for person in {contact["person_id"] for contact in clicks.contacts}:
            is_tag = rule["measure"] == "tag"
            met = (
                rule["value"] in held[person] if is_tag else sessions[person] >= int(rule["value"])
            )
            if met:
                rows.append({**rule, "person_id": person, "points": int(rule["points"])})
    return rows


def _source_points(clicks: Clicks) -> dict[str, Reason]:
    today = today_of(clicks.world)
    decided = defaultdict(list)
    for deal in clicks.deals:
        outcome = deal["outcome_date"]
        if outcome and today - timedelta(days=365) <= outcome < today:
            decided[deal["source"]].append(deal["is_won"])
    return {
        source: (
            f"{sum(won)} of {len(won)} deals won from {source}",
            _whole(Fraction(SOURCE_POINTS * sum(won), len(won))),
        )
        for source, won in decided.items()
    }


def _signs(person: object, signs: dict[tuple[object, ...], list[Row]]) -> list[Reason]:
    return [
        (
            f"tag {row['value']}"
            if row["measure"] == "tag"
            else f"{row['value']} {row['measure']} or more",
            row["points"],
        )
        for row in signs.get((person,), [])
    ]


def _reasons(
    row: Row,
    signs: dict[tuple[object, ...], list[Row]],
    sources: dict[str, Reason],
    days: float | None,
) -> list[Reason]:
    reasons = _signs(row["person_id"], signs)
    if days is not None:
        waited = math.floor(days)
        reasons.append((f"{waited} days without work", min(waited, MOST_WAITING_POINTS)))
    if row["source"] in sources:
        reasons.append(sources[row["source"]])
    return reasons


def _give_points(row: Row, reasons: list[Reason]) -> None:
    counted = [(points, f"{said} {points:+d}") for said, points in reasons if points != 0]
    counted.sort(key=lambda each: (-each[0], each[1]))
    row["points"] = sum(points for points, _ in counted)
    row["reasons"] = "; ".join(said for _, said in counted) or None


def _deal_order(row: Row) -> tuple[object, ...]:
    expected = row["expected_rc"]
    return -row["points"], expected is None, -(expected or 0), row["created_at"], row["deal_id"]


def _hot(clicks: Clicks, signs: dict[tuple[object, ...], list[Row]]) -> list[Row]:
    rows = []
    for lead in clicks.leads:
        row = dict(lead)
        _give_points(row, _signs(lead["person_id"], signs))
        if lead["status"] == "open" and row["points"] >= HOT_POINTS:
            rows.append(row)
    return rows


def _open_deals(clicks: Clicks, journal: dict[str, Row]) -> list[Row]:
    world, today, chances = clicks.world, today_of(clicks.world), Chances(clicks)
    as_of, activities = world.clocks.as_of, _activities(clicks)
    slow = _usual_days(clicks)
    rows = []
    for deal in deals_of(clicks):
        if not deal.row["is_open"]:
            continue
        row = {**deal.row, **journal[deal.row["deal_id"]]}
        row["pipeline"], row["stage"] = deal.place(today)
        chance = chances.chance(row["pipeline"], row["stage"], today)
        amount, owner = row["amount_rc"], row["owner_user_id"]
        touched = [
            activity["at"]
            for activity in activities
            if activity["deal_id"] == row["deal_id"]
            or (activity["person_id"] is not None and activity["person_id"] == row["person_id"])
        ]
        since = as_of - max([row["created_at"], *touched])
        days = since.total_seconds() / DAY if activities else None
        usual, in_stage = slow.get((row["pipeline"], row["stage"])), row["days_in_stage"]
        known = [
            *([] if usual is None or in_stage is None else [in_stage > usual]),
            *([] if days is None else [days > UNTOUCHED_DAYS]),
        ]
        row |= {
            "owner_user_id": owner or NONE,
            "probability": Decimal(chance.numerator) / chance.denominator,
            "expected_rc": None if amount is None else rounded(Fraction(amount) * chance),
            "days_since_activity": days,
            "is_judged": bool(known),
            "is_stalled": any(known),
        }
        rows.append(row)
    return rows


def _activities(clicks: Clicks) -> list[Row]:
    """Calls, letters from person to person and enquiries: what is work on a deal."""
    world = clicks.world
    letters = [
        {**row, "person_id": world.person_of.get(world.survivor(row["contact_id"]))}
        for row in world.tables["emails"]
        if row["kind"] == "one_to_one"
    ]
    calls = [row for row in clicks.calls if not row["is_internal"]]
    found: list[tuple[list[Row], str]] = [(calls, "started_at"), (letters, "sent_at")]
    found.append((clicks.enquiries, "occurred_at"))
    return [
        {"at": row[at], "deal_id": row.get("deal_id"), "person_id": row["person_id"]}
        for rows, at in found
        for row in rows
    ]


def _usual_days(clicks: Clicks) -> dict[tuple[str, str], float | None]:
    """By stage the days that nine of ten won deals which left it stayed at most."""
    won = {deal["deal_id"] for deal in clicks.deals if deal["is_won"]}
    stays: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for visit in rules._deal_stages(clicks.world):
        if visit["deal_id"] in won and visit["hours"] is not None:
            stays[visit["pipeline"], visit["stage"]][visit["deal_id"]] += visit["hours"] / 24
    return {stage: percentile(list(days.values()), 0.9) for stage, days in stays.items()}


def _ageing(world: World, deals: list[Row]) -> list[Row]:
    names = words("pipeline stage owner_user_id")
    rows = []
    for key, group in grouped(deals, lambda row: tuple(row[name] for name in names)).items():
        amounts = [row["amount_rc"] for row in group]
        days = [row["days_in_stage"] for row in group if row["days_in_stage"] is not None]
        is_judged = any(row["is_judged"] for row in group)
        rows.append(
            {
                **dict(zip(names, key, strict=True)),
                "stage_position": world.position(*key[:2]),
                "owner_name": world.users.get(key[2]),
                "deals_open": len(group),
                "deals_without_amount": amounts.count(None),
                "amount_rc": rules.total(amounts),
                "deals_with_days": len(days),
                "days_p50": percentile(days, 0.5),
                "days_p90": percentile(days, 0.9),
                "stalled": sum(row["is_stalled"] for row in group) if is_judged else None,
            }
        )
    return rows
