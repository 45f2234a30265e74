"""Calls: how many, when, who takes them, who was not called back, and how their source is known."""

from __future__ import annotations

from typing import Any

from dash import html

from panels import charts, parts
from panels.reader import Row
from panels.visit import Page, Period, Visit

TABLE = "reports.rpt_calls"
FACTS = "marts.fct_calls"
MISSED = "reports.rpt_missed_calls"
LISTED = ("calls_in", "answered_in", "missed", "calls_out")
_MEASURES = """
    coalesce(sum(calls) filter (where direction = 'in'), 0) as calls_in,
    coalesce(sum(answered) filter (where direction = 'in'), 0) as answered_in,
    coalesce(sum(missed), 0) as missed,
    coalesce(sum(calls) filter (where direction = 'out'), 0) as calls_out,
    sum(calls) as calls,
    sum(target) as target,
    sum(first_calls) as first_calls,
    sum(talk_seconds) / 60 as talk_minutes,
    sum(talk_seconds) / nullif(sum(answered), 0) / 60 as minutes_a_call,
    100 * sum(missed) / nullif(sum(calls) filter (where direction = 'in'), 0) as missed_pct
"""
_ASKED = "date_day between ? and ? and (? is null or user_id = ?)"
_BEHIND = """
select calls.*
from reports.drill_calls(user_id := ?, direction := ?) as behind
inner join marts.fct_calls as calls on behind.key = calls.call_id
where behind.measure = ? and calls.started_date between ? and ?
order by calls.started_at, calls.call_id
"""


def draw(visit: Visit) -> parts.Children:
    """The page."""
    words, period = visit.words, visit.period()
    now, before = _sums(visit, period), _sums(visit, period.before())
    filters = parts.period_filter(visit), parts.employee_filter(visit)
    if not now["calls"]:
        return [parts.heading(visit, "calls", *filters), parts.missing(words("no_calls"))]
    return [
        parts.heading(visit, "calls", *filters),
        parts.cards(
            _card(visit, now, before, "calls_in", "calls"),
            _card(visit, now, before, "answered_in", "answered"),
            _card(visit, now, before, "missed", "missed"),
            parts.card(
                visit.metric("missed_share")[0],
                words.percent(now["missed_pct"]),
                visit.metric("missed_share")[1],
                note=parts.change(visit, now["missed_pct"], before["missed_pct"], words.percent),
            ),
            _card(visit, now, before, "calls_out", "calls"),
            _card(visit, now, before, "target", "target", opens=False),
            _card(visit, now, before, "first_calls", "first_calls", opens=False),
            _card(visit, now, before, "talk_minutes", "talk_seconds", opens=False),
        ),
        parts.section(
            words("calls_when"),
            _by_day(visit, period),
            id="days",
            answer=words(
                "calls_when_answer",
                n=words.number(now["calls_in"]),
                missed=words.percent(now["missed_pct"]),
            ),
        ),
        _hours(visit, period),
        _people(visit, period),
        parts.side_by_side(_returned(visit, period), _matched(visit, period)),
        _sources(visit, period),
        *_behind(visit, period),
    ]


def _asked(visit: Visit, period: Period) -> tuple[Any, ...]:
    employee = visit.view.get("employee")
    return period.first, period.last, employee, employee


def _sums(visit: Visit, period: Period) -> Row:
    return visit.build.row(
        f"select {_MEASURES} from {TABLE} where {_ASKED}", *_asked(visit, period)
    )


def _card(
    visit: Visit, now: Row, before: Row, name: str, column: str, *, opens: bool = True
) -> parts.Component:
    return parts.card(
        visit.words(f"call_{name}"),
        visit.words.number(now[name]),
        visit.build.meaning(TABLE, column),
        note=parts.change(visit, now[name], before[name], visit.words.number),
        href=visit.view.link(show=name, who=visit.view.get("employee"), page=None)
        if opens
        else None,
    )


def _by_day(visit: Visit, period: Period) -> parts.Component:
    rows = visit.build.rows(
        "select cast(date_trunc(?, days.date_day) as date) as day, "
        "coalesce(sum(calls.answered) filter (where calls.direction = 'in'), 0) as answered_in, "
        "coalesce(sum(calls.missed), 0) as missed, "
        "coalesce(sum(calls.calls) filter (where calls.direction = 'out'), 0) as calls_out "
        f"from marts.dim_dates as days left join {TABLE} as calls "
        "on calls.date_day = days.date_day and (? is null or calls.user_id = ?) "
        "where days.date_day between ? and ? group by 1 order by 1",
        period.step,
        *(visit.view.get("employee"), visit.view.get("employee"), period.first, period.last),
    )
    series = [
        (visit.words(f"call_{name}"), [row[name] for row in rows])
        for name in ("answered_in", "missed", "calls_out")
    ]
    colours = (charts.BLUE, charts.ORANGE, charts.GREY)
    return charts.columns(visit.words, "calls-days", [row["day"] for row in rows], series, colours)


def _hours(visit: Visit, period: Period) -> parts.Component:
    """Inbound calls of the company by weekday and hour; the darker, the more."""
    words = visit.words
    rows = visit.build.rows(
        "select isodow(date_day) as weekday, hour, sum(calls) as calls, sum(missed) as missed "
        "from reports.rpt_call_hours where direction = 'in' and hour is not null "
        "and date_day between ? and ? group by 1, 2",
        *(period.first, period.last),
    )
    if not rows:
        return parts.section(words("calls_hours"), parts.missing(words("no_hours")), id="hours")
    found = {(row["weekday"], row["hour"]): row for row in rows}
    hours = range(min(row["hour"] for row in rows), max(row["hour"] for row in rows) + 1)
    most = max(rows, key=lambda row: row["calls"])
    weekdays = words("weekdays").split()

    def cell(weekday: int, hour: int) -> parts.Component:
        row = found.get((weekday, hour))
        if row is None:
            return html.Td("")
        share = 100 * row["calls"] / most["calls"]
        said = words("calls_at", n=words.number(row["calls"]), missed=words.number(row["missed"]))
        look = {"background": f"color-mix(in srgb, var(--bar) {share * 0.55:.0f}%, transparent)"}
        return html.Td(words.number(row["calls"]), title=said, style=look)

    head = [html.Th(""), *(html.Th(f"{hour}", scope="col") for hour in hours)]
    body = [
        html.Tr([html.Th(name, scope="row"), *(cell(weekday, hour) for hour in hours)])
        for weekday, name in enumerate(weekdays, start=1)
    ]
    shown = html.Div(
        html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="heat"),
        className="table",
        tabIndex=0,
        role="region",
        **parts.named(words("calls_hours")),
    )
    answer = words(
        "calls_hours_answer", day=weekdays[most["weekday"] - 1], hour=f"{most['hour']}:00"
    )
    return parts.section(words("calls_hours"), shown, id="hours", answer=answer)


def _people(visit: Visit, period: Period) -> parts.Component:
    words = visit.words
    rows = visit.build.rows(
        "select sums.*, 100 * answered_in / nullif(sum(answered_in) over (), 0) as share "
        f"from (select user_id, max(user_name) as user_name, {_MEASURES} from {TABLE} "
        f"where {_ASKED} group by user_id) as sums "
        "order by user_id = '(none)', answered_in desc, user_id",
        *_asked(visit, period),
    )

    def measure(name: str, column: str, digits: int = 0) -> parts.Column:
        return parts.measured(
            visit,
            TABLE,
            name,
            words(f"call_{name}"),
            lambda value: words.number(value, digits),
            meaning=visit.build.meaning(TABLE, column),
            href=(lambda row: visit.view.link(show=name, who=row["user_id"], page=None))
            if name in LISTED
            else None,
        )

    columns = [
        parts.Column(words("employee"), lambda row: parts.person(visit, row), is_number=False),
        measure("calls_in", "calls"),
        measure("answered_in", "answered"),
        parts.measured(
            visit,
            TABLE,
            "share",
            words("call_share"),
            words.percent,
            meaning=words("call_share_of"),
        ),
        measure("missed", "missed"),
        measure("calls_out", "calls"),
        measure("target", "target"),
        measure("talk_minutes", "talk_seconds"),
        measure("minutes_a_call", "talk_seconds", 1),
    ]
    first = rows[0]
    answer = words(
        "calls_people_answer", name=parts.person(visit, first), share=words.percent(first["share"])
    )
    return parts.section(
        words("calls_people"),
        parts.table(columns, rows, words("calls_people")),
        id="people",
        answer=answer if first["share"] else None,
    )


def _returned(visit: Visit, period: Period) -> parts.Component:
    """What became of the missed calls; those that nobody returned open."""
    words = visit.words
    rows = visit.build.rows(
        "select outcome, count(*) as calls, median(minutes_to_return) / 60 as hours "
        f"from {MISSED} where started_date between ? and ? and (? is null or user_id = ?) "
        "group by 1 order by calls desc, 1",
        *_asked(visit, period),
    )
    if not rows:
        return parts.section(words("calls_missed"), parts.missing(words("no_missed")), id="missed")
    shown = parts.table(
        [
            parts.told(visit, MISSED, "outcome", words("outcome")),
            parts.measured(
                visit,
                MISSED,
                "calls",
                words("call_missed"),
                meaning=visit.build.meaning(MISSED, "outcome"),
                href=lambda row: visit.view.link(show=f"outcome.{row['outcome']}", page=None),
            ),
            parts.measured(
                visit,
                MISSED,
                "hours",
                words("time_to_return"),
                words.hours,
                meaning=visit.build.meaning(MISSED, "minutes_to_return"),
            ),
        ],
        rows,
        words("calls_missed"),
    )
    lost = sum(row["calls"] for row in rows if row["outcome"] == "lost")
    whole = sum(row["calls"] for row in rows)
    answer = words("calls_missed_answer", n=words.number(lost), whole=words.number(whole))
    return parts.section(words("calls_missed"), shown, id="missed", answer=answer)


def _matched(visit: Visit, period: Period) -> parts.Component:
    """How the source of inbound calls is known."""
    words = visit.words
    rows = visit.build.rows(
        "select match_method, sum(call_count) as calls, "
        "100 * sum(call_count) / sum(sum(call_count)) over () as share, "
        "100 * sum(call_count) filter (where match_candidates > 1) / sum(call_count) as ambiguous "
        f"from {FACTS} where direction = 'in' and not is_internal "
        "and started_date between ? and ? and (? is null or user_id = ?) "
        "group by 1 order by calls desc, 1",
        *_asked(visit, period),
    )
    if not rows:
        return parts.section(words("calls_matched"), parts.missing(words("no_calls")), id="matched")
    unclear = sum(float(row["share"]) * float(row["ambiguous"] or 0) / 100 for row in rows)
    shown = parts.bars(
        [
            (
                html.Span(
                    words(f"match_{row['match_method']}"),
                    title=visit.build.meaning(FACTS, "match_method"),
                ),
                row["calls"],
                f"{words.number(row['calls'])} · {words.percent(row['share'])}",
            )
            for row in rows
        ],
        words("calls_matched"),
    )
    answer = words("calls_matched_answer", share=words.percent(unclear))
    return parts.section(words("calls_matched"), shown, id="matched", answer=answer)


def _sources(visit: Visit, period: Period) -> parts.Component:
    words, table = visit.words, "reports.rpt_call_conversions"
    rows = visit.build.rows(
        "select source, sum(inbound_calls) as inbound_calls, sum(leads_opened) as leads_opened, "
        "sum(deals_created) as deals_created, sum(deals_won) as deals_won "
        f"from {table} where {_ASKED} group by 1 order by inbound_calls desc, 1",
        *_asked(visit, period),
    )
    if not rows:
        return parts.section(words("calls_sources"), parts.missing(words("no_calls")), id="sources")
    known = next((row["source"] for row in rows if not row["source"].startswith("(")), None)
    columns = [
        parts.told(visit, table, "source", words("source")),
        parts.measured(visit, table, "inbound_calls", words("call_calls_in")),
        parts.measured(visit, table, "leads_opened", words("call_leads_opened")),
        parts.measured(visit, table, "deals_created", words("measure_deals_created")),
        parts.measured(visit, table, "deals_won", words("measure_deals_won")),
    ]
    return parts.section(
        words("calls_sources"),
        parts.table(columns, rows, words("calls_sources")),
        id="sources",
        answer=words("calls_sources_answer", source=known) if known else None,
    )


def _behind(visit: Visit, period: Period) -> parts.Children:
    """The calls behind the number that the address asks for: ``show`` is what, ``who`` whose."""
    words, show = visit.words, visit.view.get("show") or ""
    who, outcome = visit.view.get("who"), show.removeprefix("outcome.")
    if outcome != show:
        query = (
            f"select calls.* from {MISSED} as missed inner join {FACTS} as calls "
            "on missed.call_id = calls.call_id where missed.outcome = ? "
            "and missed.started_date between ? and ? and (? is null or missed.user_id = ?) "
            "order by calls.started_at, calls.call_id"
        )
        parameters = [outcome, *_asked(visit, period)]
        title = f"{words('call_missed')}: {outcome}"
    elif show in LISTED:
        measure = {"answered_in": "answered", "missed": "missed"}.get(show, "calls")
        direction = "out" if show == "calls_out" else "in"
        query, parameters = _BEHIND, [who, direction, measure, period.first, period.last]
        title = words(f"call_{show}")
    else:
        return []
    columns = [
        parts.told(visit, FACTS, "call_id", words("call")),
        parts.told(visit, FACTS, "started_at", words("when")),
        parts.Column(words("employee"), lambda row: row["user_name"] or "–", is_number=False),
        parts.told(visit, FACTS, "status", words("deal_status")),
        parts.told(visit, FACTS, "source", words("source")),
        parts.told(visit, FACTS, "campaign", words("deal_campaign")),
        parts.told(visit, FACTS, "match_method", words("call_match")),
        parts.measured(visit, FACTS, "call_count", words("calls")),
    ]
    number = "count(*)" if outcome != show else "sum(call_count)"
    return [parts.behind(visit, title, query, parameters, columns, number=number)]


PAGE = Page("/calls", "calls", draw)
