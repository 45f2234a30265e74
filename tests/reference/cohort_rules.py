"""Cohorts, demand, audiences and pools of numbers once more, in plain Python, from the rules alone.

See rules.py for what that means.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, permutations
from math import ceil, floor, prod
from typing import TYPE_CHECKING, Any

from tests.reference.pipeline_rules import deals_of, today_of
from tests.reference.rules import NONE, Row, grouped, phone_number, total, words

if TYPE_CHECKING:
    from tests.reference.click_rules import Clicks

UNKNOWN = "(unknown)"
OTHER = "(other)"
TRAITS = words("country region gender age_band channel")
ORIGINS = {
    "web": words("session enquiry"),
    "call_tracking": words("call_dynamic call_vendor call_static"),
    "manual": ("tag",),
    "crm_card": words("crm_card crm_deal"),
}
"""The origins of a source and their evidence, the one that tells most first."""

AGES = ((0, 17), (18, 24), (25, 34), (35, 44), (45, 54), (55, 64))
BANDS = {7: "0-7", 30: "8-30", 90: "31-90"}
REVENUE_LINKS = words("spend_rc leads deals_created deals_won revenue_rc")
FACTORS = words("spend leads_per_spend deals_per_lead wins_per_deal revenue_per_win")
GAINS = words("clients deals_won deals_with_margin revenue_rc margin_rc")

COLUMNS: dict[str, tuple[str, ...]] = {
    "rpt_demand": words(
        "month demand_class deals_won deals_won_in_month share revenue_rc conflicts"
    ),
    "rpt_source_conflicts": words(
        "month origin_a source_a origin_b source_b persons deals_won revenue_rc"
    ),
    "rpt_demographics": ("month", *TRAITS, *words("persons leads clients revenue_rc")),
    "rpt_stage_audience": words(
        "pipeline stage contact_id days_band owner_user_id person_id days_in_stage"
    ),
    "rpt_cohorts": words(
        """
        cohort_basis cohort_month channel source months_since month persons clients active_clients
        deals_won deals_with_margin revenue_rc margin_rc spend_rc cumulative_persons
        cumulative_clients cumulative_deals_won cumulative_deals_with_margin cumulative_revenue_rc
        cumulative_margin_rc cumulative_spend_rc payback_months payback_month payback_by_revenue
        """
    ),
    "rpt_number_pools": words(
        """
        date_day pool leases peak_concurrent calls ambiguous_calls numbers numbers_needed_95
        numbers_needed_99
        """
    ),
    "rpt_revenue_changes": words(
        "period_type period_start slice member factor effect_rc is_complete"
    ),
}
"""The compared columns of these tables."""


def cohort_tables(clicks: Clicks, tables: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """The rows of every compared table of this file; ``tables`` are those they are made from."""
    return {
        "rpt_demand": _demand(clicks),
        "rpt_source_conflicts": _conflicts(clicks),
        "rpt_demographics": _demographics(clicks),
        "rpt_stage_audience": _audience(clicks, tables),
        "rpt_cohorts": _cohorts(clicks),
        "rpt_revenue_changes": _revenue_changes(clicks, tables),
        "rpt_number_pools": _number_pools(clicks),
    }


def _month(day: date) -> date:
    return day.replace(day=1)


def _won(clicks: Clicks) -> list[Row]:
    return [deal for deal in clicks.deals if deal["is_won"]]


def _class_of(clicks: Clicks, source: str | None, medium: str | None) -> str | None:
    return clicks.channel(source, medium)["demand_class"]


def _is_paid(channel: Row) -> bool:
    return (channel.get("is_paid") or "").strip().lower() in ("true", "yes", "1")


def _demand(clicks: Clicks) -> list[Row]:
    """What made people come who bought, and whose cards and visits disagree on it."""
    told = {
        row["person_id"]
        for row in clicks.candidates
        if row["evidence"] == "crm_card"
        and _class_of(clicks, row["source"], row["medium"]) == "word_of_mouth"
    }
    paid = [
        touch
        for touch in clicks.touches()
        if _is_paid(clicks.channel(touch["source"], touch["medium"]))
    ]

    def is_conflict(deal: Row) -> bool:
        card = _class_of(clicks, deal["card_source"], deal["card_medium"])
        says_so = deal["card_source"] is not None and card == "word_of_mouth"
        if not says_so and deal["person_id"] not in told:
            return False
        at, day_end = deal["created_at"], deal["ordered_at"]
        return any(
            touch["person_id"] == deal["person_id"]
            and (
                touch["occurred_at"] < at
                or (day_end > at and at <= touch["occurred_at"] <= day_end)
            )
            for touch in paid
        )

    rows = []
    for (month,), deals in grouped(_won(clicks), lambda d: (_month(d["outcome_date"]),)).items():
        for (name,), own in grouped(deals, lambda deal: (deal["demand_class"],)).items():
            rows.append(
                {
                    "month": month,
                    "demand_class": name,
                    "deals_won": len(own),
                    "deals_won_in_month": len(deals),
                    "share": len(own) / len(deals),
                    "revenue_rc": total(deal["revenue_rc"] for deal in own),
                    "conflicts": sum(map(is_conflict, own)),
                }
            )
    return rows


def _conflicts(clicks: Clicks) -> list[Row]:
    """Where two origins name two sources for one person."""
    cells: dict[tuple[object, ...], set[str]] = defaultdict(set)
    for (person,), evidence in grouped(clicks.candidates, lambda row: (row["person_id"],)).items():
        evidence.sort(key=lambda row: row["candidate_no"])
        month = _month(clicks.world.clocks.day(evidence[0]["occurred_at"]))
        said = {}
        for origin, kinds in ORIGINS.items():
            named = [
                row["source"]
                for row in evidence
                if row["evidence"] in kinds
                and not row["is_direct"]
                and row["source"] not in (None, NONE, UNKNOWN)
            ]
            if named:
                said[origin] = named[0]
        origins = list(said)
        for at, first in enumerate(origins):
            for second in origins[at + 1 :]:
                if said[first] != said[second]:
                    cells[month, first, said[first], second, said[second]].add(person)
    rows = []
    for cell, persons in cells.items():
        deals = [deal for deal in _won(clicks) if deal["person_id"] in persons]
        revenue = sum((deal["revenue_rc"] or 0 for deal in deals), Decimal(0))
        row = dict(zip(COLUMNS["rpt_source_conflicts"], cell, strict=False))
        row["persons"] = len(persons)
        row["deals_won"] = len(deals) if clicks.deals else None
        row["revenue_rc"] = revenue if clicks.deals else None
        rows.append(row)
    return rows


def _demographics(clicks: Clicks) -> list[Row]:
    """Who comes and who buys, without showing the few."""
    cells: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for contact in clicks.contacts:
        if contact["contact_id"] == contact["person_id"]:
            card = clicks.world.surviving[contact["contact_id"]]
            known = {**card, "age_band": _age_band(clicks, card), "channel": contact["channel"]}
            traits = [known[name] or UNKNOWN for name in TRAITS]
            cells[_month(contact["created_date"]), *traits].append(contact["person_id"])
    shown: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for (month, *traits), persons in cells.items():
        is_small = len(persons) < clicks.world.clocks.small_cell
        shown[month, *([OTHER] * len(TRAITS) if is_small else traits)] += persons
    rows = []
    for cell, persons in shown.items():
        deals = [deal for deal in _won(clicks) if deal["person_id"] in persons]
        revenue = sum((deal["revenue_rc"] or 0 for deal in deals), Decimal(0))
        rows.append(
            {
                **dict(zip(COLUMNS["rpt_demographics"], cell, strict=False)),
                "persons": len(persons),
                "leads": sum(1 for lead in clicks.leads if lead["person_id"] in persons),
                "clients": len({deal["person_id"] for deal in deals}) if clicks.deals else None,
                "revenue_rc": revenue if clicks.deals else None,
            }
        )
    return rows


def _age_band(clicks: Clicks, card: Row) -> str | None:
    """By full years at as_of, of those who are born."""
    if card["birth_date"] is None:
        return None
    born = date.fromisoformat(card["birth_date"])
    today = clicks.world.clocks.day(clicks.world.clocks.as_of)
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if age < 0:
        return None
    return next((f"{low}-{high}" for low, high in AGES if age <= high), "65+")


def _audience(clicks: Clicks, tables: dict[str, list[Row]]) -> list[Row]:
    """Whom to write to: who stands where, and since when."""
    world, as_of, today = clicks.world, clicks.world.clocks.as_of, today_of(clicks.world)
    cards = {row["contact_id"]: row for row in clicks.contacts}
    days_of = {row["deal_id"]: row["days_in_stage"] for row in tables["rpt_deal_journal"]}
    owner_of = {
        row["contact_id"]: row["owner_user_id"]
        for row in tables["fct_contact_owners"]
        if row["owned_to"] is None
    }
    names = words("pipeline stage contact_id days_in_stage owner order")
    standing = [
        dict(
            zip(
                names,
                (
                    *(*deal.place(today), deal.row["contact_id"], days_of[deal.row["deal_id"]]),
                    *(deal.row["owner_user_id"], (0, deal.row["deal_id"])),
                ),
                strict=True,
            )
        )
        for deal in deals_of(clicks)
        if deal.row["is_open"] and deal.row["contact_id"] != "(no contact)"
    ]
    events = grouped(world.tables["contact_stages"], lambda r: (r["contact_id"], r["pipeline"]))
    for (contact_id, pipeline), own in events.items():
        last = max(own, key=lambda row: _stage_order(clicks, row))
        if world.kind(pipeline, last["stage"]) in (None, "open"):
            card = cards.get(contact_id)
            owner = owner_of.get(contact_id) or (card and card["owner_user_id"])
            days = (as_of - last["occurred_at"]) / timedelta(days=1)
            values = (pipeline, last["stage"], contact_id, days, owner, (1, contact_id))
            standing.append(dict(zip(names, values, strict=True)))
    rows = []
    for cell, group in grouped(standing, lambda row: tuple(row[n] for n in names[:3])).items():
        card = cards.get(cell[2])
        if card is None or not card["is_deleted"]:
            latest = min(group, key=_latest)
            days = latest["days_in_stage"]
            rows.append(
                {
                    **dict(zip(names, cell, strict=False)),
                    "days_band": _band(days),
                    "owner_user_id": latest["owner"] or NONE,
                    "person_id": card and card["person_id"],
                    "days_in_stage": days,
                }
            )
    return rows


def _stage_order(clicks: Clicks, event: Row) -> tuple[object, ...]:
    position = clicks.world.position(event["pipeline"], event["stage"])
    return event["occurred_at in order"], -1 if position is None else position, event["stage"]


def _latest(row: Row) -> tuple[object, ...]:
    return row["days_in_stage"] is None, row["days_in_stage"] or 0, row["order"]


def _band(days: float | None) -> str:
    if days is None:
        return UNKNOWN
    return next((name for last, name in BANDS.items() if int(days) <= last), "91+")


def _cohorts(clicks: Clicks) -> list[Row]:
    """What the persons of a month cost and brought, month by month."""
    clock = clicks.world.clocks
    began = {
        row["person_id"]: clock.day(row["occurred_at"])
        for row in clicks.candidates
        if row["candidate_no"] == 1
    }
    deals_of = grouped(
        (deal for deal in _won(clicks) if deal["person_id"] is not None),
        lambda deal: (deal["person_id"],),
    )
    members: dict[tuple[object, ...], list[str]] = defaultdict(list)
    spend: dict[tuple[object, ...], Decimal] = defaultdict(Decimal)
    cohort_of = {}
    for contact in clicks.contacts:
        person = contact["person_id"]
        if contact["contact_id"] != person:
            continue
        node = contact["channel"], contact["source"]
        first = _month(began.get(person, contact["created_date"]))
        members["first_candidate", first, *node].append(person)
        if deals := deals_of.get((person,)):
            bought = _month(min(deal["outcome_date"] for deal in deals))
            cohort_of[person] = ("first_won", bought, *node)
            members[cohort_of[person]].append(person)
    for row in clicks.costs:
        if row["method"] == "spread":
            node = row["channel"], row["source"]
            spend["first_candidate", row["date_day"], *node] += row["amount_rc"]
            if row["person_id"] in cohort_of:
                spend[cohort_of[row["person_id"]]] += row["amount_rc"]
    last = _month(clock.day(clock.as_of) - timedelta(days=1))
    rows = []
    for cohort in members.keys() | spend.keys():
        persons = members.get(cohort, [])
        deals = [deal for person in persons for deal in deals_of.get((person,), [])]
        rows += _cohort(clicks, cohort, persons, deals, spend.get(cohort, Decimal(0)), last)
    return rows


def _cohort(
    clicks: Clicks,
    cohort: tuple[object, ...],
    persons: list[str],
    deals: list[Row],
    cost: Decimal,
    last: date,
) -> list[Row]:
    start = cohort[1]
    assert isinstance(start, date)
    won_at: dict[int, list[Row]] = defaultdict(list)
    for deal in deals:
        won_at[_months(start, deal["outcome_date"])].append(deal)
    first_purchase = {
        person: min(deal["outcome_date"] for deal in deals if deal["person_id"] == person)
        for person in {deal["person_id"] for deal in deals}
    }
    by_revenue = any(deal["margin_rc"] is None for deal in deals)
    sums: Row = defaultdict(int)
    rows, payback = [], None
    for since in range(min([0, *won_at]), max([0, _months(start, last), *won_at]) + 1):
        own = won_at[since]
        margins = [deal["margin_rc"] for deal in own if deal["margin_rc"] is not None]
        month: Row = {
            "persons": len(persons) if since == 0 else 0,
            "clients": sum(1 for day in first_purchase.values() if _months(start, day) == since),
            "deals_won": len(own),
            "deals_with_margin": len(margins),
            "revenue_rc": sum((deal["revenue_rc"] or 0 for deal in own), Decimal(0)),
            "margin_rc": sum(margins, Decimal(0)),
            "spend_rc": cost if since == 0 else Decimal(0),
        }
        for name, value in month.items():
            sums[name] += value
        gain = sums["revenue_rc" if by_revenue else "margin_rc"]
        if payback is None and cost > 0 and gain >= cost:
            payback = since
        month["active_clients"] = len({deal["person_id"] for deal in own})
        month |= {f"cumulative_{name}": value for name, value in sums.items()}
        unknown = [] if clicks.deals else [*GAINS, "active_clients"]
        unknown += [] if clicks.spend else ["spend_rc"]
        month |= {name: None for name in month if name.removeprefix("cumulative_") in unknown}
        rows.append(
            {
                **dict(zip(COLUMNS["rpt_cohorts"], cohort, strict=False)),
                **{"months_since": since, "month": _later(start, since)},
                **month,
                "payback_by_revenue": by_revenue,
            }
        )
    for row in rows:
        row["payback_months"] = payback
        row["payback_month"] = None if payback is None else _later(start, payback)
    return rows


def _months(earlier: date, later: date) -> int:
    return 12 * (later.year - earlier.year) + later.month - earlier.month


def _later(month: date, months: int) -> date:
    years, month_no = divmod(month.month - 1 + months, 12)
    return date(month.year + years, month_no + 1, 1)


def _revenue_changes(clicks: Clicks, tables: dict[str, list[Row]]) -> list[Row]:
    """Which factor did what to the change of revenue, over all orders of the factors."""
    sums: dict[tuple[str, date, str, str], dict[str, Fraction]] = {}

    def happen(day: date, slice_: str, member: str | None, **links: object) -> None:
        quarter = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        for period_type, start in (("month", _month(day)), ("quarter", quarter)):
            cell = sums.setdefault(
                (period_type, start, slice_, member or NONE),
                dict.fromkeys(REVENUE_LINKS, Fraction(0)),
            )
            for name, value in links.items():
                cell[name] += Fraction(value or 0)

    for row in tables["rpt_channel_performance"]:
        links = {name: row[name] for name in REVENUE_LINKS}
        happen(row["date_day"], "all", "(all)", **links)
        happen(row["date_day"], "channel", row["channel"], **links)
    for lead in clicks.leads:
        happen(lead["opened_date"], "manager", lead["owner_user_id"], leads=1)
    for deal in clicks.deals:
        for slice_, member in (("manager", "manager_user_id"), ("pipeline", "pipeline")):
            happen(deal["created_date"], slice_, deal[member], deals_created=1)
            if deal["is_won"]:
                won = {"deals_won": 1, "revenue_rc": deal["revenue_rc"]}
                happen(deal["outcome_date"], slice_, deal[member], **won)
    if not sums:
        return []
    clock = clicks.world.clocks
    first = min(start for kind, start, _, _ in sums if kind == "month")
    last = max(
        *(start for kind, start, _, _ in sums if kind == "month"),
        clock.day(clock.as_of) - timedelta(days=1),
    )
    nothing = dict.fromkeys(REVENUE_LINKS, Fraction(0))
    rows = []
    for period_type, months in (("month", 1), ("quarter", 3)):
        before = first.replace(month=(first.month - 1) // months * months + 1)
        while (start := _later(before, months)) <= last:
            for slice_, member in {(each[2], each[3]) for each in sums}:
                was, now = (
                    sums.get((period_type, day, slice_, member), nothing) for day in (before, start)
                )
                if any(was.values()) or any(now.values()):
                    for factor, cents in revenue_effects(was, now).items():
                        rows.append(
                            {
                                "period_type": period_type,
                                "period_start": start,
                                "slice": slice_,
                                "member": member,
                                "factor": factor,
                                "effect_rc": Decimal(cents) / 100,
                                "is_complete": _later(start, months) <= clock.day(clock.as_of),
                            }
                        )
            before = start
    return rows


def revenue_effects(was: dict[str, Fraction], now: dict[str, Fraction]) -> dict[str, int]:
    """What each factor did to the change of revenue, in cents: the mean over all its orders."""
    change = int((now["revenue_rc"] - was["revenue_rc"]) * 100)
    for side, word in ((was, "new"), (now, "gone")):
        if not any(side.values()):
            return {word: change}
    measured = [
        name
        for at, name in enumerate(REVENUE_LINKS)
        if all(side[name] or not any(side[n] for n in REVENUE_LINKS[at:]) for side in (was, now))
    ]
    values: dict[str, list[Fraction]] = {}
    for before, name in pairwise([None, *measured]):
        ratios = [
            (side[name] if before is None else side[name] / side[before] if side[before] else None)
            for side in (was, now)
        ]
        known = next((ratio for ratio in ratios if ratio is not None), None)
        if known is not None:
            factor = FACTORS[REVENUE_LINKS.index(name)]
            values[factor] = [known if ratio is None else ratio for ratio in ratios]
    effects = dict.fromkeys(values, Fraction(0))
    orders = list(permutations(values))
    for order in orders:
        chosen = {factor: pair[0] for factor, pair in values.items()}
        revenue = prod(chosen.values())
        for factor in order:
            chosen[factor] = values[factor][1]
            effects[factor] += (prod(chosen.values()) - revenue) * 100 / len(orders)
            revenue = prod(chosen.values())
    cents = {factor: floor(effect) for factor, effect in effects.items()}
    by_remainder = sorted(effects, key=lambda factor: cents[factor] - effects[factor])
    for factor in by_remainder[: change - sum(cents.values())]:
        cents[factor] += 1
    return cents


def _number_pools(clicks: Clicks) -> list[Row]:
    """How many numbers were taken at once, and how many would have been enough."""
    world, clocks = clicks.world, clicks.world.clocks
    spans: dict[tuple[str, datetime], Row] = {}
    for row in world.tables["tracking_numbers"]:
        phone = phone_number(row["phone"], clocks.phone_region)
        if phone:
            key = phone, row["valid_from"]
            spans[key] = min(spans.get(key, row), row, key=_span_order)
    numbers = [(key[0], row) for key, row in spans.items() if row["kind"] == "pool"]

    def pool_of(phone: str | None, at: datetime) -> str | None:
        held = [
            row
            for number, row in numbers
            if number == phone
            and row["valid_from"] <= at
            and (row["valid_to"] is None or at < row["valid_to"])
        ]
        return max(held, key=lambda row: row["valid_from"])["pool"] or NONE if held else None

    ends: dict[tuple[str, str, datetime], datetime] = {}
    released: dict[tuple[str, str, datetime], datetime | None] = {}
    for row in world.tables["number_leases"]:
        phone = phone_number(row["phone"], clocks.phone_region)
        if phone and row["leased_at"] < clocks.as_of:
            key = phone, row["session_id"], row["leased_at"]
            known = [at for at in (released.get(key), row["released_at"]) if at is not None]
            released[key] = max(known, default=None)
    for key, at in released.items():
        longest = key[2] + timedelta(minutes=clocks.lease_max_minutes)
        ends[key] = max(key[2], longest if at is None else at)
    pools: dict[str, list[tuple[datetime, str, str, datetime]]] = defaultdict(list)
    for (phone, session, at), end in ends.items():
        pools[pool_of(phone, at) or NONE].append((at, phone, session, end))
    grace = timedelta(minutes=clocks.lease_grace_minutes)

    def taken(leases: list[Any], lease: Any, extra: timedelta) -> int:
        before = [each for each in leases if each[:3] <= lease[:3]]
        return sum(1 for each in before if each[0] == lease[0] or each[3] + extra > lease[0])

    cells: dict[tuple[str, date], Row] = defaultdict(lambda: {"held": [], "covered": []})
    for pool, leases in pools.items():
        for lease in leases:
            day, last = clocks.day(lease[0]), clocks.day(lease[3])
            cells[pool, day]["held"].append(taken(leases, lease, timedelta(0)))
            cells[pool, day]["covered"].append(taken(leases, lease, grace))
            while day <= last:
                midnight = clocks.start(day.isoformat())
                carried = sum(1 for each in leases if each[0] < midnight < each[3])
                if carried and midnight < clocks.as_of:
                    cells[pool, day]["carried"] = carried
                day += timedelta(days=1)
    calls: dict[tuple[str, date], list[Row]] = defaultdict(list)
    dialled = {row["call_id"]: row["to_phone"] for row in world.tables["calls"]}
    for call in clicks.calls:
        if call["direction"] == "in" and not call["is_internal"]:
            phone = phone_number(dialled[call["call_id"]], clocks.phone_region)
            pool = pool_of(phone, call["started_at"])
            if pool or call["match_method"].startswith("dynamic"):
                pool = pool or NONE
                calls[pool, call["started_date"]].append(call)
    rows = []
    for pool, day in cells.keys() | calls.keys():
        start, end = (clocks.start(str(day + timedelta(days=n))) for n in (0, 1))
        cell, own = cells.get((pool, day), {}), calls.get((pool, day), [])
        covered = sorted(cell.get("covered", []))
        listed = {
            phone
            for phone, row in numbers
            if (row["pool"] or NONE) == pool
            and row["valid_from"] < end
            and (row["valid_to"] is None or row["valid_to"] > start)
        }
        ambiguous = [call for call in own if call["match_method"] == "dynamic_ambiguous"]
        rows.append(
            {
                "date_day": day,
                "pool": pool,
                "leases": len(covered),
                "peak_concurrent": max([0, cell.get("carried", 0), *cell.get("held", [])]),
                "calls": sum(c["call_count"] for c in own) if clicks.calls else None,
                "ambiguous_calls": (
                    sum(c["call_count"] for c in ambiguous) if clicks.calls else None
                ),
                "numbers": len(listed),
                **{
                    f"numbers_needed_{share}": (
                        covered[ceil(share * len(covered) / 100) - 1] if covered else None
                    )
                    for share in (95, 99)
                },
            }
        )
    return rows


def _span_order(row: Row) -> tuple[object, ...]:
    """Of two spans of a number that begin at once, which counts."""
    texts = [row["kind"], row["pool"], row["source"], row["campaign"]]
    return tuple((text is None, text or "") for text in texts)
