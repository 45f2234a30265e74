"""Leads and clients once more, in plain Python, written from the rules alone (see rules.py)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.reference.rules import NONE, Row, World, grouped, words

if TYPE_CHECKING:
    from tests.reference.click_rules import Clicks

UNKNOWN = "(unknown)"
ALL = "(all)"
GAP = timedelta(days=30)
SLA_MINUTES = 15
UNTOUCHED = timedelta(days=14)
YEAR = timedelta(days=365)
KINDS = ("call", "enquiry", "contact", "deal")

COLUMNS: dict[str, tuple[str, ...]] = {
    "fct_contact_owners": words("contact_id owner_user_id owned_from owned_to from_main_account"),
    "fct_leads": words(
        """
        lead_id person_id lead_no opened_at opened_date opened_by opening_id contact_channel
        owner_user_id team source medium campaign channel own_source own_medium own_campaign
        last_event_at first_attempt_at minutes_to_first_attempt last_attempt_at
        first_contacted_at minutes_to_first_contact deals deals_won first_deal_id
        became_client_date status
        """
    ),
    "rpt_leads": words(
        """
        date_day user_id source medium channel contact_channel leads new_persons leads_open
        leads_lost leads_no_deal leads_client leads_with_deal never_attempted
        minutes_to_first_attempt_sum minutes_to_first_attempt_count within_sla
        minutes_to_first_contact_sum minutes_to_first_contact_count
        """
    ),
    "rpt_lead_speed": words(
        """
        month user_id first_attempts minutes_to_first_attempt_p50 minutes_to_first_attempt_p90
        first_contacts minutes_to_first_contact_p50 minutes_to_first_contact_p90
        """
    ),
    "rpt_leads_waiting": words(
        """
        lead_id person_id owner_user_id opened_at last_attempt_at days_waiting source
        contact_channel points reasons place
        """
    ),
    "rpt_clients": words("date_day user_id source channel clients_new"),
    "rpt_clients_monthly": words(
        "month user_id clients_active clients_new clients_returning clients_lost"
    ),
}
"""The compared columns of the tables of leads and clients."""


def lead_tables(clicks: Clicks) -> dict[str, list[Row]]:
    """The rows of every compared table of leads and clients."""
    leads = clicks.leads
    return {
        "fct_contact_owners": _owners(clicks.world),
        "fct_leads": leads,
        "rpt_leads": _daily(clicks, leads),
        "rpt_lead_speed": _speed(leads),
        "rpt_leads_waiting": _waiting(clicks, leads),
        "rpt_clients": _clients(clicks),
        "rpt_clients_monthly": _monthly(clicks),
    }


def _owners(world: World) -> list[Row]:
    main_accounts = {panel.handed_from for panel in world.panels}
    changes = [row for row in world.tables["contact_owners"] if row["role"].lower() == "main"]
    rows = []
    for (contact_id,), events in grouped(changes, lambda row: (row["contact_id"],)).items():
        instants = sorted({event["occurred_at in order"] for event in events})
        for at, until in pairwise([*instants, None]):
            now = [event for event in events if event["occurred_at in order"] == at]
            owner = max(event["to_user_id"] for event in now)
            givers = {event["from_user_id"] for event in now if event["to_user_id"] == owner}
            rows.append(
                {
                    "contact_id": contact_id,
                    "owner_user_id": owner,
                    "owned_from": at,
                    "owned_to": until,
                    "from_main_account": bool(givers & main_accounts),
                }
            )
    return rows


def _openings(clicks: Clicks) -> dict[str, list[Row]]:
    """By person everything with which it came, in time order."""
    found: dict[str, list[Row]] = defaultdict(list)

    def add(
        kind: str, id_: str, at: tuple[datetime, datetime], row: Row, labels: list[object], **also
    ) -> None:
        if row["person_id"] is not None:
            own = dict(zip(words("own_source own_medium own_campaign"), labels, strict=True))
            own["own_source"] = own["own_source"] if own["own_source"] != UNKNOWN else None
            opening = {"kind": kind, "id": id_, "at": at[0], "order": at[1]}
            opening |= {"contact_id": row["contact_id"], "channel": NONE, "user": None}
            found[row["person_id"]].append(opening | own | also)

    for row in clicks.calls:
        if row["direction"] == "in" and not row["is_internal"]:
            labels = [row[name] for name in words("source medium campaign")]
            also = {"channel": "call", "user": row["user_id"]}
            at = row["started_at"], row["ordered_at"]
            add("call", row["call_id"], at, row, labels, **also)
    for row in clicks.enquiries:
        labels = [row[name] for name in words("source medium campaign")]
        at = row["occurred_at"], row["ordered_at"]
        add("enquiry", row["enquiry_id"], at, row, labels, channel=row["channel"])
    for row in clicks.contacts:
        card = clicks.card_of(row)[:3]
        at = row["created_at"], clicks.world.surviving[row["contact_id"]]["created_at in order"]
        add("contact", row["contact_id"], at, row, card)
    for row in clicks.deals:
        if row["status"] != "deleted":
            card = [row[name] for name in words("card_source card_medium card_campaign")]
            at = row["created_at"], row["ordered_at"]
            add("deal", row["deal_id"], at, row, card, user=row["owner_user_id"])
    for openings in found.values():
        openings.sort(key=lambda row: (row["order"], KINDS.index(row["kind"]), row["id"]))
    return found


def _begins(opening: Row, before: Row | None, deals: list[Row]) -> bool:
    """Is it a new lead, or does it belong to the one that is running?"""
    if before is None:
        return True
    at = opening["order"]
    for deal in deals:
        if deal["ordered_at"] < at and deal["is_open"]:
            return False
        if deal["is_open"] or deal["closed_at"] is None:
            continue
        if deal["ordered_at"] < at < deal["closed_in_order_at"]:
            return False
    if at - before["order"] > GAP:
        return True
    return any(
        before["order"] < deal["closed_in_order_at"] <= at
        for deal in deals
        if not deal["is_open"] and deal["closed_at"] is not None
    )


def lead_rows(clicks: Clicks) -> list[Row]:
    """The rows of fct_leads."""
    world, clocks = clicks.world, clicks.world.clocks
    living = [deal for deal in clicks.deals if deal["status"] != "deleted"]
    deals_of = grouped(living, lambda row: (row["person_id"],))
    talks_of = grouped(_talks(clicks), lambda row: (row["person_id"],))
    owners_of = grouped(_owners(world), lambda row: (row["contact_id"],))
    rows = []
    for person, openings in _openings(clicks).items():
        deals = deals_of.get((person,), [])
        leads: list[list[Row]] = []
        for before, opening in pairwise([None, *openings]):
            if _begins(opening, before, deals):
                leads.append([])
            leads[-1].append(opening)
        for number, (lead, following) in enumerate(pairwise([*leads, None]), start=1):
            first, until = lead[0], following and following[0]["at"]

            def within(at: datetime, first: Row = first, until: datetime | None = until) -> bool:
                return first["at"] <= at and (until is None or at < until)

            talks = sorted(
                (row for row in talks_of.get((person,), []) if within(row["at"])),
                key=lambda row: row["at"],
            )
            created = {opening["id"] for opening in lead if opening["kind"] == "deal"}
            own = [deal for deal in deals if deal["deal_id"] in created]
            own.sort(key=lambda row: (row["ordered_at"], row["deal_id"]))
            won = [deal for deal in own if deal["is_won"]]
            attempts = [row["at"] for row in talks if row["is_attempt"]]
            tries = [row["at"] for row in talks if row["is_outbound"]]
            contacts = [
                row["at"]
                for row in talks
                if row["is_contact"] or (row["is_reply"] and tries and tries[0] < row["at"])
            ]
            owner = first["user"] or _owner_at(clicks, owners_of, first)
            attempted, contacted = min(attempts, default=None), min(contacts, default=None)
            last_event_at = max(opening["at"] for opening in lead)
            if won:
                status = "client"
            elif any(deal["is_open"] for deal in own):
                status = "open"
            elif own:
                status = "lost"
            else:
                status = "open" if clocks.as_of - last_event_at <= GAP else "no deal"
            rows.append(
                {
                    "lead_id": f"{person}:{number}",
                    "person_id": person,
                    "lead_no": number,
                    "opened_at": first["at"],
                    "ordered_at": first["order"],
                    "opened_date": clocks.day(first["at"]),
                    "opened_by": first["kind"],
                    "opening_id": first["id"],
                    "contact_channel": first["channel"],
                    "owner_user_id": owner,
                    "team": world.team(owner, first["at"]),
                    **{name: first[name] for name in words("own_source own_medium own_campaign")},
                    **clicks.first_source(person),
                    "last_event_at": last_event_at,
                    "first_attempt_at": attempted,
                    "minutes_to_first_attempt": _minutes(first["at"], attempted),
                    "last_attempt_at": max(attempts, default=None),
                    "first_contacted_at": contacted,
                    "minutes_to_first_contact": _minutes(first["at"], contacted),
                    "deals": len(own) if clicks.deals else None,
                    "deals_won": len(won) if clicks.deals else None,
                    "first_deal_id": own[0]["deal_id"] if own else None,
                    "became_client_date": min((deal["outcome_date"] for deal in won), default=None),
                    "status": status,
                }
            )
    return rows


def _talks(clicks: Clicks) -> list[Row]:
    """Calls of either direction and e-mails from person to person."""
    world = clicks.world
    rows = []
    for call in clicks.calls:
        if not call["is_internal"]:
            is_out, is_answered = call["direction"] == "out", call["is_answered"]
            rows.append(
                {
                    "person_id": call["person_id"],
                    "at": call["started_at"],
                    "is_outbound": is_out,
                    "is_attempt": is_out or is_answered,
                    "is_contact": is_answered,
                    "is_reply": False,
                }
            )
    for mail in world.tables["emails"]:
        if mail["kind"] == "one_to_one":
            is_out = mail["direction"] == "out"
            rows.append(
                {
                    "person_id": world.person_of.get(world.survivor(mail["contact_id"])),
                    "at": mail["sent_at"],
                    "is_outbound": is_out,
                    "is_attempt": is_out,
                    "is_contact": False,
                    "is_reply": not is_out,
                }
            )
    return rows


def _owner_at(clicks: Clicks, owners_of: dict[tuple[object, ...], list[Row]], opening: Row) -> str:
    for span in owners_of.get((opening["contact_id"],), []):
        if span["owned_from"] <= opening["order"] and (
            span["owned_to"] is None or opening["order"] < span["owned_to"]
        ):
            return span["owner_user_id"]
    card = clicks.world.surviving.get(opening["contact_id"])
    return (card and card["owner_user_id"]) or NONE


def _minutes(start: datetime, end: datetime | None) -> float | None:
    return (end - start).total_seconds() / 60 if end else None


def _daily(clicks: Clicks, leads: list[Row]) -> list[Row]:
    is_measured = bool(clicks.calls or clicks.world.tables["emails"])
    names = ("opened_date", "owner_user_id", "source", "medium", "channel", "contact_channel")
    rows = []
    for key, group in grouped(leads, lambda row: tuple(row[name] for name in names)).items():
        statuses = [row["status"] for row in group]
        deals = [row["deals"] for row in group if row["deals"] is not None]
        attempts = [m for row in group if (m := row["minutes_to_first_attempt"]) is not None]
        contacts = [m for row in group if (m := row["minutes_to_first_contact"]) is not None]
        worked = {
            "never_attempted": len(group) - len(attempts),
            "minutes_to_first_attempt_sum": sum(attempts),
            "minutes_to_first_attempt_count": len(attempts),
            "within_sla": sum(1 for minutes in attempts if minutes <= SLA_MINUTES),
            "minutes_to_first_contact_sum": sum(contacts),
            "minutes_to_first_contact_count": len(contacts),
        }
        rows.append(
            {
                **dict(zip(("date_day", "user_id", *names[2:]), key, strict=True)),
                "leads": len(group),
                "new_persons": sum(1 for row in group if row["lead_no"] == 1),
                "leads_open": statuses.count("open"),
                "leads_lost": statuses.count("lost"),
                "leads_no_deal": statuses.count("no deal"),
                "leads_client": statuses.count("client"),
                "leads_with_deal": sum(1 for count in deals if count) if deals else None,
                **(worked if is_measured else dict.fromkeys(worked)),
            }
        )
    return rows


def percentile(values: list[float], share: float) -> float | None:
    """Between two of the ordered values, by straight line."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _speed(leads: list[Row]) -> list[Row]:
    rows = []
    cells = grouped(leads, lambda row: (row["opened_date"].replace(day=1), row["owner_user_id"]))
    for (month, user_id), group in cells.items():
        row: Row = {"month": month, "user_id": user_id}
        for name, count in (("attempt", "first_attempts"), ("contact", "first_contacts")):
            column = f"minutes_to_first_{name}"
            values = [lead[column] for lead in group if lead[column] is not None]
            row[count] = len(values)
            row[f"{column}_p50"] = percentile(values, 0.5)
            row[f"{column}_p90"] = percentile(values, 0.9)
        rows.append(row)
    return rows


def _waiting(clicks: Clicks, leads: list[Row]) -> list[Row]:
    as_of = clicks.world.clocks.as_of
    rows = []
    for lead in leads:
        since = as_of - (lead["last_attempt_at"] or lead["opened_at"])
        if lead["status"] == "open" and (lead["last_attempt_at"] is None or since > UNTOUCHED):
            rows.append({**lead, "days_waiting": since.total_seconds() / 86400})
    return rows


def _won(clicks: Clicks) -> dict[tuple[object, ...], list[Row]]:
    """By person its won deals, the earliest outcome first."""
    won = [deal for deal in clicks.deals if deal["is_won"] and deal["person_id"] is not None]
    won.sort(key=lambda deal: (deal["outcome_date"], deal["deal_id"]))
    return grouped(won, lambda deal: (deal["person_id"],))


def _clients(clicks: Clicks) -> list[Row]:
    firsts = [deals[0] for deals in _won(clicks).values()]
    cells = grouped(
        firsts,
        lambda deal: (
            deal["outcome_date"],
            deal["manager_user_id"] or NONE,
            deal["source"],
            deal["channel"],
        ),
    )
    names = words("date_day user_id source channel")
    return [
        {**dict(zip(names, key, strict=True)), "clients_new": len(group)}
        for key, group in cells.items()
    ]


def _monthly(clicks: Clicks) -> list[Row]:
    eve = clicks.world.clocks.day(clicks.world.clocks.as_of) - timedelta(days=1)
    counts: dict[tuple[date, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for (person,), deals in _won(clicks).items():
        first = deals[0]["outcome_date"].replace(day=1)
        for user in {ALL, *(deal["manager_user_id"] or NONE for deal in deals)}:
            own = [deal for deal in deals if user in (ALL, deal["manager_user_id"] or NONE)]
            days = [deal["outcome_date"] for deal in own]
            for deal in own:
                month = deal["outcome_date"].replace(day=1)
                if deal is deals[0]:
                    counts[month, user]["clients_new"].add(person)
                if month > first:
                    counts[month, user]["clients_returning"].add(person)
            was_active, month = False, min(days).replace(day=1)
            while month <= eve:
                following = (month + timedelta(days=32)).replace(day=1)
                last = min(following - timedelta(days=1), eve)
                is_active = any(last - YEAR < day <= last for day in days)
                if is_active:
                    counts[month, user]["clients_active"].add(person)
                elif was_active:
                    counts[month, user]["clients_lost"].add(person)
                was_active, month = is_active, following
    names = words("clients_active clients_new clients_returning clients_lost")
    return [
        {"month": month, "user_id": user, **{name: len(cell[name]) for name in names}}
        for (month, user), cell in counts.items()
    ]
