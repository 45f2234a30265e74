"""Leads and clients: who gets them, from where, how fast they are answered, and who buys."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from panels import charts, parts
from panels.reader import Row
from panels.visit import Page, Period, Visit

TABLE = "reports.rpt_leads"
FACTS = "marts.fct_leads"
WAITING = "reports.rpt_leads_waiting"
MONTHS = "reports.rpt_clients_monthly"
CLIENTS = "reports.rpt_clients"
LISTED = ("leads", "new_persons", "leads_with_deal", "leads_client", "never_attempted")
FILTERS = ("source", "channel")
_MEASURES = """
    coalesce(sum(leads), 0) as leads,
    sum(new_persons) as new_persons,
    sum(leads_with_deal) as leads_with_deal,
    sum(leads_client) as leads_client,
    sum(leads_open) as leads_open,
    sum(never_attempted) as never_attempted,
    100 * sum(within_sla) / nullif(sum(leads), 0) as in_time,
    sum(minutes_to_first_attempt_sum) / nullif(sum(minutes_to_first_attempt_count), 0) / 60
        as hours_to_attempt,
    100 * sum(leads_client) / nullif(sum(leads), 0) as conversion
"""
_ASKED = (
    "date_day between ? and ? and reports.is_asked(user_id, ?) "
    "and reports.is_asked(source, ?) and reports.is_asked(channel, ?)"
)
_SPEED = f"""
select
    case
        when minutes_to_first_attempt is null then 9
        when minutes_to_first_attempt <= 5 then 1
        when minutes_to_first_attempt <= 15 then 2
        when minutes_to_first_attempt <= 60 then 3
        when minutes_to_first_attempt <= 240 then 4
        when minutes_to_first_attempt <= 1440 then 5
        when minutes_to_first_attempt <= 4320 then 6
        else 7
    end as bucket,
    count(*) as leads,
    100 * count(*) / sum(count(*)) over () as share
from {FACTS}
where opened_date between ? and ? and reports.is_asked(owner_user_id, ?)
    and reports.is_asked(source, ?) and reports.is_asked(channel, ?)
group by bucket
order by bucket
"""
_BEHIND = f"""
select leads.*
from reports.drill_leads(user_id := ?, source := ?, channel := ?) as behind
inner join {FACTS} as leads on behind.key = leads.lead_id
where behind.measure = ? and leads.opened_date between ? and ?
order by leads.opened_at, leads.lead_id
"""


def draw(visit: Visit) -> parts.Children:
    """The page."""
    words, period = visit.words, visit.period()
    now, before = _sums(visit, period), _sums(visit, period.before())
    return [
        parts.heading(visit, "leads", parts.period_filter(visit)),
        html.Div(
            [parts.employee_filter(visit), *(_filter(visit, name) for name in FILTERS)],
            className="filters",
        ),
        parts.cards(
            *(_card(visit, now, before, name) for name in LISTED),
            parts.card(
                visit.metric("sla_share")[0],
                words.percent(now["in_time"]),
                visit.build.meaning(TABLE, "within_sla"),
                note=parts.change(visit, now["in_time"], before["in_time"], words.percent),
            ),
            parts.card(
                words("leads_hours"),
                words.hours(now["hours_to_attempt"]),
                visit.build.meaning(TABLE, "minutes_to_first_attempt_sum"),
                note=parts.change(
                    visit, now["hours_to_attempt"], before["hours_to_attempt"], words.hours
                ),
            ),
        ),
        parts.section(
            words("leads_when"),
            _by_day(visit, period),
            id="days",
            answer=words(
                "leads_when_answer",
                n=words.number(now["leads"]),
                share=words.percent(now["conversion"]),
            ),
        ),
        parts.side_by_side(_speed(visit, period), _channels(visit, period)),
        _people(visit, period),
        _sources(visit, period),
        _waiting(visit),
        parts.side_by_side(_clients(visit, period), _sellers_of_clients(visit, period)),
        *_behind(visit, period),
    ]


def _filter(visit: Visit, name: str) -> parts.Component:
    rows = visit.build.rows(
        f"select distinct coalesce({name}, '(none)') as value from {TABLE} order by 1"
    )
    options = [(row["value"], row["value"]) for row in rows]
    return parts.choice(visit, name, visit.words(name), options, visit.words("any"))


def _asked(visit: Visit, period: Period) -> tuple[Any, ...]:
    asked = (visit.view.get(name) for name in ("employee", *FILTERS))
    return period.first, period.last, *asked


def _sums(visit: Visit, period: Period) -> Row:
    return visit.build.row(
        f"select {_MEASURES} from {TABLE} where {_ASKED}", *_asked(visit, period)
    )


def _card(visit: Visit, now: Row, before: Row, name: str) -> parts.Component:
    return parts.card(
        visit.words(f"lead_{name}"),
        visit.words.number(now[name]),
        visit.build.meaning(TABLE, name),
        note=parts.change(visit, now[name], before[name], visit.words.number),
        href=visit.view.link(show=name, who=None, of=None, page=None),
    )


def _by_day(visit: Visit, period: Period) -> parts.Component:
    rows = visit.build.rows(
        "select cast(date_trunc(?, days.date_day) as date) as day, "
        "coalesce(sum(leads.new_persons), 0) as new_persons, "
        "coalesce(sum(leads.leads - leads.new_persons), 0) as returning "
        f"from marts.dim_dates as days left join {TABLE} as leads "
        "on leads.date_day = days.date_day and reports.is_asked(leads.user_id, ?) "
        "and reports.is_asked(leads.source, ?) and reports.is_asked(leads.channel, ?) "
        "where days.date_day between ? and ? group by 1 order by 1",
        period.step,
        *_asked(visit, period)[2:],
        *(period.first, period.last),
    )
    series = [
        (visit.words(f"lead_{name}"), [row[name] for row in rows])
        for name in ("new_persons", "returning")
    ]
    colours = (charts.BLUE, charts.SKY)
    return charts.columns(visit.words, "leads-days", [row["day"] for row in rows], series, colours)


def _speed(visit: Visit, period: Period) -> parts.Component:
    """How long leads waited until somebody tried to reach them."""
    words = visit.words
    rows = visit.build.rows(_SPEED, *_asked(visit, period))
    if not rows:
        return parts.section(words("leads_speed"), parts.missing(words("nothing_here")), id="speed")
    middle = visit.build.row(
        "select median(minutes_to_first_attempt) as p50, "
        f"quantile_cont(minutes_to_first_attempt, 0.9) as p90 from {FACTS} "
        "where opened_date between ? and ? and reports.is_asked(owner_user_id, ?) "
        "and reports.is_asked(source, ?) and reports.is_asked(channel, ?)",
        *_asked(visit, period),
    )
    shown = parts.bars(
        [
            (
                words(f"speed_{row['bucket']}"),
                row["leads"],
                f"{words.number(row['leads'])} · {words.percent(row['share'])}",
            )
            for row in rows
        ],
        words("leads_speed"),
    )
    answer = words(
        "leads_speed_answer",
        half=words.hours(None if middle["p50"] is None else middle["p50"] / 60),
        most=words.hours(None if middle["p90"] is None else middle["p90"] / 60),
    )
    return parts.section(words("leads_speed"), shown, id="speed", answer=answer)


def _channels(visit: Visit, period: Period) -> parts.Component:
    words = visit.words
    rows = visit.build.rows(
        f"select coalesce(channel, '(none)') as channel, sum(leads) as leads "
        f"from {TABLE} where {_ASKED} group by 1 order by leads desc, 1 limit 12",
        *_asked(visit, period),
    )
    if not rows:
        return parts.section(
            words("leads_channels"), parts.missing(words("nothing_here")), id="channels"
        )
    shown = parts.bars(
        [
            (
                dcc.Link(row["channel"], href=visit.view.link(channel=row["channel"], page=None)),
                row["leads"],
                words.number(row["leads"]),
            )
            for row in rows
        ],
        words("leads_channels"),
    )
    answer = words("leads_channels_answer", channel=rows[0]["channel"])
    return parts.section(words("leads_channels"), shown, id="channels", answer=answer)


def _measures(visit: Visit, of: str, key: str) -> list[parts.Column]:
    """The columns of leads by somebody or something, each number of which opens its leads."""
    words = visit.words

    def opening(name: str) -> Any:
        return lambda row: visit.view.link(show=name, who=row[key], of=of, page=None)

    counted = [
        parts.measured(visit, TABLE, name, words(f"lead_{name}"), href=opening(name))
        for name in LISTED
    ]
    shares = [
        parts.measured(
            visit,
            TABLE,
            name,
            label,
            written,
            meaning=visit.build.meaning(TABLE, column),
        )
        for name, label, written, column in (
            ("conversion", visit.metric("lead_conversion")[0], words.percent, "leads_client"),
            ("in_time", visit.metric("sla_share")[0], words.percent, "within_sla"),
            ("hours_to_attempt", words("leads_hours"), words.hours, "minutes_to_first_attempt_sum"),
        )
    ]
    return [*counted, *shares]


def _people(visit: Visit, period: Period) -> parts.Component:
    words = visit.words
    rows = visit.build.rows(
        f"select user_id, max(user_name) as user_name, {_MEASURES} from {TABLE} "
        f"where {_ASKED} group by user_id order by user_id = '(none)', leads desc, user_id",
        *_asked(visit, period),
    )
    if not rows:
        return parts.section(
            words("leads_people"), parts.missing(words("nothing_here")), id="people"
        )
    who = parts.Column(words("employee"), lambda row: parts.person(visit, row), is_number=False)
    columns = [who, *_measures(visit, "user_id", "user_id")]
    return parts.section(
        words("leads_people"), parts.table(columns, rows, words("leads_people")), id="people"
    )


def _sources(visit: Visit, period: Period) -> parts.Component:
    words = visit.words
    rows = visit.build.rows(
        f"select source, {_MEASURES} from {TABLE} where {_ASKED} "
        "group by source order by leads desc, source",
        *_asked(visit, period),
    )
    if not rows:
        return parts.section(
            words("leads_sources"), parts.missing(words("nothing_here")), id="sources"
        )
    columns = [
        parts.told(visit, TABLE, "source", words("source")),
        *_measures(visit, "source", "source"),
    ]
    return parts.section(
        words("leads_sources"), parts.table(columns, rows, words("leads_sources")), id="sources"
    )


def _waiting(visit: Visit) -> parts.Component:
    """The leads that are open now, the one to work first on top."""
    words = visit.words
    asked = [visit.view.get("employee"), visit.view.get("source")]
    where = "reports.is_asked(owner_user_id, ?) and reports.is_asked(source, ?)"
    count = visit.build.value(f"select count(*) from {WAITING} where {where}", *asked)
    if not count:
        return parts.section(words("waiting"), parts.missing(words("no_waiting")), id="waiting")
    rows = visit.build.rows(f"from {WAITING} where {where} order by place limit 20", *asked)
    columns = [
        parts.measured(visit, WAITING, "place", words("place")),
        parts.told(visit, WAITING, "lead_id", words("lead")),
        parts.told(visit, WAITING, "owner_name", words("employee")),
        parts.told(visit, WAITING, "source", words("source")),
        parts.measured(
            visit,
            WAITING,
            "days_waiting",
            words("days_waiting"),
            lambda value: words.number(value, 1),
        ),
        parts.measured(visit, WAITING, "points", words("points")),
        parts.told(visit, WAITING, "reasons", words("reasons"), is_long=True),
    ]
    answer = words("waiting_answer", n=words.number(count), shown=words.number(len(rows)))
    return parts.section(
        words("waiting"),
        parts.table(columns, rows, words("waiting")),
        id="waiting",
        answer=answer,
    )


def _clients(visit: Visit, period: Period) -> parts.Component:
    """New and returning clients by month, and how many were active at its end."""
    words = visit.words
    rows = visit.build.rows(
        f"select month, clients_new, clients_returning, clients_active from {MONTHS} "
        "where user_id = ? and month between date_trunc('month', cast(? as date)) and ? "
        "order by month",
        *(visit.view.get("employee") or "(all)", period.first, period.last),
    )
    if not rows:
        return parts.section(words("clients"), parts.missing(words("no_clients")), id="clients")
    series = [
        (words(f"client_{name}"), [row[f"clients_{name}"] for row in rows])
        for name in ("new", "returning")
    ]
    months = [row["month"] for row in rows]
    shown = charts.columns(
        words, "clients-months", months, series, (charts.GREEN, charts.BLUE), of_months=True
    )
    answer = words(
        "clients_answer",
        new=words.number(sum(row["clients_new"] for row in rows)),
        active=words.number(rows[-1]["clients_active"]),
    )
    return parts.section(words("clients"), shown, id="clients", answer=answer)


def _sellers_of_clients(visit: Visit, period: Period) -> parts.Component:
    """Whose clients they are: each employee's share of the new ones."""
    words = visit.words
    rows = visit.build.rows(
        "select user_id, max(user_name) as user_name, sum(clients_new) as clients_new, "
        "100 * sum(clients_new) / sum(sum(clients_new)) over () as share "
        f"from {CLIENTS} where {_ASKED} group by user_id order by clients_new desc, user_id",
        *_asked(visit, period),
    )
    if not rows:
        return parts.section(
            words("clients_whose"), parts.missing(words("no_clients")), id="clients-whose"
        )
    shown = parts.bars(
        [
            (
                parts.person(visit, row),
                row["clients_new"],
                f"{words.number(row['clients_new'])} · {words.percent(row['share'])}",
            )
            for row in rows
        ],
        words("clients_whose"),
    )
    answer = words("clients_whose_answer", name=parts.person(visit, rows[0]))
    return parts.section(words("clients_whose"), shown, id="clients-whose", answer=answer)


def _behind(visit: Visit, period: Period) -> parts.Children:
    """The leads behind the number that the address asks for: ``show``, and ``who`` by ``of``."""
    words, show = visit.words, visit.view.get("show")
    if show not in LISTED:
        return []
    asked = {name: visit.view.get(name) for name in FILTERS}
    asked["user_id"] = visit.view.get("employee")
    if (of := visit.view.get("of")) in asked:
        asked[of] = visit.view.get("who")
    parameters = [asked["user_id"], asked["source"], asked["channel"], show]
    columns = [
        parts.told(visit, FACTS, "lead_id", words("lead")),
        parts.told(visit, FACTS, "opened_at", words("when")),
        parts.told(visit, FACTS, "opened_by", words("opened_by")),
        parts.told(visit, FACTS, "owner_name", words("employee")),
        parts.told(visit, FACTS, "source", words("source")),
        parts.told(visit, FACTS, "status", words("deal_status")),
        parts.told(visit, FACTS, "first_attempt_at", words("first_attempt")),
    ]
    title = words(f"lead_{show}")
    return [parts.behind(visit, title, _BEHIND, [*parameters, period.first, period.last], columns)]


PAGE = Page("/leads", "leads", draw)
