"""Credit and costs once more, in plain Python, written from the rules alone (see rules.py)."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.reference.rules import Row, World, grouped, words

if TYPE_CHECKING:
    from tests.reference.click_rules import Clicks

NODE = words("source medium campaign")


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
