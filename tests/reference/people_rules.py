"""Plans, people, clients' health and support once more, in plain Python; rules.py says why.

What a report adds up from marts by month, user and team is counted here from the facts themselves,
once for each cell.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise, permutations
from statistics import mean, median, pstdev
from typing import Any

from tests.reference.activity_rules import activity_tables, latest_cards
from tests.reference.click_rules import Clicks
from tests.reference.metric_rules import KPI_COLUMNS, KPI_KEY, kpi_rows
from tests.reference.pipeline_rules import wilson
from tests.reference.rules import NONE, Row, World, delivered, grouped, total, words

ALL = "(all)"
SCORES = words(
    """
    leads attempted_within_sla calls_answered talk_seconds meetings_held emails_sent tasks_done
    tasks_due deals_created deals_won deals_lost revenue_rc cycle_days_sum cycle_days_count
    """
)
TARGETED = {
    "revenue": "revenue_rc",
    "deals_won": "deals_won",
    "leads": "leads",
    "calls": "calls",
    "meetings": "meetings_held",
}
COLUMNS = {
    "fct_targets": words("month level level_id user_name metric target currency target_rc"),
    "fct_user_months": ("month", "user_id", "user_name", "team", "calls", *SCORES),
    "rpt_targets": words(
        """
        month level level_id user_name metric currency target target_rc actual attainment
        expected_by_now pace
        """
    ),
    "rpt_kpis": KPI_COLUMNS,
    "rpt_scorecard": (
        *words("month user_id user_name team"),
        *SCORES,
        *words("target_rc attainment rank_revenue rank_attainment"),
    ),
    "rpt_capacity": words(
        """
        user_id user_name team open_leads open_deals open_tasks overdue_tasks capacity load
        """
    ),
    "rpt_nps": words(
        """
        month owner_user_id owner_name channel responses promoters passives detractors nps nps_low
        nps_high is_low_sample
        """
    ),
    "fct_product_usage": words("contact_id person_id date_day metric value"),
    "rpt_client_health": words(
        """
        person_id owner_user_id owner_name client_since_date won_deals revenue_rc last_won_date
        usual_gap_days last_activity_at days_since_activity last_score score_change
        usage_change_28d open_tasks open_tickets is_at_risk reasons
        """
    ),
    "fct_tickets": words(
        """
        ticket_id created_at created_date first_response_at first_response_date hours_to_answer
        solved_at solved_date hours_to_solve reopened_count channel priority topic status user_id
        user_name team contact_id person_id satisfaction
        """
    ),
    "fct_reviews": words(
        """
        review_id posted_at posted_date site rating answered_at hours_to_answer competitor
        contact_id person_id
        """
    ),
    "fct_deal_items": words(
        "deal_id product quantity amount currency created_date outcome_date status"
    ),
    "rpt_product_affinity": words(
        """
        product_a product_b deals deals_a deals_b deals_with_items support confidence
        confidence_low confidence_high is_low_sample lift
        """
    ),
    "rpt_support": words(
        """
        date_day user_id user_name team channel topic tickets answered answered_in_sla solved
        reopened hours_to_answer_sum hours_to_answer_count hours_to_solve_sum hours_to_solve_count
        satisfaction_sum satisfaction_count
        """
    ),
    "rpt_reviews": words(
        """
        month site competitor reviews rating_sum rating_count answered hours_to_answer_sum
        hours_to_answer_count
        """
    ),
}
KEYS = {
    "fct_targets": words("month level level_id metric"),
    "fct_user_months": words("month user_id team"),
    "rpt_targets": words("month level level_id metric currency"),
    "rpt_kpis": KPI_KEY,
    "rpt_scorecard": words("month user_id team"),
    "rpt_capacity": ("user_id",),
    "rpt_nps": words("month owner_user_id channel"),
    "fct_product_usage": words("contact_id date_day metric"),
    "rpt_client_health": ("person_id",),
    "fct_tickets": ("ticket_id",),
    "fct_reviews": ("review_id",),
    "fct_deal_items": words("deal_id product"),
    "rpt_product_affinity": words("product_a product_b"),
    "rpt_support": words("date_day user_id team channel topic"),
    "rpt_reviews": words("month site competitor"),
}
"""The compared columns, and those that name a row."""


def people_tables(clicks: Clicks) -> dict[str, list[Row]]:
    """The rows of every compared table of this file."""
    world = clicks.world
    work = activity_tables(clicks)
    targets = _targets(world, work["fct_targets"])
    months = _user_months(clicks, work)
    tickets, reviews, usage = _tickets(world), _reviews(world), _product_usage(world)
    items = _deal_items(clicks)
    return {
        "fct_targets": targets,
        "fct_user_months": months,
        "rpt_targets": _target_report(world, targets, months),
        "rpt_kpis": kpi_rows(clicks, work, targets),
        "rpt_scorecard": _scorecard(world, targets, months),
        "rpt_capacity": _capacity(clicks, work["fct_tasks"]),
        "rpt_nps": _nps(clicks, work["fct_surveys"]),
        "fct_product_usage": usage,
        "rpt_client_health": _health(clicks, work, tickets, usage),
        "fct_tickets": tickets,
        "fct_reviews": reviews,
        "fct_deal_items": items,
        "rpt_product_affinity": _affinity(items),
        "rpt_support": _support(tickets),
        "rpt_reviews": _review_report(reviews),
    }


# Plans


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _targets(world: World, targets: list[Row]) -> list[Row]:
    eve = date.fromordinal(world.clocks.day(world.clocks.as_of).toordinal() - 1)
    return [
        {
            **row,
            "target_rc": world.converted(row["target"], row["currency"], min(row["month"], eve))
            if row["metric"] == "revenue"
            else None,
        }
        for row in targets
    ]


def _user_months(clicks: Clicks, work: dict[str, list[Row]]) -> list[Row]:
    world, as_of = clicks.world, clicks.world.clocks.as_of
    cells: dict[tuple[object, ...], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))

    def count(day: date, user_id: object, team: object, **measures: object) -> None:
        cell = cells[day.replace(day=1), user_id or NONE, team or NONE]
        for name, value in measures.items():
            cell[name].append(value)

    for lead in clicks.leads:
        minutes = lead["minutes_to_first_attempt"]
        count(
            *(lead[name] for name in words("opened_date owner_user_id team")),
            leads=1,
            attempted_within_sla=int(minutes is not None and minutes <= 15),
        )
    for call in clicks.calls:
        if not call["is_internal"]:
            answered = call["call_count"] if call["is_answered"] else 0
            whose = (call[name] for name in words("started_date user_id team"))
            count(*whose, calls=call["call_count"], calls_answered=answered)
            count(*(call[n] for n in words("started_date user_id team")), talk=call["talk_seconds"])
    names = dict.fromkeys(words("meeting demo training"), "meetings_held")
    names |= {"task_done": "tasks_done", "email": "emails_sent"}
    for row in work["fct_activities"]:
        if row["activity"] in names and (row["activity"] != "email" or row["direction"] == "out"):
            whose = (row[name] for name in words("date_day user_id team"))
            count(*whose, **{names[row["activity"]]: 1})
    for task in work["fct_tasks"]:
        due = task["due_at"]
        if due is not None and due < as_of and task["status"] != "cancelled":
            team = world.team(task["user_id"], due)
            count(task["due_date"], task["user_id"], team, tasks_due=1)
    for deal in clicks.deals:
        asked = as_of
        if deal["is_won"] or deal["is_lost"]:
            asked = deal["closed_in_order"] or deal["created_at"]
        manager = deal["manager_user_id"]
        team = world.team(manager, asked)
        count(deal["created_date"], manager, team, deals_created=1)
        if deal["is_won"]:
            told = {"revenue": deal["revenue_rc"], "cycle": deal["cycle_days"]}
            count(deal["outcome_date"], manager, team, deals_won=1, **told)
        if deal["is_lost"]:
            count(deal["outcome_date"], manager, team, deals_lost=1)
    known = _known(clicks, work)
    rows = []
    for key, cell in cells.items():
        row = dict(zip(words("month user_id team"), key, strict=True))
        row["user_name"] = world.users.get(row["user_id"])
        for name in (*SCORES, "calls"):
            row[name] = sum(cell[name]) if known[name] else None
        if known["talk_seconds"]:
            row["talk_seconds"] = total(cell["talk"]) or 0
        if known["deals_won"]:
            row["revenue_rc"] = total(cell["revenue"]) if cell["revenue"] else Decimal(0)
            row["cycle_days_sum"] = float(total(cell["cycle"]) or 0)
            row["cycle_days_count"] = sum(days is not None for days in cell["cycle"])
        rows.append(row)
    return rows


def _known(clicks: Clicks, work: dict[str, list[Row]]) -> dict[str, bool]:
    """Which of the measures were ever delivered."""
    of_calls = dict.fromkeys(words("calls calls_answered"), bool(clicks.calls))
    of_deals = dict.fromkeys(SCORES[8:], bool(clicks.deals))
    return {
        **of_calls,
        **of_deals,
        "leads": bool(clicks.leads),
        "attempted_within_sla": bool(clicks.leads) and bool(clicks.calls or work["fct_emails"]),
        "talk_seconds": any(call["talk_seconds"] is not None for call in clicks.calls),
        "meetings_held": any(row["status"] is not None for row in work["fct_meetings"]),
        "emails_sent": bool(work["fct_emails"]),
        "tasks_done": bool(work["fct_tasks"]),
        "tasks_due": any(row["due_at"] is not None for row in work["fct_tasks"]),
    }


def _quotient(numerator: object, denominator: object) -> float | None:
    return None if numerator is None or not denominator else float(numerator) / float(denominator)


def _is_revenue_known(months: list[Row]) -> bool:
    """Whether nothing was won in them, or the amount of anything that was."""
    won = any(row["deals_won"] for row in months)
    return not won or any(row["deals_won"] and row["revenue_rc"] is not None for row in months)


def _target_report(world: World, targets: list[Row], months: list[Row]) -> list[Row]:
    today = world.clocks.day(world.clocks.as_of)

    def cell(row: Row) -> tuple[object, ...]:
        level_id = ALL if row["level"] == "company" else row["level_id"] or NONE
        return row["month"], row["level"], level_id, row["metric"], row["currency"]

    rows = []
    for key, group in grouped(targets, cell).items():
        month, level, level_id, metric, _ = key
        measure, whose = TARGETED[metric], {"team": "team", "user": "user_id"}.get(level)
        members = [
            row
            for row in months
            if row["month"] == month and (whose is None or row[whose] == level_id)
        ]
        mine = [row[measure] for row in members]
        is_known = any(
            row["deals_won" if metric == "revenue" else measure] is not None for row in months
        )
        nothing = 0 if is_known else None
        actual = total(mine) if mine else nothing
        if metric == "revenue" and mine and not _is_revenue_known(members):
            actual = None
        target, target_rc = (
            total(row[name] for row in group) for name in words("target target_rc")
        )
        compared = target_rc if metric == "revenue" else target
        days = calendar.monthrange(month.year, month.month)[1]
        elapsed = min(max((today - month).days, 0), days)
        expected = None if compared is None else float(compared) * elapsed / days
        rows.append(
            {
                **dict(zip(KEYS["rpt_targets"], key, strict=True)),
                "user_name": group[0]["user_name"],
                "target": target,
                "target_rc": target_rc,
                "actual": actual,
                "attainment": _quotient(actual, compared),
                "expected_by_now": expected,
                "pace": _quotient(actual, expected),
            }
        )
    return rows


def _scorecard(world: World, targets: list[Row], months: list[Row]) -> list[Row]:
    as_of = world.clocks.as_of
    planned = {
        (row["month"], row["level_id"]): row["target_rc"]
        for row in targets
        if row["level"] == "user"
        and row["metric"] == "revenue"
        and row["level_id"] is not None
        and row["month"] < world.clocks.day(as_of)
    }
    rows = [dict(row) for row in months]
    for month, user_id in planned.keys() - {(row["month"], row["user_id"]) for row in months}:
        ends = min(world.clocks.start(str(_next_month(month))), as_of)
        zeros = {
            name: 0 if any(row[name] is not None for row in months) else None for name in SCORES
        }
        zeros["revenue_rc"] = zeros["deals_won"]
        rows.append(
            {
                **zeros,
                "month": month,
                "user_id": user_id,
                "user_name": world.users.get(user_id),
                "team": world.team(user_id, ends) or NONE,
            }
        )
    won = {
        key: total(row["revenue_rc"] for row in group)
        for key, group in grouped(rows, lambda row: (row["month"], row["user_id"])).items()
    }
    ranked = {
        key: revenue for key, revenue in won.items() if key[1] != NONE and revenue is not None
    }
    reached = {key: _quotient(revenue, planned.get(key)) for key, revenue in won.items()}
    ranked_too = {key: reached[key] for key in ranked if reached[key] is not None}
    for row in rows:
        key = row["month"], row["user_id"]
        row["target_rc"], row["attainment"] = planned.get(key), reached[key]
        row["rank_revenue"] = _place(key, ranked)
        row["rank_attainment"] = _place(key, ranked_too)
    return rows


def _place(key: tuple[object, ...], values: dict[tuple[object, ...], Any]) -> int | None:
    """1 and the number of those of the month who have more."""
    if key not in values:
        return None
    more = (value > values[key] for (month, _), value in values.items() if month == key[0])
    return 1 + sum(more)


def _capacity(clicks: Clicks, tasks: list[Row]) -> list[Row]:
    world = clicks.world
    open_tasks = [row for row in tasks if row["status"] == "open"]
    work: dict[str, tuple[bool, list[object]]] = {
        "open_leads": (
            bool(clicks.leads),
            [row["owner_user_id"] for row in clicks.leads if row["status"] == "open"],
        ),
        "open_deals": (
            bool(clicks.deals),
            [row["owner_user_id"] or NONE for row in clicks.deals if row["is_open"]],
        ),
        "open_tasks": (bool(tasks), [row["user_id"] or NONE for row in open_tasks]),
        "overdue_tasks": (
            any(row["due_at"] is not None for row in tasks),
            [row["user_id"] or NONE for row in open_tasks if row["is_overdue"]],
        ),
    }
    users = {row["user_id"]: row for row in world.tables["users"]}
    shown = {user_id for user_id, row in users.items() if row["is_active"]}
    shown |= {user_id for _, owners in work.values() for user_id in owners}
    limits = world.seeds.get("capacities", [])
    of_users = {row["user_id"]: int(row["open_deals"]) for row in limits if row["user_id"]}
    of_roles = {row["role"]: int(row["open_deals"]) for row in limits if row["role"]}
    rows = []
    for user_id in shown:
        counts = {
            name: owners.count(user_id) if is_known else None
            for name, (is_known, owners) in work.items()
        }
        user = users.get(user_id)
        capacity = of_users.get(user_id, of_roles.get(user and user["role"]))
        rows.append(
            {
                "user_id": user_id,
                "user_name": world.users.get(user_id),
                "team": world.team(user_id, world.clocks.as_of) or NONE,
                **counts,
                "capacity": capacity,
                "load": _quotient(counts["open_deals"], capacity),
            }
        )
    return rows


# Clients' health


def _owner_at(world: World, contact_id: str, at: datetime) -> str:
    """The main owner at an instant, else the card's."""
    before = [
        event
        for event in world.tables["contact_owners"]
        if event["contact_id"] == contact_id
        and event["role"].lower() == "main"
        and event["occurred_at in order"] <= at
    ]
    if before:
        latest = max(event["occurred_at in order"] for event in before)
        return max(e["to_user_id"] for e in before if e["occurred_at in order"] == latest)
    card = world.surviving.get(contact_id)
    return (card and card["owner_user_id"]) or NONE


def _nps(clicks: Clicks, surveys: list[Row]) -> list[Row]:
    world = clicks.world

    def cell(row: Row) -> tuple[object, ...]:
        owner = _owner_at(world, row["contact_id"], row["responded_at"])
        person = row["person_id"]
        channel = NONE if person is None else clicks.first_source(person)["channel"]
        return row["responded_date"].replace(day=1), owner, channel

    rows = []
    for key, group in grouped(surveys, cell).items():
        votes = [100 * ((row["score"] >= 9) - (row["score"] <= 6)) for row in group]
        low = high = None
        if len(votes) > 1:
            half = 1.959963984540054 * pstdev(votes) / len(votes) ** 0.5
            low, high = mean(votes) - half, mean(votes) + half
        rows.append(
            {
                **dict(zip(KEYS["rpt_nps"], key, strict=True)),
                "owner_name": world.users.get(key[1]),
                "responses": len(group),
                "promoters": votes.count(100),
                "passives": votes.count(0),
                "detractors": votes.count(-100),
                "nps": float(mean(votes)),
                "nps_low": low,
                "nps_high": high,
                "is_low_sample": len(group) < 30,
            }
        )
    return rows


def _product_usage(world: World) -> list[Row]:
    today = world.clocks.day(world.clocks.as_of)
    rows = latest_cards(world, "product_usage", "contact_id date metric")
    return [
        {
            **{"contact_id": contact_id, "date_day": day, "metric": metric},
            "person_id": group[0]["person_id"],
            "value": sum(Decimal(row["value"]) for row in group),
        }
        for (contact_id, day, metric), group in grouped(
            (row for row in rows if row["date"] < today),
            lambda row: (row["contact_id"], row["date"], row["metric"]),
        ).items()
    ]


def _deal_items(clicks: Clicks) -> list[Row]:
    deals = {row["deal_id"]: row for row in clicks.deals}
    latest = {
        (row["deal_id"], row["product"]): row
        for row in sorted(clicks.world.known("deal_items"), key=delivered)
    }
    return [
        {
            **{"deal_id": deal_id, "product": product, "currency": row["currency"]},
            **{
                name: None if row[name] is None else Decimal(row[name])
                for name in ("quantity", "amount")
            },
            **{
                name: deals.get(deal_id, {}).get(name)
                for name in ("created_date", "outcome_date", "status")
            },
        }
        for (deal_id, product), row in latest.items()
    ]


def _affinity(items: list[Row]) -> list[Row]:
    """Of each two products: how often one goes with the other in a won deal."""
    baskets: dict[str, set[str]] = defaultdict(set)
    for row in items:
        if row["status"] == "won":
            baskets[row["deal_id"]].add(row["product"])

    def count(*products: str) -> int:
        return sum(basket.issuperset(products) for basket in baskets.values())

    rows = []
    for first, second in permutations(sorted(set().union(*baskets.values())), 2):
        both, with_first, with_second = count(first, second), count(first), count(second)
        if both:
            low, high = wilson(both, with_first)
            rows.append(
                {
                    **{"product_a": first, "product_b": second, "deals": both},
                    **{"deals_a": with_first, "deals_b": with_second},
                    "deals_with_items": len(baskets),
                    "support": both / len(baskets),
                    "confidence": both / with_first,
                    "confidence_low": low,
                    "confidence_high": high,
                    "is_low_sample": with_first < 30,
                    # How much likelier the second is beside the first than anywhere.
                    "lift": (both / with_first) / (with_second / len(baskets)),
                }
            )
    return rows


def _health(
    clicks: Clicks, work: dict[str, list[Row]], tickets: list[Row], usage: list[Row]
) -> list[Row]:
    world, as_of = clicks.world, clicks.world.clocks.as_of
    today = world.clocks.day(as_of)
    won = [row for row in clicks.deals if row["is_won"] and row["person_id"] is not None]
    rules = {
        row["rule"]: float(row["threshold"])
        for row in world.seeds.get("risk_rules", [])
        if row["is_active"] == "true"
    }

    def of(person: str, rows: list[Row]) -> list[Row]:
        return [row for row in rows if row["person_id"] == person]

    rows = []
    for (person,), deals in grouped(won, lambda row: (row["person_id"],)).items():
        days = sorted(row["outcome_date"] for row in deals)
        gaps = [(later - earlier).days for earlier, later in pairwise(days)]
        usual = float(median(gaps)) if len(gaps) >= 2 else None
        acts = [
            r["occurred_at"] for r in of(person, work["fct_activities"]) if not r["is_internal"]
        ]
        last = max(acts, default=None)
        silence = last and (as_of - last).total_seconds() / 86400
        answers = of(person, work["fct_surveys"])
        answers.sort(key=lambda row: (row["responded_at"], row["response_id"]))
        scores = [row["score"] for row in answers]
        change = scores[-1] - scores[-2] if len(scores) > 1 else None
        used = {
            name: sum(r["value"] for r in of(person, usage) if (today - r["date_day"]).days in span)
            for name, span in (("now", range(1, 29)), ("before", range(29, 57)))
        }
        trend = _quotient(used["now"] - used["before"], used["before"])
        quiet = silence
        if last is None and work["fct_activities"]:
            quiet = (today - days[0]).days
        signs = {
            "no_activity": lambda limit, quiet=quiet: quiet is not None and quiet >= limit,
            "detractor": lambda limit, scores=scores: bool(scores) and scores[-1] <= limit,
            "score_fall": lambda limit, change=change: change is not None and -change >= limit,
            "deal_gap": lambda limit, usual=usual, days=days: (
                bool(usual) and (today - days[-1]).days >= usual * (1 + limit)
            ),
            "usage_fall": lambda limit, trend=trend: trend is not None and -trend >= limit,
        }
        reasons = sorted(rule for rule, limit in rules.items() if signs[rule](limit))
        card = world.surviving[person]
        mine = of(person, work["fct_tasks"])
        rows.append(
            {
                "person_id": person,
                "owner_user_id": card["owner_user_id"] or NONE,
                "owner_name": world.users.get(card["owner_user_id"]),
                "client_since_date": days[0],
                "won_deals": len(deals),
                "revenue_rc": total(row["revenue_rc"] for row in deals),
                "last_won_date": days[-1],
                "usual_gap_days": usual,
                "last_activity_at": last,
                "days_since_activity": silence,
                "last_score": scores[-1] if scores else None,
                "score_change": change,
                "usage_change_28d": trend,
                "open_tasks": sum(row["status"] == "open" for row in mine)
                if work["fct_tasks"]
                else None,
                "open_tickets": sum(row["solved_at"] is None for row in of(person, tickets))
                if tickets
                else None,
                "is_at_risk": bool(reasons),
                "reasons": ",".join(reasons) or None,
            }
        )
    return rows


# Support and reviews


def _hours(start: datetime, end: datetime | None) -> float | None:
    return None if end is None or end < start else (end - start).total_seconds() / 3600


def _tickets(world: World) -> list[Row]:
    as_of, day = world.clocks.as_of, world.clocks.day
    rows = []
    for row in latest_cards(
        world, "tickets", "ticket_id", "created_at first_response_at solved_at"
    ):
        if row["created_at"] >= as_of:
            continue
        for name in words("first_response solved"):
            moment = row[f"{name}_at"]
            row[f"{name}_at"] = moment if moment is not None and moment < as_of else None
            row[f"{name}_date"] = day(row[f"{name}_at"])
        row["hours_to_answer"] = _hours(row["created_at"], row["first_response_at"])
        row["hours_to_solve"] = _hours(row["created_at"], row["solved_at"])
        row["team"] = world.team(row["user_id"], row["created_at"])
        count, satisfaction = row["reopened_count"], row["satisfaction"]
        row["reopened_count"] = None if count is None else int(count)
        row["satisfaction"] = None if satisfaction is None else Decimal(satisfaction)
        rows.append(row)
    return rows


def _reviews(world: World) -> list[Row]:
    as_of = world.clocks.as_of
    rows = []
    for row in latest_cards(world, "reviews", "review_id", "posted_at answered_at"):
        if row["posted_at"] >= as_of:
            continue
        answered = row["answered_at"]
        row["answered_at"] = answered if answered is not None and answered < as_of else None
        row["hours_to_answer"] = _hours(row["posted_at"], row["answered_at"])
        row["rating"] = None if row["rating"] is None else Decimal(row["rating"])
        rows.append(row)
    return rows


def _told(rows: list[Row], name: str) -> list[Any]:
    return [row[name] for row in rows if row[name] is not None]


def _measures(
    facts: list[Row], group: list[Row], measures: dict[str, tuple[str, Callable[[list[Row]], Any]]]
) -> Row:
    """What is measured of a group: nothing where no fact at all has the column it stands on."""
    return {
        name: measure(group) if _told(facts, column) else None
        for name, (column, measure) in measures.items()
    }


def _support(tickets: list[Row]) -> list[Row]:
    measures: dict[str, tuple[str, Callable[[list[Row]], Any]]] = {
        "answered": ("first_response_at", lambda rows: len(_told(rows, "first_response_at"))),
        "answered_in_sla": (
            "first_response_at",
            lambda rows: sum(hours <= 8 for hours in _told(rows, "hours_to_answer")),
        ),
        "solved": ("solved_at", lambda rows: len(_told(rows, "solved_at"))),
        "reopened": (
            "reopened_count",
            lambda rows: sum(count > 0 for count in _told(rows, "reopened_count")),
        ),
        "satisfaction_sum": (
            "satisfaction",
            lambda rows: sum(_told(rows, "satisfaction"), Decimal(0)),
        ),
        "satisfaction_count": ("satisfaction", lambda rows: len(_told(rows, "satisfaction"))),
    }
    for verb, column in (("answer", "first_response_at"), ("solve", "solved_at")):
        hours = f"hours_to_{verb}"
        measures[f"{hours}_sum"] = column, lambda rows, n=hours: float(sum(_told(rows, n)))
        measures[f"{hours}_count"] = column, lambda rows, n=hours: len(_told(rows, n))
    return [
        {
            **dict(zip(KEYS["rpt_support"], key, strict=True)),
            "user_name": group[0]["user_name"],
            "tickets": len(group),
            **_measures(tickets, group, measures),
        }
        for key, group in grouped(
            tickets,
            lambda row: (
                row["created_date"],
                *(row[name] or NONE for name in words("user_id team channel topic")),
            ),
        ).items()
    ]


def _review_report(reviews: list[Row]) -> list[Row]:
    measures: dict[str, tuple[str, Callable[[list[Row]], Any]]] = {
        "rating_sum": ("rating", lambda rows: sum(_told(rows, "rating"), Decimal(0))),
        "rating_count": ("rating", lambda rows: len(_told(rows, "rating"))),
        "answered": ("answered_at", lambda rows: len(_told(rows, "answered_at"))),
        "hours_to_answer_sum": (
            "answered_at",
            lambda rows: float(sum(_told(rows, "hours_to_answer"))),
        ),
        "hours_to_answer_count": (
            "answered_at",
            lambda rows: len(_told(rows, "hours_to_answer")),
        ),
    }
    return [
        {
            **dict(zip(KEYS["rpt_reviews"], key, strict=True)),
            "reviews": len(group),
            **_measures(reviews, group, measures),
        }
        for key, group in grouped(
            reviews,
            lambda row: (
                row["posted_date"].replace(day=1),
                row["site"],
                row["competitor"] or NONE,
            ),
        ).items()
    ]
