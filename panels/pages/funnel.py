"""The funnel: how far the deals of a pipeline came, where most were lost, and how long it took."""

from __future__ import annotations

from dash import dcc, html

from panels import parts
from panels.reader import Row
from panels.view import View
from panels.visit import Page, Visit

TABLE = "reports.rpt_funnel"
DEALS = "marts.fct_deals"
_MEASURES = ("deals_entered", "deals_reached", "deals_now", "deals_lost_here")
_DEALS = """
select deals.*
from reports.drill_funnel(pipeline := ?, stage := ?, owner_user_id := ?, source := ?) as behind
inner join marts.fct_deals as deals on behind.key = deals.deal_id
where behind.measure = ? and deals.created_date between ? and ?
order by deals.created_date, deals.deal_id
"""
_STAGES = """
select
    stage,
    stage_kind,
    sum(deals_entered) as deals_entered,
    sum(deals_reached) as deals_reached,
    sum(deals_now) as deals_now,
    sum(deals_lost_here) as deals_lost_here,
    sum(hours_in_stage_sum) / nullif(sum(hours_in_stage_count), 0) / 24 as days
from reports.rpt_funnel
where pipeline = ? and created_date between ? and ?
    and (? is null or owner_user_id = ?) and (? is null or coalesce(source, '(none)') = ?)
group by stage, stage_kind, position
order by position nulls last, stage
"""


def draw(visit: Visit) -> parts.Children:
    """The page."""
    words, period = visit.words, visit.period()
    pipelines = visit.build.rows(
        f"select pipeline, sum(deals_entered) as deals from {TABLE} where pipeline is not null "
        "group by 1 order by 2 desc, 1"
    )
    if not pipelines:
        return [parts.heading(visit, "funnel"), parts.missing(words("no_pipelines"))]
    names = [str(each["pipeline"]) for each in pipelines]
    asked = visit.view.get("pipeline")
    pipeline = asked if asked and asked in names else names[0]
    sources = visit.build.rows(
        f"select distinct coalesce(source, '(none)') as source from {TABLE} order by 1"
    )
    employee, source = visit.view.get("employee"), visit.view.get("source")
    stages = visit.build.rows(
        _STAGES,
        *(pipeline, period.first, period.last, employee, employee, source, source),
    )
    return [
        parts.heading(visit, "funnel", parts.period_filter(visit)),
        html.Div(
            [
                parts.choice(
                    visit, "pipeline", words("pipeline"), [(name, name) for name in names], pipeline
                ),
                parts.employee_filter(visit),
                parts.choice(
                    visit,
                    "source",
                    words("source"),
                    [(each["source"], each["source"]) for each in sources],
                    words("any"),
                ),
            ],
            className="filters",
        ),
        parts.section(
            words("funnel_stages"),
            *_stages(visit, stages),
            id="stages",
            answer=_answer(visit, stages),
        ),
        *_behind(visit, pipeline),
    ]


def _answer(visit: Visit, stages: list[Row]) -> str | None:
    """Where most deals were lost."""
    worst = max(stages, key=lambda row: row["deals_lost_here"], default=None)
    if worst is None or not worst["deals_lost_here"]:
        return None
    lost = visit.words.number(worst["deals_lost_here"])
    return visit.words("funnel_answer", stage=worst["stage"], n=lost)


def _stages(visit: Visit, stages: list[Row]) -> parts.Children:
    words = visit.words
    if not stages:
        return [parts.missing(words("nothing_here"))]
    columns = [
        parts.Column(words("stage"), lambda row: row["stage"], is_number=False),
        *(_measure(visit, name) for name in _MEASURES),
        parts.Column(
            words("days_there_mean"),
            lambda row: words.number(row["days"], 1),
            visit.build.meaning(TABLE, "hours_in_stage_sum"),
        ),
    ]
    widest = max(max(row["deals_reached"] for row in stages), 1)
    bars = [
        html.Div(
            [
                html.Span(row["stage"], className="flow-name"),
                html.Div(
                    [
                        dcc.Link(
                            words.number(row[measure]),
                            href=visit.view.link(show=f"{row['stage']}.{measure}", page=None),
                            className=f"flow-part {look}",
                            style={"width": f"{100 * width / widest:.3f}%"},
                            title=words(f"funnel_{measure}"),
                        )
                        for measure, look, width in (
                            (
                                "deals_reached",
                                "passed",
                                row["deals_reached"] - row["deals_lost_here"],
                            ),
                            ("deals_lost_here", "not-passed", row["deals_lost_here"]),
                        )
                        if row[measure]
                    ],
                    className="flow-bar",
                ),
            ],
            className="flow-step",
        )
        for row in stages
        if row["stage_kind"] != "lost"
    ]
    keys = html.P(
        [
            html.Span(className="key passed"),
            words("funnel_whole_bar"),
            html.Span(className="key not-passed"),
            words("funnel_of_them_lost"),
        ],
        className="answer keys",
    )
    return [html.Div(bars, className="flow"), keys, parts.table(columns, stages, words("funnel"))]


def _measure(visit: Visit, name: str) -> parts.Column:
    def cell(row: Row) -> parts.Component:
        href = visit.view.link(show=f"{row['stage']}.{name}", page=None)
        return dcc.Link(visit.words.number(row[name]), href=href) if row[name] else "0"

    return parts.Column(visit.words(f"funnel_{name}"), cell, visit.build.meaning(TABLE, name))


def _behind(visit: Visit, pipeline: str) -> parts.Children:
    """The deals behind the number that the address asks for: ``show`` is stage and measure."""
    words, period = visit.words, visit.period()
    stage, _, measure = (visit.view.get("show") or "").rpartition(".")
    if measure not in _MEASURES:
        return []
    parameters = [
        *(pipeline, stage, visit.view.get("employee"), visit.view.get("source"), measure),
        *(period.first, period.last),
    ]
    columns = [
        parts.Column(
            words("deal"),
            lambda row: dcc.Link(
                row["deal_id"],
                href=View("/deal-journal", visit.view.asked).link(
                    deal=row["deal_id"], show=None, page=None
                ),
            ),
            is_number=False,
        ),
        *(_text(visit, name) for name in ("created_date", "status", "manager_name", "source")),
        parts.Column(
            words("deal_amount_rc"),
            lambda row: visit.money(row["amount_rc"]),
            visit.build.meaning(DEALS, "amount_rc"),
        ),
    ]
    title = f"{stage}: {words(f'funnel_{measure}')}"
    return [parts.behind(visit, title, _DEALS, parameters, columns)]


def _text(visit: Visit, name: str) -> parts.Column:
    return parts.Column(
        visit.words(f"deal_{name}"),
        lambda row: str(row[name] or "–"),
        visit.build.meaning(DEALS, name),
        is_number=False,
    )


PAGE = Page("/funnel", "funnel", draw)
