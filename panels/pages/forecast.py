"""Forecast and pipeline: what is open, what moved it, what will come, and how sure that is."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from panels import charts, parts
from panels.pages.team import deals_to_work
from panels.reader import Row
from panels.visit import Page, Period, Visit
from panels.words import NOTHING

DAILY = "reports.rpt_pipeline_daily"
MOVES = "reports.rpt_pipeline_changes"
FORECAST = "reports.rpt_forecast"
ACCURACY = "reports.rpt_forecast_accuracy"
RATES = "reports.rpt_win_rates"
RANKS = "reports.rpt_bottleneck_ranks"
TO_WORK = "reports.rpt_deals_to_work"
METHODS = ("won_plus_weighted", "stage_weighted", "run_rate")
MOVEMENTS = (
    *("opening", "created", "reopened", "owner_in", "owner_out", "amount_up", "amount_down"),
    *("won", "lost", "deleted", "closing"),
)
DIMENSIONS = ("manager", "source", "channel", "product", "pipeline", "competitor", "lost_reason")
_MINE = "reports.is_asked(pipeline, ?) and reports.is_asked(owner_user_id, ?)"


def draw(visit: Visit) -> parts.Children:
    """The page."""
    words, period = visit.words, visit.period()
    pipelines = visit.build.rows(f"select distinct pipeline from {DAILY} order by 1")
    if not pipelines:
        return [parts.heading(visit, "forecast"), parts.missing(words("no_pipelines"))]
    options = [(row["pipeline"], row["pipeline"]) for row in pipelines]
    return [
        parts.heading(visit, "forecast", parts.period_filter(visit)),
        html.Div(
            [
                parts.choice(visit, "pipeline", words("pipeline"), options, words("all")),
                parts.employee_filter(visit),
            ],
            className="filters",
        ),
        _cards(visit, period),
        _stages(visit, period),
        _moves(visit, period),
        _forecast(visit),
        _accuracy(visit),
        _rates(visit, period),
        parts.side_by_side(_bottlenecks(visit, period), _ageing(visit)),
        _to_work(visit),
    ]


def _mine(visit: Visit) -> tuple[str | None, str | None]:
    return visit.view.get("pipeline"), visit.view.get("employee")


def _cards(visit: Visit, period: Period) -> parts.Component:
    words = visit.words
    row = visit.build.row(
        "select coalesce(sum(deals_open), 0) as deals_open, sum(amount_rc) as amount_rc, "
        f"sum(weighted_rc) as weighted_rc from {DAILY} where date_day = "
        f"(select max(date_day) from {DAILY} where date_day <= ?) and {_MINE}",
        *(period.last, *_mine(visit)),
    )
    before = visit.build.row(
        "select sum(deals_open) as deals_open, sum(amount_rc) as amount_rc, "
        f"sum(weighted_rc) as weighted_rc from {DAILY} where date_day = ? and {_MINE}",
        *(period.before().last, *_mine(visit)),
    )
    return parts.cards(
        *(
            parts.card(
                words(f"pipeline_{name}"),
                written(row[name]),
                visit.build.meaning(DAILY, name),
                note=parts.change(visit, row[name], before[name], written),
            )
            for name, written in (
                ("deals_open", words.number),
                ("amount_rc", visit.money),
                ("weighted_rc", visit.money),
            )
        ),
        _next(visit),
    )


def _next(visit: Visit) -> parts.Component:
    """What is expected of the month that is not over."""
    words = visit.words
    row = visit.build.row(
        "from reports.forecast(pipeline := ?, employee := ?) "
        "where method = 'won_plus_weighted' order by month limit 1",
        *_mine(visit),
    )
    if not row:
        return None
    return parts.card(
        words("forecast_of", month=row["month"].strftime("%Y-%m")),
        visit.money(row["expected_rc"]),
        visit.build.meaning(FORECAST, "expected_rc"),
        note=words("between", low=words.number(row["low_rc"]), high=visit.money(row["high_rc"])),
    )


def _stages(visit: Visit, period: Period) -> parts.Component:
    """The open amount at the end of each day, week or month: by stage, of all by pipeline."""
    words = visit.words
    part = "stage" if visit.view.get("pipeline") else "pipeline"
    rows = visit.build.rows(
        f"select cast(date_trunc(?, daily.date_day) as date) as day, daily.{part} as part, "
        "min(daily.stage_position) as position, sum(daily.amount_rc) as amount_rc "
        f"from {DAILY} as daily where daily.date_day in (select max(date_day) "
        "from marts.dim_dates where date_day between ? and ? group by date_trunc(?, date_day)) "
        f"and {_MINE} group by 1, 2 having sum(daily.amount_rc) > 0 order by 1",
        *(period.step, period.first, period.last, period.step, *_mine(visit)),
    )
    if not rows:
        return parts.section(words("open_stages"), parts.missing(words("nothing_here")), id="open")
    days = sorted({row["day"] for row in rows})
    found = {(row["part"], row["day"]): float(row["amount_rc"]) for row in rows}
    positions = {row["part"]: (row["position"] is None, row["position"]) for row in rows}
    names = sorted(positions, key=lambda name: (part == "stage" and positions[name], name))
    series = [(name, [found.get((name, day), 0) for day in days]) for name in names]
    last = {name: values[-1] for name, values in series}
    most = max(last, key=lambda name: last[name])
    return parts.section(
        words("open_stages"),
        charts.columns(words, "open-stages", days, series),
        id="open",
        answer=words("open_stages_answer", stage=most, amount=visit.money(last[most])),
    )


def _moves(visit: Visit, period: Period) -> parts.Component:
    """The waterfall of the month of the period's last day."""
    words, month = visit.words, period.last.replace(day=1)
    rows = visit.build.rows(
        "select movement, sum(deals) as deals, coalesce(sum(amount_rc), 0) as amount_rc "
        f"from {MOVES} where month = ? and {_MINE} group by 1",
        *(month, *_mine(visit)),
    )
    if not rows:
        return parts.section(words("moves"), parts.missing(words("nothing_here")), id="moves")
    found = {row["movement"]: row for row in rows}
    shown = [name for name in MOVEMENTS if name in found or name in ("opening", "closing")]
    steps = [
        (
            words(f"move_{name}"),
            float(found[name]["amount_rc"]) if name in found else 0.0,
            name in ("opening", "closing"),
        )
        for name in shown
        if name in ("opening", "closing") or found[name]["amount_rc"]
    ]
    amounts = {label: value for label, value, _ in steps}
    answer = words(
        "moves_answer",
        month=month.strftime("%Y-%m"),
        opening=visit.money(amounts[words("move_opening")]),
        closing=visit.money(amounts[words("move_closing")]),
    )
    return parts.section(
        words("moves"), charts.waterfall(words, "moves-chart", steps), id="moves", answer=answer
    )


def _forecast(visit: Visit) -> parts.Component:
    words = visit.words
    rows = visit.build.rows("from reports.forecast(pipeline := ?, employee := ?)", *_mine(visit))
    if not rows:
        return parts.section(
            words("forecasts"), parts.missing(words("no_forecast")), id="forecasts"
        )
    rows = sorted(rows, key=lambda row: (row["month"], METHODS.index(row["method"])))
    columns = [
        parts.Column(words("month"), lambda row: row["month"].strftime("%Y-%m"), is_number=False),
        parts.Column(
            words("method"),
            lambda row: words(f"method_{row['method']}"),
            visit.build.meaning(FORECAST, "method"),
            is_number=False,
        ),
        parts.measured(visit, FORECAST, "expected_rc", words("expected"), visit.money),
        parts.Column(
            words("range"),
            lambda row: (
                f"{words.number(row['low_rc'])} – {visit.money(row['high_rc'])}"
                if row["low_rc"] is not None
                else NOTHING
            ),
            visit.build.meaning(FORECAST, "low_rc"),
        ),
    ]
    return parts.section(
        words("forecasts"),
        parts.table(columns, rows, words("forecasts")),
        id="forecasts",
        answer=words("forecasts_answer"),
    )


def _accuracy(visit: Visit) -> parts.Component:
    """What was foretold at the beginning of each of the last months, and what came."""
    words = visit.words
    rows = visit.build.rows(
        "select month, method, sum(forecast_rc) as forecast_rc, sum(actual_rc) as actual_rc "
        f"from {ACCURACY} where month = date_trunc('month', forecast_date) "
        "and reports.is_asked(pipeline, ?) group by 1, 2 order by 1",
        visit.view.get("pipeline"),
    )
    if not rows:
        return parts.section(words("accuracy"), parts.missing(words("no_forecast")), id="accuracy")
    months = sorted({row["month"] for row in rows})
    found = {(row["method"], row["month"]): row for row in rows}

    def values(method: str, name: str) -> list[Any]:
        each = [found.get((method, month), {}).get(name) for month in months]
        return [None if value is None else float(value) for value in each]

    methods = [name for name in METHODS if name != "won_plus_weighted"]
    series = [
        (words("actual"), values(methods[0], "actual_rc")),
        *((words(f"method_{name}"), values(name, "forecast_rc")) for name in methods),
    ]
    errors = visit.build.rows(
        "select method, 100 * sum(abs(forecast_rc - actual_rc)) / sum(abs(actual_rc)) as error "
        f"from (select month, method, sum(forecast_rc) as forecast_rc, "
        f"sum(actual_rc) as actual_rc from {ACCURACY} "
        "where month = date_trunc('month', forecast_date) and reports.is_asked(pipeline, ?) "
        "group by 1, 2) where actual_rc is not null group by 1 order by error",
        visit.view.get("pipeline"),
    )
    best = next((row for row in errors if row["method"] in methods), None)
    answer = None
    if best is not None:
        answer = words(
            "accuracy_answer",
            method=words(f"method_{best['method']}"),
            error=words.percent(best["error"]),
        )
    return parts.section(
        words("accuracy"),
        charts.lines(words, "accuracy-chart", months, series),
        id="accuracy",
        answer=answer,
    )


def _rates(visit: Visit, period: Period) -> parts.Component:
    """Win rates with their bounds by one dimension, picked by a link."""
    words = visit.words
    asked = visit.view.get("by")
    dimension = asked if asked in DIMENSIONS else DIMENSIONS[0]
    rows = visit.build.rows(
        "from reports.win_rates(?, ?, ?)", *(period.first, period.last, dimension)
    )
    links = [
        dcc.Link(
            words(f"by_{name}"),
            href=visit.view.link(by=name),
            className="range chosen" if name == dimension else "range",
        )
        for name in DIMENSIONS
    ]
    columns = [
        parts.Column(
            words(f"by_{dimension}"),
            lambda row: row["member_name"] or row["member"],
            visit.build.meaning(RATES, "member"),
            is_number=False,
        ),
        parts.measured(visit, RATES, "won", visit.metric("deals_won")[0]),
        parts.measured(visit, RATES, "lost", visit.metric("deals_lost")[0]),
        parts.Column(
            visit.metric("win_rate")[0],
            lambda row: words.percent(100 * row["win_rate"]),
            visit.build.meaning(RATES, "win_rate"),
        ),
        parts.Column(
            words("bounds"), _interval(visit), visit.build.meaning(RATES, "win_rate_low"), False
        ),
    ]
    shown = parts.table(columns, rows, words("rates")) if rows else parts.missing(words("no_rates"))
    whole = visit.build.row("from reports.win_rates(?, ?, 'all')", period.first, period.last)
    answer = whole and words(
        "rates_answer",
        rate=words.percent(100 * whole["win_rate"]),
        low=words.percent(100 * whole["win_rate_low"]),
        high=words.percent(100 * whole["win_rate_high"]),
    )
    return parts.section(
        words("rates"),
        html.Div(links, className="ranges"),
        shown,
        id="rates",
        answer=answer or None,
    )


def _interval(visit: Visit) -> Any:
    """Where the rate lies: a bar from bound to bound, and a line at the rate itself."""

    def cell(row: Row) -> parts.Component:
        low, high = 100 * row["win_rate_low"], 100 * row["win_rate_high"]
        at = {"left": f"{low:.1f}%", "right": f"{100 - high:.1f}%"}
        track = html.Span(
            [
                html.Span(className="interval-fill", style=at),
                html.Span(className="gauge-mark", style={"left": f"{100 * row['win_rate']:.1f}%"}),
            ],
            className="gauge-track interval",
        )
        said = f"{visit.words.number(low)}–{visit.words.percent(high, 0)}"
        return html.Span([track, said], className="gauge")

    return cell


def _bottlenecks(visit: Visit, period: Period) -> parts.Component:
    """Which stage loses most of the deals created in the period's months."""
    words = visit.words
    rows = visit.build.rows(
        "select pipeline, stage, min(stage_position) as position, sum(reached) as reached, "
        "sum(dropped) as dropped, 100 * sum(dropped) / sum(reached) as share "
        f"from {RANKS} where created_month between date_trunc('month', cast(? as date)) and ? "
        "and reports.is_asked(pipeline, ?) group by 1, 2 "
        "having sum(reached) > 0 order by 1, position nulls last, stage",
        *(period.first, period.last, visit.view.get("pipeline")),
    )
    if not rows:
        return parts.section(
            words("bottlenecks"), parts.missing(words("nothing_here")), id="bottlenecks"
        )
    columns = [
        parts.told(visit, RANKS, "pipeline", words("pipeline")),
        parts.told(visit, RANKS, "stage", words("stage")),
        parts.measured(visit, RANKS, "reached", words("reached")),
        parts.measured(visit, RANKS, "dropped", words("dropped")),
        parts.measured(
            visit,
            RANKS,
            "share",
            words("drop_share"),
            words.percent,
            meaning=visit.build.meaning(RANKS, "drop_share"),
        ),
    ]
    worst = max(rows, key=lambda row: row["share"])
    return parts.section(
        words("bottlenecks"),
        parts.table(columns, rows, words("bottlenecks")),
        id="bottlenecks",
        answer=words(
            "bottlenecks_answer", stage=worst["stage"], share=words.percent(worst["share"])
        ),
    )


def _ageing(visit: Visit) -> parts.Component:
    """How long open deals have been in their stages."""
    words = visit.words
    rows = visit.build.rows(
        "select pipeline, stage, count(*) as deals_open, median(days_in_stage) as days_p50, "
        "quantile_cont(days_in_stage, 0.9) as days_p90, "
        "count(*) filter (where is_slow or is_untouched) as stalled "
        f"from {TO_WORK} where {_MINE} group by 1, 2 order by days_p50 desc nulls last, 1, 2",
        *_mine(visit),
    )
    if not rows:
        return parts.section(words("ageing"), parts.missing(words("no_to_work")), id="ageing")
    table = "reports.rpt_stage_ageing"
    columns = [
        parts.told(visit, TO_WORK, "stage", words("stage")),
        parts.measured(visit, table, "deals_open", words("capacity_open_deals")),
        *(
            parts.measured(
                visit,
                table,
                name,
                words(f"ageing_{name}"),
                lambda value: words.number(value, 1),
            )
            for name in ("days_p50", "days_p90")
        ),
        parts.measured(visit, table, "stalled", words("stalled")),
    ]
    stalled = sum(row["stalled"] for row in rows)
    return parts.section(
        words("ageing"),
        parts.table(columns, rows, words("ageing")),
        id="ageing",
        answer=words("ageing_answer", n=words.number(stalled)),
    )


def _to_work(visit: Visit) -> parts.Component:
    words = visit.words
    rows = visit.build.rows(f"from {TO_WORK} where {_MINE} order by place limit 15", *_mine(visit))
    if not rows:
        return parts.section(words("to_work"), parts.missing(words("no_to_work")), id="to-work")
    return parts.section(
        words("to_work"),
        parts.table(deals_to_work(visit), rows, words("to_work")),
        id="to-work",
    )


PAGE = Page("/forecast", "forecast", draw)
