"""Channels and return: what came back for the money, from the channel down to the campaign."""

from __future__ import annotations

from dash import dcc, html

from panels import parts
from panels.reader import Row
from panels.visit import Page, Visit

TABLE = "reports.rpt_channel_return"
LEVELS = ("channel", "source", "medium", "campaign")
FIRST_MODEL = "first"
_MEASURES = (
    *("spend_rc", "leads", "deals_won", "clients", "revenue_rc"),
    *("cpl", "cac", "romi_pct", "romi_revenue_pct"),
)
_MONEY = {"spend_rc": 0, "revenue_rc": 0, "cpl": 2, "cac": 2}
"""Measures in the reporting currency, and how many digits they show."""
_PERCENT = {"romi_pct", "romi_revenue_pct"}


def draw(visit: Visit) -> parts.Children:
    """The page."""
    words = visit.words
    return [
        parts.heading(visit, "channels", parts.period_filter(visit)),
        parts.section(words("channels_return"), _path(visit), _return(visit), id="return"),
        parts.section(words("models"), _models(visit), id="models", answer=words("models_answer")),
        parts.section(words("wasted"), _wasted(visit), id="wasted", answer=words("whole_months")),
    ]


def _chosen(visit: Visit) -> list[str]:
    """What the address has gone into so far: a channel, in it a source, in it a medium."""
    chosen = []
    for level in LEVELS[:-1]:
        value = visit.view.get(level)
        if value is None:
            break
        chosen.append(value)
    return chosen


def _path(visit: Visit) -> parts.Component:
    """The way back up."""
    chosen = _chosen(visit)
    steps = [(visit.words("all_channels"), 0)]
    steps += [(value, depth) for depth, value in enumerate(chosen, start=1)]
    links = [
        dcc.Link(
            name,
            href=visit.view.link(**dict.fromkeys(LEVELS[depth:])),
            className="range chosen" if depth == len(chosen) else "range",
        )
        for name, depth in steps
    ]
    return html.Nav(links, className="ranges", **parts.named(visit.words("channels_return")))


def _return(visit: Visit) -> parts.Component:
    words, period, chosen = visit.words, visit.period(), _chosen(visit)
    level = LEVELS[len(chosen)]
    within = dict(zip(LEVELS, chosen, strict=False))
    rows = visit.build.rows(
        "from reports.channel_return_by(?, ?, ?, channel := ?, source := ?, medium := ?)",
        *(period.first, period.last, level, *(within.get(each) for each in LEVELS[:-1])),
    )
    if len(rows) < 2:
        return parts.missing(words("nothing_here"))

    def name(row: Row) -> parts.Component:
        if row["name"] == "(all)":
            return html.Strong(words("all"))
        if level == LEVELS[-1]:
            return row["name"]
        return dcc.Link(row["name"], href=visit.view.link(**{level: row["name"]}))

    columns = [
        parts.Column(words(f"deal_{level}"), name, is_number=False),
        *(_column(visit, each) for each in _MEASURES),
    ]
    return parts.table(columns, rows, words("channels_return"))


def _column(visit: Visit, name: str) -> parts.Column:
    words = visit.words
    label = words(f"measure_{name}")

    def cell(row: Row) -> str:
        if name in _PERCENT:
            return words.percent(row[name])
        return words.number(row[name], _MONEY.get(name, 0))

    return parts.Column(
        f"{label}, {visit.build.currency}" if name in _MONEY else label,
        cell,
        visit.build.meaning(TABLE, name),
    )


def _models(visit: Visit) -> parts.Component:
    """The revenue of won deals as each attribution model shares it, side by side."""
    words, period = visit.words, visit.period()
    found = visit.build.rows(
        "select model_id, coalesce(channel, source) as channel, sum(value_rc) as value_rc "
        "from marts.fct_attribution where conversion_type = 'deal_won' "
        "and conversion_date between ? and ? group by 1, 2",
        *(period.first, period.last),
    )
    if not found:
        return parts.missing(words("nothing_here"))
    models = sorted({row["model_id"] for row in found}, key=lambda id: (id != FIRST_MODEL, id))
    shares: dict[str, Row] = {}
    for row in found:
        shares.setdefault(row["channel"], {})[row["model_id"]] = row["value_rc"]
    by_first = sorted(shares.items(), key=lambda each: -(each[1].get(FIRST_MODEL) or 0))
    rows = [{"channel": channel, **share} for channel, share in by_first]
    columns = [
        parts.Column(words("channel"), lambda row: row["channel"], is_number=False),
        *(_model(visit, model) for model in models),
    ]
    return parts.table(columns, rows, words("models"))


def _model(visit: Visit, model: str) -> parts.Column:
    return parts.Column(
        f"{model}, {visit.build.currency}",
        lambda row: visit.words.number(row.get(model)),
        visit.build.meaning("reports.rpt_attribution", "value_rc"),
    )


def _wasted(visit: Visit) -> parts.Component:
    words, period = visit.words, visit.period()
    rows = visit.build.rows(
        "select outcome, sum(spend_rc) as spend_rc from reports.rpt_wasted_spend "
        "where month between date_trunc('month', cast(? as date)) and ? "
        "group by 1 order by 2 desc, 1",
        *(period.first, period.last),
    )
    if not rows:
        return parts.missing(words("nothing_here"))
    columns = [
        parts.Column(words("outcome"), lambda row: row["outcome"], is_number=False),
        parts.Column(
            words("measure_spend_rc"),
            lambda row: visit.money(row["spend_rc"]),
            visit.build.meaning("reports.rpt_wasted_spend", "spend_rc"),
        ),
    ]
    return parts.table(columns, rows, words("wasted"))


PAGE = Page("/channels", "channels", draw)
