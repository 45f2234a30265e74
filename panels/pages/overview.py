"""Overview: what the company spent, got and earned, against the days before, and by channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import html

from panels import charts, parts
from panels.reader import Row
from panels.visit import Page, Period, Visit

TABLE = "marts.fct_channel_days"
MEASURES = (
    *("spend_rc", "sessions", "calls", "enquiries", "contacts", "leads"),
    *("deals_created", "deals_won", "revenue_rc", "romi_pct", "romi_revenue_pct"),
)
_MONEY = {"spend_rc", "revenue_rc"}
_PERCENT = {"romi_pct", "romi_revenue_pct"}


def measures(visit: Visit, period: Period) -> list[Row]:
    """The row of the company and one for each channel."""
    return visit.build.rows(
        "from reports.overview(?, ?, employee := ?)",
        *(period.first, period.last, visit.view.get("employee")),
    )


def draw(visit: Visit) -> parts.Children:
    """The page."""
    words, period = visit.words, visit.period()
    whole, *channels = measures(visit, period)
    before = measures(visit, period.before())[0]
    boxes = [
        parts.card(
            words(f"measure_{name}"),
            shown(visit, name)(whole[name]),
            meaning(visit, name),
            note=parts.change(visit, whole[name], before[name], shown(visit, name)),
        )
        for name in MEASURES
    ]
    return [
        parts.heading(visit, "overview", parts.period_filter(visit), parts.employee_filter(visit)),
        html.P(
            words("against", first=period.before().first, last=period.before().last),
            className="answer",
        ),
        parts.cards(*boxes),
        parts.section(
            words("overview_days"),
            _days(visit, period),
            id="days",
            answer=words("overview_days_answer", revenue=visit.money(whole["revenue_rc"])),
        ),
        parts.section(words("overview_channels"), _channels(visit, channels), id="channels"),
    ]


def shown(visit: Visit, name: str) -> Callable[[Any], str]:
    """How a measure is written."""
    if name in _MONEY:
        return visit.money
    return visit.words.percent if name in _PERCENT else visit.words.number


def meaning(visit: Visit, name: str) -> str:
    """What a measure is, in the published file's words."""
    table = "reports.rpt_channel_return" if name in _PERCENT else TABLE
    return visit.build.meaning(table, name)


def _channels(visit: Visit, channels: list[Row]) -> parts.Component:
    words = visit.words
    if not channels:
        return parts.missing(words("nothing_here"))
    columns = [
        parts.Column(words("channel"), lambda row: row["channel"], is_number=False),
        *(_column(visit, name) for name in MEASURES),
    ]
    return parts.table(columns, channels, words("overview_channels"))


def _column(visit: Visit, name: str) -> parts.Column:
    is_money = name in _MONEY
    label = visit.words(f"measure_{name}")
    written = visit.words.number if is_money else shown(visit, name)
    return parts.Column(
        f"{label}, {visit.build.currency}" if is_money else label,
        lambda row: written(row[name]),
        meaning(visit, name),
    )


def _days(visit: Visit, period: Period) -> parts.Component:
    rows = visit.build.rows(
        "select cast(date_trunc(?, days.date_day) as date) as day, "
        "coalesce(sum(deals.revenue_rc), 0) as revenue_rc "
        "from marts.dim_dates as days "
        "left join reports.rpt_deal_summary as deals on deals.date_day = days.date_day "
        "and deals.date_basis = 'outcome' and (? is null or deals.manager_user_id = ?) "
        "where days.date_day between ? and ? group by 1 order by 1",
        period.step,
        *(visit.view.get("employee"), visit.view.get("employee"), period.first, period.last),
    )
    series = (visit.words("measure_revenue_rc"), [float(row["revenue_rc"]) for row in rows])
    return charts.columns(visit.words, "overview-days", [row["day"] for row in rows], [series])


PAGE = Page("/", "overview", draw)
