"""Every metric of every day, week and month once more, in plain Python; rules.py says why.

Each value is counted from the facts themselves, and no definition of the semantic layer is read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tests.reference.rules import NONE, Row, words

if TYPE_CHECKING:
    from tests.reference.click_rules import Clicks

KPI_COLUMNS = words(
    """
    period_type period_start level level_id user_name metric value numerator denominator previous
    change change_pct target n is_low_sample is_complete
    """
)
KPI_KEY = words("period_type period_start level level_id metric")
ALL = "(all)"
Cell = dict[str, Any]
Sums = Callable[[Cell], Any]
Event = tuple[date | None, str | None, str | None, Cell]


def _sum(*names: str) -> Sums:
    return lambda cell: sum(cell[name] for name in names) if _told(cell, names) else None


def _told(cell: Cell, names: tuple[str, ...]) -> bool:
    return all(cell[name] is not None for name in names)


def _revenue(cell: Cell) -> Any:
    return cell["revenue"] if not cell["won"] or cell["with_revenue"] else None


CLOSED = ("won", "lost")
METRICS: dict[str, tuple[Sums, Sums | None, Sums | None]] = {
    "revenue": (_revenue, None, _sum("won")),
    "deals_won": (_sum("won"), None, _sum("won")),
    "deals_lost": (_sum("lost"), None, _sum("lost")),
    "deals_decided": (_sum(*CLOSED), None, _sum(*CLOSED)),
    "deals_created": (_sum("created"), None, _sum("created")),
    "win_rate": (_sum("won"), _sum(*CLOSED), _sum(*CLOSED)),
    "average_deal": (_sum("revenue"), _sum("with_revenue"), _sum("with_revenue")),
    "cycle_days": (_sum("cycle"), _sum("cycles"), _sum("cycles")),
    "leads": (_sum("leads"), None, _sum("leads")),
    "lead_conversion": (_sum("leads_client"), _sum("leads"), _sum("leads")),
    "sla_share": (_sum("in_time"), _sum("leads"), _sum("leads")),
    "minutes_to_first_attempt": (_sum("minutes"), _sum("attempted"), _sum("attempted")),
    "calls": (_sum("calls"), None, _sum("calls")),
    "calls_in": (_sum("in"), None, _sum("in")),
    "calls_out": (_sum("out"), None, _sum("out")),
    "missed_share": (_sum("missed"), _sum("in"), _sum("in")),
    "connect_rate": (_sum("out_answered"), _sum("out"), _sum("out")),
    "talk_seconds": (_sum("talk"), None, _sum("answered")),
    "talk_seconds_per_call": (_sum("talk"), _sum("answered"), _sum("answered")),
    "emails_sent": (_sum("emails"), None, _sum("emails")),
    "open_rate": (_sum("opened"), _sum("arrived"), _sum("arrived")),
    "reply_rate": (_sum("replied"), _sum("arrived"), _sum("arrived")),
    "meetings": (_sum("meetings"), None, _sum("meetings")),
    "demos": (_sum("demos"), None, _sum("demos")),
    "trainings": (_sum("trainings"), None, _sum("trainings")),
    "tasks_done": (_sum("done"), None, _sum("done")),
    "tasks_on_time": (_sum("on_time"), _sum("due"), _sum("due")),
    "spend": (_sum("spend"), None, None),
    "sessions": (_sum("sessions"), None, _sum("sessions")),
    "contacts": (_sum("contacts"), None, _sum("contacts")),
    "cost_per_lead": (_sum("spend"), _sum("all_leads"), _sum("all_leads")),
    "cost_per_deal": (_sum("spend"), _sum("all_won"), _sum("all_won")),
    "roas": (_sum("all_revenue"), _sum("spend"), _sum("all_won")),
}
"""Of each metric what is above, what is below, and the cases."""


def _work(clicks: Clicks, work: dict[str, list[Row]]) -> Iterator[Event]:
    """What users did: day, user, team, and what it counts for."""
    world, as_of = clicks.world, clicks.world.clocks.as_of
    for lead in clicks.leads:
        minutes = lead["minutes_to_first_attempt"]
        tried = minutes is not None
        yield (
            lead["opened_date"], lead["owner_user_id"], lead["team"],
            {
                "leads": 1, "leads_client": lead["status"] == "client",
                "in_time": tried and minutes <= 15, "minutes": minutes, "attempted": tried,
            },
        )  # fmt: skip
    for call in clicks.calls:
        if call["is_internal"]:
            continue
        count, answered = call["call_count"], call["is_answered"]
        came, went = call["direction"] == "in", call["direction"] == "out"
        yield (
            call["started_date"], call["user_id"], call["team"],
            {
                "calls": count, "in": count * came, "out": count * went,
                "answered": count * answered, "out_answered": count * (went and answered),
                "missed": count * (came and not answered), "talk": call["talk_seconds"],
            },
        )  # fmt: skip
    kinds = {"meeting": ("meetings",), "demo": ("meetings", "demos"), "task_done": ("done",)}
    kinds |= {"training": ("meetings", "trainings"), "email": ("emails",)}
    for row in work["fct_activities"]:
        counted = kinds.get(row["activity"], ())
        if counted and (row["activity"] != "email" or row["direction"] == "out"):
            yield row["date_day"], row["user_id"], row["team"], dict.fromkeys(counted, 1)
    for mail in work["fct_emails"]:
        if mail["direction"] == "out" and mail["kind"] == "one_to_one" and not mail["bounced"]:
            team = world.team(mail["user_id"], mail["sent_at"])
            counts = {
                "opened": mail["opened_at"] is not None, "replied": mail["replied_at"] is not None
            }  # fmt: skip
            yield mail["sent_date"], mail["user_id"], team, {"arrived": 1, **counts}
    for task in work["fct_tasks"]:
        due = task["due_at"]
        if due is not None and due < as_of and task["status"] != "cancelled":
            team = world.team(task["user_id"], due)
            kept = task["is_done_on_time"] is True
            yield task["due_date"], task["user_id"], team, {"due": 1, "on_time": kept}
    for deal in clicks.deals:
        decided = deal["is_won"] or deal["is_lost"]
        at = (deal["closed_in_order"] or deal["created_at"]) if decided else as_of
        whose = deal["manager_user_id"], world.team(deal["manager_user_id"], at)
        yield deal["created_date"], *whose, {"created": 1}
        if decided:
            counts = {"won": deal["is_won"], "lost": deal["is_lost"]}
            if deal["is_won"]:
                counts |= {"revenue": deal["revenue_rc"], "cycle": deal["cycle_days"]}
                counts |= {"with_revenue": deal["revenue_rc"] is not None}
                counts |= {"cycles": deal["cycle_days"] is not None}
            yield deal["outcome_date"], *whose, counts


def _channels(clicks: Clicks) -> Iterator[tuple[date | None, Cell]]:
    """What the company's channels cost and brought, by day."""
    for row in clicks.spend:
        yield row["date_day"], {"spend": row["cost_rc"]}
    for session in clicks.sessions.values():
        yield session["started_date"], {"sessions": 1}
    for contact in clicks.contacts:
        yield contact["created_date"], {"contacts": 1}
    for enquiry in clicks.enquiries:
        yield enquiry["occurred_date"], {}
    for lead in clicks.leads:
        yield lead["opened_date"], {"all_leads": 1}
    for deal in clicks.deals:
        if deal["is_won"]:
            yield deal["outcome_date"], {"all_won": 1, "all_revenue": deal["revenue_rc"]}


def _known(clicks: Clicks, work: dict[str, list[Row]]) -> dict[str, bool]:
    """Which of what is counted was ever delivered."""
    tasks, emails = work["fct_tasks"], work["fct_emails"]
    sent = [mail for mail in emails if mail["direction"] == "out"]
    of = {
        "leads leads_client all_leads": clicks.leads,
        "in_time minutes attempted": clicks.leads and (clicks.calls or emails),
        "calls in out answered missed out_answered": clicks.calls,
        "talk": [call for call in clicks.calls if call["talk_seconds"] is not None],
        "meetings demos trainings": [row for row in work["fct_meetings"] if row["status"]],
        "emails": emails,
        "arrived": [mail for mail in sent if mail["bounced"] is not None],
        "opened": [mail for mail in sent if mail["opened_at"] is not None],
        "replied": [mail for mail in sent if mail["replied_at"] is not None],
        "done": tasks,
        "due on_time": [task for task in tasks if task["due_at"] is not None],
        "created won lost revenue with_revenue cycle cycles all_won all_revenue": clicks.deals,
        "spend": clicks.spend,
        "sessions": clicks.sessions,
        "contacts": clicks.contacts,
    }
    return {name: bool(rows) for names, rows in of.items() for name in words(names)}


def _starts(day: date) -> dict[str, date]:
    return {"day": day, "week": day - timedelta(day.weekday()), "month": day.replace(day=1)}


def _after(period_type: str, start: date) -> date:
    days = {"day": 1, "week": 7, "month": 31}[period_type]
    return _starts(start + timedelta(days))[period_type]


def _before(period_type: str, start: date) -> date:
    return _starts(start - timedelta(1))[period_type]


def kpi_rows(clicks: Clicks, work: dict[str, list[Row]], targets: list[Row]) -> list[Row]:
    """The rows of ``rpt_kpis``; ``targets`` are those of ``fct_targets``."""
    clocks = clicks.world.clocks
    last_day = clocks.day(clocks.as_of - timedelta(microseconds=1))
    known = _known(clicks, work)
    cells: dict[tuple[str, ...], dict[date, dict[str, list[Any]]]] = defaultdict(dict)

    def count(day: date | None, members: dict[str, str], counts: Cell) -> None:
        if day is None or day > last_day:
            return
        for level, level_id in members.items():
            for period_type, start in _starts(day).items():
                cell = cells[period_type, level, level_id].setdefault(start, defaultdict(list))
                for name, value in counts.items():
                    cell[name].append(value)

    for day, user, team, counts in _work(clicks, work):
        count(day, {"company": ALL, "team": team or NONE, "user": user or NONE}, counts)
    for day, counts in _channels(clicks):
        count(day, {"company": ALL}, counts)

    planned: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in targets:
        if row["month"] <= last_day:
            level_id = ALL if row["level"] == "company" else row["level_id"] or NONE
            at = row["month"], row["level"], level_id, row["metric"]
            planned[at].append(row["target_rc" if row["metric"] == "revenue" else "target"])
            cells["month", row["level"], level_id].setdefault(row["month"], {})

    def sums(cell: dict[str, list[Any]]) -> Cell:
        return {
            name: sum(value for value in cell.get(name, []) if value is not None) if told else None
            for name, told in known.items()
        }

    rows = []
    for (period_type, level, level_id), periods in cells.items():
        worked = {start for start, cell in periods.items() if _was(cell)}
        shown = {*periods, *(_after(period_type, start) for start in worked)}
        shown |= {_before(period_type, start) for start in worked if start > min(worked)}
        for start in shown:
            if start > last_day:
                continue
            now = sums(periods.get(start, {}))
            then = sums(periods.get(_before(period_type, start), {}))
            for metric, (above, below, of) in METRICS.items():
                previous = _value(then, above, below) if start > min(shown) else None
                value, n = _value(now, above, below), of(now) if of else None
                plan = planned.get((start, level, level_id, metric), [None])
                is_planned = period_type == "month" and None not in plan
                told = (above(now), below and below(now), previous, n)
                if level != "company" and not is_planned and not any(told):
                    continue
                change = None if None in (value, previous) else value - previous
                rows.append(
                    {
                        "period_type": period_type,
                        "period_start": start,
                        "level": level,
                        "level_id": level_id,
                        "user_name": clicks.world.users.get(level_id) if level == "user" else None,
                        "metric": metric,
                        "value": value,
                        "numerator": _double(above(now)),
                        "denominator": _double(below(now)) if below else None,
                        "previous": previous,
                        "change": change,
                        "change_pct": 100 * change / previous
                        if change is not None and previous
                        else None,
                        "target": float(sum(plan)) if is_planned else None,
                        "n": n if n is None else int(n),
                        "is_low_sample": n if n is None else n < 30,
                        "is_complete": clocks.start(str(_after(period_type, start)))
                        <= clocks.as_of,
                    }
                )
    return rows


def _was(cell: dict[str, list[Any]]) -> bool:
    """Did anything happen in it? A month that has only a target is a plain empty cell."""
    return isinstance(cell, defaultdict)


def _double(value: Any) -> float | None:
    return None if value is None else float(value)


def _value(cell: Cell, above: Sums, below: Sums | None) -> float | None:
    top = _double(above(cell))
    if below is None or top is None:
        return top
    bottom = below(cell)
    return top / float(bottom) if bottom else None
