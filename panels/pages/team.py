"""Team: plan against fact, results and ranks, work done and to do; and a page a salesperson."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from panels import charts, parts
from panels.reader import Row
from panels.view import View
from panels.visit import Page, Visit

TARGETS = "reports.rpt_targets"
SCORES = "reports.rpt_scorecard"
KPIS = "reports.rpt_kpis"
TASKS = "reports.rpt_tasks"
TIME = "reports.rpt_time"
CAPACITY = "reports.rpt_capacity"
TO_WORK = "reports.rpt_deals_to_work"
ACTIVITIES = "reports.rpt_activities"
MONTHS_SHOWN = 6
WORK = ("selling", "planning", "data_entry", "other")
KINDS = ("call", "email", "meeting", "demo", "training", "task_done")


def draw(visit: Visit) -> parts.Children:
    """The page of the team, or of the employee that the address asks for."""
    words = visit.words
    months = visit.build.rows(
        f"select distinct cast(month as varchar)[:7] as month from {SCORES} order by 1 desc"
    )
    if not months:
        return [parts.heading(visit, "team"), parts.missing(words("no_team"))]
    known = [str(row["month"]) for row in months]
    asked = visit.view.get("month")
    month = asked if asked in known else _month_of(visit, known)
    filters = (
        parts.choice(visit, "month", words("month"), [(name, name) for name in known], month),
        parts.employee_filter(visit),
    )
    head = parts.heading(visit, "team", *filters)
    if employee := visit.view.get("employee"):
        return [head, *_of_one(visit, f"{month}-01", employee)]
    return [head, *_of_all(visit, f"{month}-01")]


def _month_of(visit: Visit, known: list[str]) -> str:
    """The month of the period's last day, else the latest."""
    last = visit.period().last.strftime("%Y-%m")
    return last if last in known else known[0]


def _of_all(visit: Visit, month: str) -> parts.Children:
    return [
        *_plan(visit, month, "company", "(all)"),
        _sellers_plan(visit, month),
        _scores(visit, month),
        _activities(visit, month, None),
        parts.side_by_side(_tasks(visit, month, None), _hours(visit, month, None)),
        _capacity(visit, None),
    ]


def _of_one(visit: Visit, month: str, employee: str) -> parts.Children:
    words = visit.words
    who = visit.build.row(
        "select coalesce(user_name, user_id) as name, role, team from marts.dim_users "
        "where user_id = ?",
        employee,
    )
    title = " · ".join(str(each) for each in (who or {"name": employee}).values() if each)
    back = dcc.Link(words("whole_team"), href=visit.view.link(employee=None), className="range")
    return [
        html.Div([html.H2(title), back], className="behind-head"),
        *_plan(visit, month, "user", employee),
        _development(visit, month, employee),
        _activities(visit, month, employee),
        parts.side_by_side(_tasks(visit, month, employee), _hours(visit, month, employee)),
        _capacity(visit, employee),
        _deals(visit, employee),
    ]


def _link_to(visit: Visit, row: Row) -> parts.Component:
    """The name of an employee, which leads to the page of that one."""
    name = parts.person(visit, row)
    if row["user_id"] == "(none)":
        return name
    return dcc.Link(name, href=visit.view.link(employee=row["user_id"]))


# --- plan and fact -----------------------------------------------------------------------------


def _plan(visit: Visit, month: str, level: str, level_id: str) -> parts.Children:
    """A box for each target of the month: what is reached of it, and whether that is on plan."""
    words = visit.words
    rows = visit.build.rows(
        "select metric, coalesce(target_rc, target) as target, actual, attainment, pace "
        f"from {TARGETS} where month = cast(? as date) and level = ? and level_id = ? "
        "order by metric = 'revenue' desc, metric",
        *(month, level, level_id),
    )
    if not rows:
        return [parts.missing(words("no_targets"))]

    def box(row: Row) -> parts.Component:
        written = visit.money if row["metric"] == "revenue" else words.number
        percent = words.percent(_hundred(row["attainment"]))
        return parts.card(
            visit.metric(row["metric"])[0],
            written(row["actual"]),
            visit.build.meaning(TARGETS, "actual"),
            note=html.Span(
                [
                    parts.gauge(row["attainment"], percent),
                    html.Br(),
                    words("of_target", target=written(row["target"])),
                    html.Br(),
                    words("pace", pace=words.percent(_hundred(row["pace"]))),
                ],
                title=visit.build.meaning(TARGETS, "pace"),
            ),
        )

    return [parts.cards(*(box(row) for row in rows))]


def _hundred(share: Any) -> Any:
    return None if share is None else 100 * share


def _sellers_plan(visit: Visit, month: str) -> parts.Component:
    words = visit.words
    rows = visit.build.rows(
        "select level_id as user_id, user_name, target_rc, actual, attainment, pace, "
        "expected_by_now / nullif(target_rc, 0) as due "
        f"from {TARGETS} where month = cast(? as date) and level = 'user' and metric = 'revenue' "
        "order by attainment desc nulls last, user_id",
        month,
    )
    if not rows:
        return parts.section(words("plan"), parts.missing(words("no_targets")), id="plan")
    columns = [
        parts.Column(words("employee"), lambda row: _link_to(visit, row), is_number=False),
        parts.measured(visit, TARGETS, "target_rc", words("target"), visit.money),
        parts.measured(visit, TARGETS, "actual", words("measure_revenue_rc"), visit.money),
        parts.Column(
            words("attainment"),
            lambda row: parts.gauge(
                row["attainment"], words.percent(_hundred(row["attainment"])), row["due"]
            ),
            visit.build.meaning(TARGETS, "attainment"),
            is_number=False,
        ),
        parts.measured(
            visit, TARGETS, "pace", words("pace_name"), lambda it: words.percent(_hundred(it))
        ),
    ]
    on_plan = sum(1 for row in rows if (row["pace"] or 0) >= 1)
    answer = words("plan_answer", n=words.number(on_plan), whole=words.number(len(rows)))
    return parts.section(
        words("plan"), parts.table(columns, rows, words("plan")), id="plan", answer=answer
    )


# --- results -----------------------------------------------------------------------------------


def _scores(visit: Visit, month: str) -> parts.Component:
    words = visit.words
    rows = visit.build.rows(
        f"from {SCORES} where month = cast(? as date) "
        "order by rank_revenue nulls last, revenue_rc desc nulls last, user_id, team",
        month,
    )
    columns = [
        parts.Column(words("employee"), lambda row: _link_to(visit, row), is_number=False),
        parts.told(visit, SCORES, "team", words("team_of")),
        parts.measured(visit, SCORES, "rank_revenue", words("rank")),
        parts.measured(
            visit,
            SCORES,
            "revenue_rc",
            f"{words('measure_revenue_rc')}, {visit.build.currency}",
        ),
        *(
            parts.measured(visit, SCORES, name, label)
            for name, label in (
                ("deals_won", visit.metric("deals_won")[0]),
                ("deals_lost", visit.metric("deals_lost")[0]),
                ("leads", visit.metric("leads")[0]),
                ("attempted_within_sla", visit.metric("sla_share")[0]),
                ("calls_answered", words("calls_answered")),
                ("meetings_held", visit.metric("meetings")[0]),
                ("emails_sent", visit.metric("emails_sent")[0]),
                ("tasks_done", visit.metric("tasks_done")[0]),
            )
        ),
    ]
    first = next((row for row in rows if row["rank_revenue"] == 1), None)
    answer = None
    if first is not None:
        name, revenue = parts.person(visit, first), visit.money(first["revenue_rc"])
        answer = words("scores_answer", name=name, revenue=revenue)
    return parts.section(
        words("scores"), parts.table(columns, rows, words("scores")), id="scores", answer=answer
    )


def _development(visit: Visit, month: str, employee: str) -> parts.Component:
    """Every metric of one employee, month by month."""
    words = visit.words
    rows = visit.build.rows(
        "select metric, period_start, value, is_complete "
        f"from {KPIS} where period_type = 'month' and level = 'user' and level_id = ? "
        "and period_start <= cast(? as date) "
        "and period_start > cast(? as date) - to_months(cast(? as integer)) "
        "order by period_start",
        *(employee, month, month, MONTHS_SHOWN),
    )
    if not rows:
        return parts.section(
            words("development"), parts.missing(words("nothing_here")), id="development"
        )
    months = sorted({row["period_start"] for row in rows})
    values = {(row["metric"], row["period_start"]): row["value"] for row in rows}
    metrics = {row["metric"] for row in rows}
    shown = [{"metric": name} for name in sorted(metrics, key=lambda each: visit.metric(each)[0])]

    def written(name: str, value: Any) -> str:
        unit = visit.build.metrics[name]["unit"]
        if unit == "share":
            return words.percent(_hundred(value))
        digits = 1 if unit in ("days", "minutes", "hours") else 0
        return words.number(value, digits)

    columns = [
        parts.Column(
            words("metric"),
            lambda row: html.Span(
                visit.metric(row["metric"])[0], title=visit.metric(row["metric"])[1]
            ),
            is_number=False,
        ),
        *(
            parts.Column(
                each.strftime("%Y-%m"),
                lambda row, each=each: written(  # type: ignore[misc]
                    row["metric"], values.get((row["metric"], each))
                ),
                visit.build.meaning(KPIS, "value"),
            )
            for each in months
        ),
    ]
    return parts.section(
        words("development"),
        parts.table(columns, shown, words("development")),
        id="development",
        answer=words("development_answer"),
    )


# --- work --------------------------------------------------------------------------------------


def _activities(visit: Visit, month: str, employee: str | None) -> parts.Component:
    words = visit.words
    rows = visit.build.rows(
        "select days.date_day, acts.activity, coalesce(sum(acts.activities), 0) as n "
        f"from marts.dim_dates as days left join {ACTIVITIES} as acts "
        "on acts.date_day = days.date_day and (acts.direction = 'out' "
        "or acts.direction = '(none)') and (? is null or acts.user_id = ?) "
        "where days.date_day >= cast(? as date) "
        "and days.date_day < cast(? as date) + to_months(1) group by 1, 2 order by 1",
        *(employee, employee, month, month),
    )
    days = sorted({row["date_day"] for row in rows})
    found = {(row["activity"], row["date_day"]): row["n"] for row in rows}
    kinds = [kind for kind in KINDS if any((kind, day) in found for day in days)]
    if not kinds:
        return parts.section(
            words("activities"), parts.missing(words("no_activities")), id="activities"
        )
    series = [
        (words(f"activity_{kind}"), [found.get((kind, day), 0) for day in days]) for kind in kinds
    ]
    whole = sum(sum(values) for _, values in series)
    return parts.section(
        words("activities"),
        charts.columns(words, "activities-days", days, series),
        id="activities",
        answer=words("activities_answer", n=words.number(whole)),
    )


def _tasks(visit: Visit, month: str, employee: str | None) -> parts.Component:
    words = visit.words
    rows = visit.build.rows(
        "select user_id, max(user_name) as user_name, sum(tasks) as tasks, sum(done) as done, "
        "100 * sum(done_on_time) / nullif(sum(done), 0) as on_time, "
        f"sum(open_overdue) as open_overdue from {TASKS} "
        "where date_day >= cast(? as date) and date_day < cast(? as date) + to_months(1) "
        "and (? is null or user_id = ?) group by 1 order by open_overdue desc, tasks desc, 1",
        *(month, month, employee, employee),
    )
    if not rows:
        return parts.section(words("tasks"), parts.missing(words("no_tasks")), id="tasks")
    columns = [
        parts.Column(words("employee"), lambda row: _link_to(visit, row), is_number=False),
        parts.measured(visit, TASKS, "tasks", words("tasks_due")),
        parts.measured(visit, TASKS, "done", words("tasks_done")),
        parts.measured(
            visit,
            TASKS,
            "on_time",
            words("tasks_on_time"),
            words.percent,
            meaning=visit.build.meaning(TASKS, "done_on_time"),
        ),
        parts.measured(visit, TASKS, "open_overdue", words("tasks_overdue")),
    ]
    overdue = sum(row["open_overdue"] for row in rows)
    return parts.section(
        words("tasks"),
        parts.table(columns, rows, words("tasks")),
        id="tasks",
        answer=words("tasks_answer", n=words.number(overdue)),
    )


def _hours(visit: Visit, month: str, employee: str | None) -> parts.Component:
    """The hours of the month's weeks by what they were spent on."""
    words = visit.words
    sums = ", ".join(f"sum(hours) filter (where activity = '{each}') as {each}" for each in WORK)
    rows = visit.build.rows(
        "select user_id, max(user_name) as user_name, sum(hours) as hours, "
        f"{sums}, 100 * sum(hours) filter (where activity = 'selling') / sum(hours) as share "
        f"from {TIME} where week_start >= cast(? as date) "
        "and week_start < cast(? as date) + to_months(1) and (? is null or user_id = ?) "
        "group by 1 order by hours desc, 1",
        *(month, month, employee, employee),
    )
    if not rows:
        return parts.section(words("hours"), parts.missing(words("no_hours_logged")), id="hours")
    columns = [
        parts.Column(words("employee"), lambda row: _link_to(visit, row), is_number=False),
        *(
            parts.measured(
                visit,
                TIME,
                each,
                words(f"work_{each}"),
                lambda value: words.number(value, 1),
                meaning=visit.build.meaning(TIME, "activity"),
            )
            for each in WORK
        ),
        parts.measured(
            visit,
            TIME,
            "share",
            words("work_share"),
            words.percent,
            meaning=visit.build.meaning(TIME, "hours"),
        ),
    ]
    return parts.section(
        words("hours"),
        parts.table(columns, rows, words("hours")),
        id="hours",
        answer=words("hours_answer"),
    )


def _capacity(visit: Visit, employee: str | None) -> parts.Component:
    words = visit.words
    rows = visit.build.rows(
        f"from {CAPACITY} where (? is null or user_id = ?) "
        "order by user_id = '(none)', load desc nulls last, open_deals desc, user_id",
        *(employee, employee),
    )
    columns = [
        parts.Column(words("employee"), lambda row: _link_to(visit, row), is_number=False),
        parts.Column(
            words("load"),
            lambda row: parts.gauge(row["load"], words.percent(_hundred(row["load"]), 0)),
            visit.build.meaning(CAPACITY, "load"),
            is_number=False,
        ),
        *(
            parts.measured(visit, CAPACITY, name, words(f"capacity_{name}"))
            for name in ("open_deals", "capacity", "open_leads", "open_tasks", "overdue_tasks")
        ),
    ]
    full = sum(1 for row in rows if (row["load"] or 0) > 1)
    if not rows:
        return parts.section(words("capacity"), parts.missing(words("no_team")), id="capacity")
    return parts.section(
        words("capacity"),
        parts.table(columns, rows, words("capacity")),
        id="capacity",
        answer=words("capacity_answer", n=words.number(full)),
    )


def _deals(visit: Visit, employee: str) -> parts.Component:
    """The open deals of one employee, the one to work first on top."""
    words = visit.words
    rows = visit.build.rows(
        f"from {TO_WORK} where owner_user_id = ? order by place limit 20", employee
    )
    if not rows:
        return parts.section(words("to_work"), parts.missing(words("no_to_work")), id="to-work")
    return parts.section(
        words("to_work"),
        parts.table(deals_to_work(visit), rows, words("to_work")),
        id="to-work",
    )


def deals_to_work(visit: Visit) -> list[parts.Column]:
    """The columns of open deals by what is to be done first."""
    words = visit.words
    journal = View("/deal-journal", visit.view.asked)
    return [
        parts.measured(visit, TO_WORK, "place", words("place")),
        parts.Column(
            words("deal"),
            lambda row: dcc.Link(row["deal_id"], href=journal.link(deal=row["deal_id"])),
            is_number=False,
        ),
        parts.told(visit, TO_WORK, "owner_name", words("employee")),
        parts.told(visit, TO_WORK, "stage", words("stage")),
        parts.measured(visit, TO_WORK, "expected_rc", words("expected"), visit.money),
        parts.measured(visit, TO_WORK, "points", words("points")),
        parts.told(visit, TO_WORK, "reasons", words("reasons"), is_long=True),
    ]


PAGE = Page("/team", "team", draw)
