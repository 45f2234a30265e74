"""The work of the salespeople once more, in plain Python, written from the rules alone.

``activity_tables`` gives the rows of the tables of tasks, meetings, e-mails, hours and surveys and
of what is reported of them and of calls; ``World`` and ``Clicks`` give persons, sources and calls.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tests.reference.click_rules import Clicks
from tests.reference.rules import NONE, Row, World, delivered, grouped, instant, words

COLUMNS = {
    "fct_tasks": words(
        """
        task_id created_at created_date due_at due_date done_at done_date status is_done_on_time
        is_overdue type user_id user_name contact_id person_id deal_id
        """
    ),
    "fct_meetings": words(
        """
        meeting_id created_at created_date starts_at starts_date ends_at ends_date type status
        user_id user_name contact_id person_id deal_id is_persons_first
        """
    ),
    "fct_emails": words(
        """
        email_id sent_at sent_date direction kind user_id user_name contact_id person_id deal_id
        campaign thread_id bounced opened_at opened_date clicked_at clicked_date replied_at
        replied_date
        """
    ),
    "fct_time_entries": words("entry_id user_id user_name date activity hours"),
    "fct_surveys": words(
        "response_id responded_at responded_date contact_id person_id score score_group"
    ),
    "fct_targets": words("month level level_id user_name metric target currency"),
    "fct_activities": words(
        """
        activity_id activity occurred_at date_day user_id user_name team person_id contact_id
        deal_id direction seconds is_internal
        """
    ),
    "rpt_activities": words(
        "date_day user_id user_name team activity direction source activities seconds"
    ),
    "rpt_emails": words(
        """
        date_day user_id user_name kind campaign sent bounced delivered opened clicked replied
        converted
        """
    ),
    "rpt_conversations": words("date_day user_id user_name threads conversations"),
    "rpt_meetings": words(
        """
        date_basis date_day user_id user_name team type scheduled held no_show cancelled
        persons_first
        """
    ),
    "rpt_tasks": words(
        """
        date_day user_id user_name team type tasks open done done_on_time open_overdue cancelled
        """
    ),
    "rpt_call_hours": words("date_day hour direction calls missed"),
    "rpt_missed_calls": words(
        """
        call_id started_at started_date user_id user_name team person_id contact_id source
        returned_at minutes_to_return outcome
        """
    ),
    "rpt_call_conversions": words(
        "date_day user_id user_name source inbound_calls leads_opened deals_created deals_won"
    ),
    "rpt_time": words("week_start user_id user_name team activity basis hours"),
}
"""The compared columns of the tables of work."""

MAIL = words("kind campaign")


def activity_tables(clicks: Clicks) -> dict[str, list[Row]]:
    """The rows of every compared table, in no particular order."""
    world = clicks.world
    cards = {
        "fct_tasks": _tasks(world),
        "fct_meetings": _meetings(world),
        "fct_emails": _emails(world),
        "fct_time_entries": _time_entries(world),
        "fct_surveys": _surveys(world),
        "fct_targets": _targets(world),
    }
    activities = _activities(clicks, cards)
    tables = {
        **cards,
        "fct_activities": activities,
        "rpt_activities": _activity_report(clicks, activities),
        "rpt_emails": _email_report(clicks, cards["fct_emails"]),
        "rpt_conversations": _conversations(cards["fct_emails"]),
        "rpt_meetings": _meeting_report(world, cards["fct_meetings"]),
        "rpt_tasks": _task_report(world, cards["fct_tasks"]),
        "rpt_call_hours": _call_hours(clicks),
        "rpt_missed_calls": _missed_calls(clicks),
        "rpt_call_conversions": _call_conversions(clicks),
        "rpt_time": _time(world, cards["fct_time_entries"], activities),
    }
    return {
        name: [{column: row[column] for column in COLUMNS[name]} for row in rows]
        for name, rows in tables.items()
    }


def latest_cards(world: World, entity: str, key: str, moments: str = "") -> list[Row]:
    """The latest card of each key, its moments read, of its surviving contact and person."""
    latest: dict[object, Row] = {}
    for row in sorted(world.known(entity), key=delivered):
        latest[tuple(row[name] for name in words(key))] = row
    for row in latest.values():
        for name in words(moments):
            text = row[name]
            is_day = isinstance(text, str) and len(text.strip()) == 10
            moment = text if isinstance(text, datetime) else instant(text, _zone(world))
            row[name] = moment
            row[f"{name} in order"] = moment
            if is_day:
                next_day = date.fromisoformat(str(text).strip()) + timedelta(days=1)
                row[f"{name} in order"] = instant(str(next_day), _zone(world)) - timedelta(
                    microseconds=1
                )
            row[name.replace("_at", "_date")] = world.clocks.day(moment)
        row["contact_id"] = world.survivor(row["contact_id"])
        row["person_id"] = world.person_of.get(row["contact_id"])
        row["user_name"] = world.users.get(row["user_id"])
    return list(latest.values())


def _zone(world: World) -> str:
    return world.clocks.source_timezone


def _tasks(world: World) -> list[Row]:
    as_of = world.clocks.as_of
    rows = []
    for row in latest_cards(world, "tasks", "task_id", "created_at due_at done_at"):
        if row["created_at"] >= as_of:
            continue
        deadline, done = row["due_at in order"], row["done_at"]
        is_known = row["status"] == "done" and deadline is not None and done is not None
        row["is_done_on_time"] = done <= deadline if is_known else None
        row["is_overdue"] = row["status"] == "open" and deadline is not None and deadline < as_of
        rows.append(row)
    return rows


def _meetings(world: World) -> list[Row]:
    rows = [
        row
        for row in latest_cards(world, "meetings", "meeting_id", "created_at starts_at ends_at")
        if row["created_at"] < world.clocks.as_of
    ]
    for row in rows:
        row["is_persons_first"] = False
    held = [row for row in rows if row["status"] == "held" and row["person_id"] is not None]
    for group in grouped(held, lambda row: (row["person_id"],)).values():
        first = min(group, key=lambda row: (row["starts_at"], row["meeting_id"]))
        first["is_persons_first"] = True
    return rows


def _emails(world: World) -> list[Row]:
    moments = "sent_at opened_at clicked_at replied_at"
    rows = [
        row
        for row in latest_cards(world, "emails", "email_id", moments)
        if row["sent_at"] < world.clocks.as_of
    ]
    for row in rows:
        for name in words("opened clicked replied"):
            if row[f"{name}_at"] is not None and row[f"{name}_at"] >= world.clocks.as_of:
                row[f"{name}_at"] = row[f"{name}_date"] = None
        text = row["bounced"]
        row["bounced"] = None if text is None else text.strip().lower() in ("true", "1", "yes")
    return rows


def _time_entries(world: World) -> list[Row]:
    today = world.clocks.day(world.clocks.as_of)
    rows = [row for row in latest_cards(world, "time_entries", "entry_id") if row["date"] < today]
    for row in rows:
        row["hours"] = Decimal(row["hours"])
    return rows


def _surveys(world: World) -> list[Row]:
    rows = []
    for row in latest_cards(world, "surveys", "response_id", "responded_at"):
        if row["responded_at"] >= world.clocks.as_of:
            continue
        row["score"] = int(row["score"])
        row["score_group"] = (
            "detractor" if row["score"] <= 6 else "passive" if row["score"] <= 8 else "promoter"
        )
        rows.append(row)
    return rows


def _targets(world: World) -> list[Row]:
    rows = []
    for row in latest_cards(world, "targets", "month level level_id metric"):
        row["month"] = date.fromisoformat(f"{row['month']}-01")
        row["target"] = Decimal(row["target"])
        row["user_name"] = world.users.get(row["level_id"]) if row["level"] == "user" else None
        rows.append(row)
    return rows


def _activities(clicks: Clicks, cards: dict[str, list[Row]]) -> list[Row]:
    world, as_of = clicks.world, clicks.world.clocks.as_of
    rows: list[Row] = []

    def add(kind: str, id_: str, activity: str, at: datetime, row: Row, **values: object) -> None:
        said = {name: row.get(name) for name in words("person_id contact_id deal_id")}
        user_id = None if kind == "enquiry" else row["user_id"]
        rows.append(
            {
                **said,
                "activity_id": f"{kind}:{id_}",
                "activity": activity,
                "occurred_at": at,
                "date_day": world.clocks.day(at),
                "user_id": user_id,
                "user_name": world.users.get(user_id),
                "team": world.team(user_id, at),
                **{"direction": None, "seconds": None, "is_internal": False, **values},
            }
        )

    for row in clicks.calls:
        told = {"seconds": row["talk_seconds"], "is_internal": row["is_internal"]}
        at = row["started_at"]
        add("call", row["call_id"], "call", at, row, direction=row["direction"], **told)
    for row in cards["fct_emails"]:
        name = {"one_to_one": "email", "campaign": "campaign_email"}.get(row["kind"])
        if name:
            add("email", row["email_id"], name, row["sent_at"], row, direction=row["direction"])
    for row in cards["fct_meetings"]:
        start, end = row["starts_at"], row["ends_at"]
        if row["status"] == "held" and start < as_of:
            seconds = None if end is None or end < start else int((end - start).total_seconds())
            name = row["type"] or "meeting"
            add("meeting", row["meeting_id"], name, start, row, seconds=seconds)
    for row in cards["fct_tasks"]:
        if row["status"] == "done" and row["done_at"] is not None and row["done_at"] < as_of:
            add("task", row["task_id"], "task_done", row["done_at"], row)
    for row in clicks.enquiries:
        at = row["occurred_at"]
        add("enquiry", row["enquiry_id"], "enquiry", at, row, direction="in")
    return rows


def _activity_report(clicks: Clicks, activities: list[Row]) -> list[Row]:
    def cell(row: Row) -> tuple[object, ...]:
        source = NONE
        if row["person_id"] is not None:
            source = clicks.first_source(row["person_id"])["source"]
        said = (row.get(name) or NONE for name in words("user_id team activity direction"))
        return (row["date_day"], *said, source)

    reported = [row for row in activities if not row["is_internal"]]
    rows = []
    for key, group in grouped(reported, cell).items():
        seconds = [row["seconds"] for row in group if row["seconds"] is not None]
        names = words("date_day user_id team activity direction source")
        rows.append(
            {
                **dict(zip(names, key, strict=True)),
                "user_name": group[0]["user_name"],
                "activities": len(group),
                "seconds": sum(seconds) if seconds else None,
            }
        )
    return rows


def _email_report(clicks: Clicks, emails: list[Row]) -> list[Row]:
    sent = [row for row in emails if row["direction"] == "out"]
    converted = set()
    for deal in clicks.deals:
        before = [
            row
            for row in sent
            if row["person_id"] is not None
            and row["person_id"] == deal["person_id"]
            and row["sent_at"] < deal["ordered_at"]
            and deal["created_at"] - row["sent_at"] <= timedelta(days=30)
        ]
        if before:
            last = max(row["sent_at"] for row in before)
            converted.add(min(row["email_id"] for row in before if row["sent_at"] == last))
    known = {
        name: any(row[name] is not None for row in sent)
        for name in words("bounced opened_at clicked_at replied_at")
    }
    rows = []
    groups = grouped(
        sent, lambda row: (row["sent_date"], *(row.get(n) or NONE for n in ("user_id", *MAIL)))
    )
    for (day, user_id, kind, campaign), group in groups.items():
        arrived = [row for row in group if not row["bounced"]]
        happened = {
            name: sum(row[f"{name}_at"] is not None for row in arrived)
            for name in words("opened clicked replied")
        }
        rows.append(
            {
                **{"date_day": day, "user_id": user_id, "kind": kind, "campaign": campaign},
                "user_name": group[0]["user_name"],
                "sent": len(group),
                "bounced": len(group) - len(arrived) if known["bounced"] else None,
                "delivered": len(arrived) if known["bounced"] else None,
                **{n: count if known[f"{n}_at"] else None for n, count in happened.items()},
                "converted": sum(row["email_id"] in converted for row in group)
                if clicks.deals
                else None,
            }
        )
    return rows


def _conversations(emails: list[Row]) -> list[Row]:
    threads = grouped(
        (row for row in emails if row["thread_id"] is not None), lambda row: (row["thread_id"],)
    )
    firsts = []
    for group in threads.values():
        first = min(group, key=lambda row: (row["sent_at"], row["email_id"]))
        is_conversation = {row["direction"] for row in group} == {"in", "out"}
        firsts.append({**first, "is_conversation": is_conversation})
    return [
        {
            **{"date_day": day, "user_id": user_id, "user_name": group[0]["user_name"]},
            "threads": len(group),
            "conversations": sum(row["is_conversation"] for row in group),
        }
        for (day, user_id), group in grouped(
            firsts, lambda row: (row["sent_date"], row["user_id"] or NONE)
        ).items()
    ]


def _meeting_report(world: World, meetings: list[Row]) -> list[Row]:
    dated = [
        row
        | {
            "date_basis": basis,
            "date_day": row[f"{basis}_date"],
            "team": world.team(row["user_id"], row[f"{basis}_at"]),
        }
        for row in meetings
        for basis in ("created", "starts")
    ]
    is_known = any(row["status"] is not None for row in meetings)
    rows = []
    for key, group in grouped(
        dated,
        lambda row: (
            *(row["date_basis"], row["date_day"]),
            *(row.get(name) or NONE for name in words("user_id team type")),
        ),
    ).items():
        counts = {
            **{n: sum(r["status"] == n for r in group) for n in words("held no_show cancelled")},
            "persons_first": sum(row["is_persons_first"] for row in group),
        }
        rows.append(
            {
                **dict(zip(words("date_basis date_day user_id team type"), key, strict=True)),
                "user_name": group[0]["user_name"],
                "scheduled": len(group),
                **{name: count if is_known else None for name, count in counts.items()},
            }
        )
    return rows


def _task_report(world: World, tasks: list[Row]) -> list[Row]:
    for row in tasks:
        at = row["due_at"] or row["created_at"]
        row["date_day"], row["team"] = world.clocks.day(at), world.team(row["user_id"], at)
    return [
        {
            **dict(zip(words("date_day user_id team type"), key, strict=True)),
            "user_name": group[0]["user_name"],
            "tasks": len(group),
            **{n: sum(row["status"] == n for row in group) for n in words("open done cancelled")},
            "done_on_time": sum(row["is_done_on_time"] is True for row in group),
            "open_overdue": sum(row["is_overdue"] for row in group),
        }
        for key, group in grouped(
            tasks,
            lambda row: (
                row["date_day"],
                *(row.get(n) or NONE for n in words("user_id team type")),
            ),
        ).items()
    ]


def _reported_calls(clicks: Clicks) -> list[Row]:
    return [row for row in clicks.calls if not row["is_internal"]]


def _call_hours(clicks: Clicks) -> list[Row]:
    zone = ZoneInfo(clicks.world.clocks.timezone)
    return [
        {
            **{"date_day": day, "hour": hour, "direction": direction},
            "calls": sum(row["call_count"] for row in group),
            "missed": sum(row["call_count"] for row in group if row["is_missed"]),
        }
        for (day, hour, direction), group in grouped(
            _reported_calls(clicks),
            lambda row: (
                row["started_date"],
                None
                if row["started_at"] != row["ordered_at"]
                else row["started_at"].astimezone(zone).hour,
                row["direction"],
            ),
        ).items()
    ]


def _missed_calls(clicks: Clicks) -> list[Row]:
    rows = []
    calls = _reported_calls(clicks)
    for row in calls:
        if not row["is_missed"]:
            continue
        later = [
            other
            for other in calls
            if other["is_answered"]
            and row["client"]
            and other["client"] == row["client"]
            and other["ordered_at"] > row["ordered_at"]
        ]
        answer = min(
            later, key=lambda other: (other["started_at"], other["direction"] == "in"), default=None
        )
        returned_at = answer and answer["started_at"]
        minutes = None
        if returned_at is not None and returned_at >= row["started_at"]:
            minutes = (returned_at - row["started_at"]).total_seconds() / 60
        if answer is not None:
            outcome = "returned" if answer["direction"] == "out" else "client called again"
        else:
            age = clicks.world.clocks.as_of - row["started_at"]
            outcome = "lost" if age > timedelta(hours=24) else "open"
        rows.append(
            {
                **row,
                "user_id": row["user_id"] or NONE,
                "team": row["team"] or NONE,
                "returned_at": returned_at,
                "minutes_to_return": minutes,
                "outcome": outcome,
            }
        )
    return rows


def _call_conversions(clicks: Clicks) -> list[Row]:
    inbound = [row for row in _reported_calls(clicks) if row["direction"] == "in"]
    opened = {(lead["opened_by"], lead["opening_id"]) for lead in clicks.leads}
    deals_of: dict[str, list[Row]] = {}
    for deal in clicks.deals:
        before = [
            row
            for row in inbound
            if row["person_id"] is not None
            and row["person_id"] == deal["person_id"]
            and row["ordered_at"] <= deal["ordered_at"]
            and deal["created_at"] - row["started_at"] <= timedelta(hours=24)
        ]
        if before:
            last = max(row["ordered_at"] for row in before)
            call = min(row["call_id"] for row in before if row["ordered_at"] == last)
            deals_of.setdefault(call, []).append(deal)
    rows = []
    for (day, user_id, source), group in grouped(
        inbound, lambda row: (row["started_date"], row["user_id"] or NONE, row["source"])
    ).items():
        deals = [deal for row in group for deal in deals_of.get(row["call_id"], [])]
        is_known = bool(clicks.deals)
        rows.append(
            {
                **{"date_day": day, "user_id": user_id, "source": source},
                "user_name": group[0]["user_name"],
                "inbound_calls": sum(row["call_count"] for row in group),
                "leads_opened": sum(("call", row["call_id"]) in opened for row in group),
                "deals_created": len(deals) if is_known else None,
                "deals_won": sum(deal["is_won"] for deal in deals) if is_known else None,
            }
        )
    return rows


def _time(world: World, entries: list[Row], activities: list[Row]) -> list[Row]:
    def week(day: date) -> date:
        return day - timedelta(days=day.weekday())

    spans: list[tuple[tuple[object, ...], Row, float]] = []
    for row in entries:
        team = world.team(row["user_id"], world.clocks.start(str(row["date"])))
        key = (week(row["date"]), row["user_id"], team or NONE, row["activity"], "logged")
        spans.append((key, row, float(row["hours"])))
    selling = {(week(r["date"]), r["user_id"]) for r in entries if r["activity"] == "selling"}
    for row in activities:
        user_id = row["user_id"] or NONE
        counts = row["activity"] in words("call meeting demo training") and not row["is_internal"]
        if (
            counts
            and row["seconds"] is not None
            and (week(row["date_day"]), user_id) not in selling
        ):
            key = (week(row["date_day"]), user_id, row["team"] or NONE, "selling", "estimated")
            spans.append((key, row, row["seconds"] / 3600))
    return [
        {
            **dict(zip(words("week_start user_id team activity basis"), key, strict=True)),
            "user_name": group[0][1]["user_name"],
            "hours": sum(hours for _, _, hours in group),
        }
        for key, group in grouped(spans, lambda span: span[0]).items()
    ]
