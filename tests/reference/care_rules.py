"""Whose work lead routing was, once more, in plain Python, from the rules alone (see rules.py)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

from tests.reference.rules import NONE, Row, World, grouped, words

if TYPE_CHECKING:
    from tests.reference.click_rules import Clicks

ALL = "(all)"
STEPS = words("received contacted cp1_entered cp2_entered final_entered")

COLUMNS: dict[str, tuple[str, ...]] = {
    "dim_lead_routing_panel_sources": words("panel_id source_tag label priority"),
    "rpt_lead_routing_seller_work": words(
        """
        panel_id acquired_date source_tag user_id team received contacted cp1_entered cp2_entered
        final_entered reassigned_in reassigned_out
        """
    ),
    "rpt_lead_routing_speed": words(
        """
        panel_id month user_id hours_to_handover_mean hours_to_handover_p50 hours_to_handover_p90
        hours_to_handover_count waiting waiting_hours_mean waiting_hours_max
        """
    ),
    "rpt_unrouted_contacts": words("contact_id created_date owner_user_id source reason"),
}
"""The compared columns of these tables."""


def care_tables(clicks: Clicks, acquisition: list[Row]) -> dict[str, list[Row]]:
    """The rows of every compared table of this file; completes those of ``acquisition``."""
    for row in acquisition:
        row["contacted_by"] = _owner_at(clicks.world, row, "contacted")
        row["first_activity_at"] = _first_activity(clicks, row)
    return {
        "dim_lead_routing_panel_sources": _panel_sources(clicks.world),
        "rpt_lead_routing_seller_work": _seller_work(clicks.world, acquisition),
        "rpt_lead_routing_speed": _speed(clicks.world, acquisition),
        "rpt_unrouted_contacts": _unrouted(clicks, acquisition),
    }


# Lead routing


def _panel_sources(world: World) -> list[Row]:
    active = {panel.panel_id for panel in world.panels}
    return [
        {**row, "priority": int(row["priority"])}
        for row in world.seeds.get("lead_routing_panel_sources", [])
        if row["panel_id"] in active
    ]


def _owner_at(world: World, row: Row, step: str) -> str | None:
    """The contact's main owner when it took the step."""
    at = row["steps"][step]
    if at is None:
        return None
    before = [
        event
        for event in world.tables["contact_owners"]
        if event["contact_id"] == row["contact_id"]
        and event["role"].lower() == "main"
        and event["occurred_at in order"] <= at
    ]
    latest = max((event["occurred_at in order"] for event in before), default=None)
    holders = [event["to_user_id"] for event in before if event["occurred_at in order"] == latest]
    return max(holders, default=NONE)


def _first_activity(clicks: Clicks, row: Row) -> object:
    """When somebody first called or wrote to the contact, at or after it was acquired."""
    outbound = [
        (call["ordered_at"], call["started_at"])
        for call in clicks.calls
        if call["direction"] == "out"
        and not call["is_internal"]
        and call["contact_id"] == row["contact_id"]
    ]
    outbound += [
        (mail["sent_at"], mail["sent_at"])
        for mail in clicks.world.tables.get("emails", [])
        if mail["direction"] == "out"
        and mail["kind"] == "one_to_one"
        and clicks.world.survivor(mail["contact_id"]) == row["contact_id"]
    ]
    later = [moment for moment in outbound if moment[0] >= row["acquired_at"]]
    return min(later)[1] if later else None


def _seller_work(world: World, acquisition: list[Row]) -> list[Row]:
    names = words("panel_id acquired_date source_tag")
    cells: dict[tuple[object, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    teams: dict[tuple[object, ...], set[str | None]] = defaultdict(set)

    def count(cohort: tuple[object, ...], user_id: str, step: str, at: datetime) -> None:
        cells[*cohort, user_id][step] += 1
        teams[*cohort, user_id].add(world.team(user_id, at))

    for row in acquisition:
        cohort = tuple(row[name] for name in names)
        for step in STEPS:
            if row["steps"][step] is not None:
                count(cohort, _owner_at(world, row, step), step, row["steps"][step])
        for giver, taker, at in row["reassigned"]:
            count(cohort, giver or NONE, "reassigned_out", at)
            count(cohort, taker, "reassigned_in", at)
    counted = (*STEPS, "reassigned_in", "reassigned_out")
    return [
        {
            **dict(zip((*names, "user_id"), key, strict=True)),
            "team": next(iter(teams[key])) if len(teams[key]) == 1 else "(several)",
            **{name: cell[name] for name in counted},
        }
        for key, cell in cells.items()
    ]


def percentile(values: list[float], share: float) -> float | None:
    """Between two of the ordered values, by straight line."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _speed(world: World, acquisition: list[Row]) -> list[Row]:
    cells: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in acquisition:
        month = row["acquired_date"].replace(day=1)
        for user_id in (row["handed_over_to"] or NONE, ALL):
            cells[row["panel_id"], month, user_id].append(row)
    rows = []
    for key, group in cells.items():
        hours = [row["hours_to_handover"] for row in group if row["hours_to_handover"] is not None]
        waits = [
            (world.clocks.as_of - row["acquired_at"]).total_seconds() / 3600
            for row in group
            if row["handover_status"] == "waiting"
        ]
        rows.append(
            {
                **dict(zip(words("panel_id month user_id"), key, strict=True)),
                "hours_to_handover_mean": _mean(hours),
                "hours_to_handover_p50": percentile(hours, 0.5),
                "hours_to_handover_p90": percentile(hours, 0.9),
                "hours_to_handover_count": len(hours),
                "waiting": len(waits),
                "waiting_hours_mean": _mean(waits),
                "waiting_hours_max": max(waits, default=None),
            }
        )
    return rows


def _unrouted(clicks: Clicks, acquisition: list[Row]) -> list[Row]:
    world = clicks.world
    routed = {row["contact_id"] for row in acquisition}
    active = {panel.panel_id for panel in world.panels}
    inactive_tags = {
        row["source_tag"]
        for row in world.seeds.get("lead_routing_panel_sources", [])
        if row["panel_id"] not in active
    }
    adds = [row for row in world.tables["contact_tags"] if row["action"] == "add"]
    tags = grouped(adds, lambda row: (row["contact_id"],))
    rows = []
    for contact in clicks.contacts:
        if contact["contact_id"] not in routed:
            own = {row["tag"] for row in tags.get((contact["contact_id"],), [])}
            reason = "panel inactive" if own & inactive_tags else "no source tag"
            rows.append({**contact, "reason": reason})
    return rows
