"""Credit and costs once more, in plain Python, written from the rules alone (see rules.py)."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from tests.reference.lead_rules import percentile
from tests.reference.rules import Row, World, grouped, total, words

if TYPE_CHECKING:
    from tests.reference.click_rules import Clicks

NODE = words("source medium campaign")
UNATTRIBUTED = "(unattributed)"
START, CONVERSION, NOTHING = "(start)", "(conversion)", "(nothing)"
PATH = 10
COLUMNS: dict[str, tuple[str, ...]] = {
    "fct_journeys": words(
        """
        conversion_type conversion_id person_id converted_at conversion_date value_rc margin_rc
        touches days_since_first_touch path
        """
    ),
    "fct_channel_moves": words("conversion_type origin target moves"),
    "fct_removal_effects": words(
        "conversion_type channel touches conversion_rate conversion_rate_without removal_effect"
    ),
    "rpt_attribution_paths": words(
        "conversion_type path conversions value_rc days_p50 touches_mean"
    ),
}
"""The compared columns of the tables of credit."""


def describe_deals(clicks: Clicks) -> None:
    """Give each deal its last source, its company, its region and who takes part in it."""
    participants = _participants(clicks.world)
    for deal in clicks.deals:
        contact = clicks.world.surviving.get(deal["contact_id"], {})
        account = clicks.world.accounts.get(contact.get("account_id"))
        before = [touch for touch in clicks.touches_before(deal) if not touch["is_direct"]]
        last = before[-1] if before else {}
        deal |= {f"last_{name}": last.get(name) for name in NODE}
        deal["company"] = deal["account_name"] or account or contact.get("company")
        deal["region"] = contact.get("region")
        deal["participants"] = ";".join(sorted(participants[deal["deal_id"]])) or None


def _participants(world: World) -> dict[str, set[str]]:
    participants: dict[str, set[str]] = defaultdict(set)
    for row in world.tables["deal_contacts"]:
        participants[row["deal_id"]].add(world.survivor(row["contact_id"]))
    return participants


def direct_costs(clicks: Clicks) -> list[Row]:
    """The spend of each node, day and keyword, shared among the day's sessions."""
    visits = grouped(
        clicks.sessions.values(),
        lambda row: (row["started_date"], *(row[name] for name in NODE)),
    )
    spent: dict[tuple[object, ...], Decimal] = defaultdict(Decimal)
    for row in clicks.spend:
        if row["cost_rc"] is not None:
            node = row["date_day"], *(row[name] for name in NODE)
            spent[(*node, row["keyword"], row["kind"])] += row["cost_rc"]
    amounts: dict[tuple[object, ...], int] = defaultdict(int)
    for (*node, keyword, kind), amount in spent.items():
        there = visits.get(tuple(node), [])
        mine = [row for row in there if row["keyword"] == keyword] or there
        persons = sorted(
            (row["person_id"] for row in mine), key=lambda person: (person is None, person or "")
        ) or [None]
        units = int(amount * 1_000_000)
        even, left = divmod(abs(units), len(persons))
        for number, person in enumerate(persons if units else []):
            share = even + (number < left)
            amounts[(*node, kind, person)] += share if units > 0 else -share
    return [
        {
            **dict(zip(("date_day", *NODE, "kind", "person_id"), key, strict=True)),
            "method": "direct",
            "channel": clicks.channel(key[1], key[2])["channel"],
            "target": "(unallocated)" if key[-1] is None else "person",
            "amount_rc": Decimal(units) / 1_000_000,
        }
        for key, units in amounts.items()
    ]


def journeys(clicks: Clicks) -> list[Row]:
    """Every lead, created deal and won deal, with the touches before it as ``before``."""
    found = []
    for lead in clicks.leads:
        dates = {"created_at": lead["opened_at"], "conversion_date": lead["opened_date"]}
        values = {"value_rc": Decimal(0), "margin_rc": None}
        found.append({**lead, **dates, **values, "id": ("lead", lead["lead_id"])})
    for deal in clicks.deals:
        id_, date = deal["deal_id"], {"conversion_date": deal["created_date"]}
        found.append({**deal, **date, "value_rc": deal["amount_rc"], "id": ("deal_created", id_)})
        if deal["is_won"]:
            date = {"conversion_date": deal["outcome_date"]}
            found.append({**deal, **date, "value_rc": deal["revenue_rc"], "id": ("deal_won", id_)})
    rows = []
    for conversion in found:
        touches = clicks.touches_before(conversion)
        path = [channel for channel, _ in groupby(touch["channel"] for touch in touches)]
        shown = [*(["…"] if len(path) > PATH else []), *path[-PATH:]] or [UNATTRIBUTED]
        days = None
        if touches and touches[0]["occurred_at"] <= conversion["created_at"]:
            elapsed = conversion["created_at"] - touches[0]["occurred_at"]
            days = elapsed.total_seconds() / 86400
        named = words("created_at ordered_at person_id conversion_date value_rc margin_rc")
        rows.append(
            {
                **{name: conversion[name] for name in named},
                "conversion_type": conversion["id"][0],
                "conversion_id": conversion["id"][1],
                "converted_at": conversion["created_at"],
                "before": touches,
                "touches": len(touches),
                "days_since_first_touch": days,
                "path": " > ".join(shown),
            }
        )
    return rows


def channel_moves(clicks: Clicks) -> dict[str, dict[str, Counter[str]]]:
    """By conversion type and channel where journeys go next, and how many do."""
    types: dict[str, dict[str, Counter[str]]] = {}
    for (type_,), converted in grouped(
        (row for row in clicks.journeys if row["before"]), lambda row: (row["conversion_type"],)
    ).items():
        persons = {row["person_id"] for row in converted}
        chains = [(row["before"], CONVERSION) for row in converted]
        chains += [
            (touches, NOTHING) for person, touches in clicks.touches_of() if person not in persons
        ]
        types[type_] = moves = defaultdict(Counter)
        for touches, end in chains:
            counted = [touch for touch in touches if not touch["is_direct"]] or touches
            for here, there in pairwise([START, *(t["channel"] for t in counted), end]):
                moves[here][there] += 1
    return types


def move_rows(clicks: Clicks) -> list[Row]:
    """The rows of fct_channel_moves."""
    return [
        {"conversion_type": type_, "origin": here, "target": there, "moves": count}
        for type_, moves in channel_moves(clicks).items()
        for here, counts in moves.items()
        for there, count in counts.items()
    ]


def removal_effects(clicks: Clicks) -> list[Row]:
    """What would be lost without a channel, by solving the chain once with and once without it."""
    rows = []
    for type_, moves in channel_moves(clicks).items():
        rate = _rate(moves)
        for channel in moves.keys() - {START}:
            without = _rate(moves, channel)
            rows.append(
                {
                    "conversion_type": type_,
                    "channel": channel,
                    "touches": moves[channel].total(),
                    "conversion_rate": float(rate),
                    "conversion_rate_without": float(without),
                    "removal_effect": float(1 - without / rate),
                }
            )
    return rows


def _rate(moves: dict[str, Counter[str]], without: str | None = None) -> Fraction:
    """The chance to come from the start to a conversion, never by way of a channel."""
    states = [state for state in moves if state != without]
    chance = {
        state: {there: Fraction(n, moves[state].total()) for there, n in moves[state].items()}
        for state in states
    }
    unsolved = {
        state: {
            "": chance[state].get(CONVERSION, Fraction()),
            **{other: chance[state].get(other, Fraction()) for other in states},
        }
        for state in states
    }
    # One equation after the other is put into the rest, the start's last.
    for state in sorted(states, key=lambda state: state == START):
        own = unsolved.pop(state)
        back = 1 - own.pop(state)
        own = {name: value / back for name, value in own.items()}
        if not unsolved:
            return own[""]
        for equation in unsolved.values():
            share = equation.pop(state)
            for name, value in own.items():
                equation[name] += share * value
    raise AssertionError("no journey at all")


def paths(clicks: Clicks) -> list[Row]:
    """Conversions by the channels that led to them."""
    return [
        {
            "conversion_type": type_,
            "path": path,
            "conversions": len(rows),
            "value_rc": total(row["value_rc"] for row in rows),
            "days_p50": percentile(
                [d for row in rows if (d := row["days_since_first_touch"]) is not None], 0.5
            ),
            "touches_mean": sum(row["touches"] for row in rows) / len(rows),
        }
        for (type_, path), rows in grouped(
            clicks.journeys, lambda row: (row["conversion_type"], row["path"])
        ).items()
    ]
