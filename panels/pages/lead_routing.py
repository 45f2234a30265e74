"""Lead routing: what salespeople make of the contacts that they are handed.

The screen of the founding document: basic data in one range of days, each count on its own day,
and the flow of the contacts acquired in another. Behind every number are its contacts.
"""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from panels import charts, parts
from panels.reader import Row
from panels.visit import Page, Visit

CALENDAR = "reports.rpt_lead_routing_calendar"
FLOW = "reports.rpt_lead_routing_flow"
STEPS = "reports.rpt_lead_routing_steps"
SELLERS = "reports.rpt_lead_routing_sellers"
ALL = "(all)"

BASIC = ("acquired", "handed_over", "contacted")
POINTS = ("cp1", "cp2", "final")
SELLER_MEASURES = ("handed_over", "contacted", "cp1_entered", "cp2_entered", "final_entered")

_CONTACTS = """
select contacts.*
from {drill} as behind
inner join marts.fct_contact_acquisition as contacts
    on behind.key = contacts.contact_id and contacts.panel_id = ?
where behind.measure = ? and contacts.acquired_date between ? and ?
order by contacts.acquired_at, contacts.contact_id
"""
_EVENTS = """
select contacts.*
from marts.fct_acquisition_events as events
inner join marts.fct_contact_acquisition as contacts
    on events.panel_id = contacts.panel_id and events.contact_id = contacts.contact_id
where events.panel_id = ? and events.event_type = ? and events.event_date between ? and ?
order by events.event_date, contacts.contact_id
"""


def draw(visit: Visit) -> parts.Children:
    """The page."""
    panels = visit.build.rows("from marts.dim_lead_routing_panels order by panel_name, panel_id")
    if not panels:
        return [
            parts.heading(visit, "lead_routing"),
            parts.missing(visit.words("no_panels")),
        ]
    asked = visit.view.get("panel")
    panel = next((each for each in panels if each["panel_id"] == asked), panels[0])
    options = [(each["panel_id"], each["panel_name"]) for each in panels]
    return [
        parts.heading(
            visit,
            "lead_routing",
            parts.choice(visit, "panel", visit.words("panel"), options, panel["panel_name"]),
        ),
        *_behind(visit, panel),
        _basic_data(visit, panel),
        _contact_flow(visit, panel),
        _sellers(visit, panel),
        *_details(visit, panel),
    ]


# --- basic data --------------------------------------------------------------------------------


def _basic_data(visit: Visit, panel: Row) -> parts.Component:
    words, period = visit.words, visit.period()
    sums = visit.build.row(
        "from reports.lead_routing_basic(?, ?, ?) where source_tag = '(all)'",
        *(panel["panel_id"], period.first, period.last),
    )
    boxes = [
        parts.card(
            words(f"routing_{name}"),
            words.number(sums[f"{name}_contacts"]),
            visit.build.meaning(CALENDAR, f"{name}_contacts"),
            href=_opening(visit, f"basic.{name}"),
            is_chosen=visit.view.get("show") == f"basic.{name}",
        )
        for name in BASIC
    ]
    boxes.append(
        parts.card(
            words("contacts_per_seller"),
            words.number(sums["contacts_per_seller"], 1),
            visit.build.meaning(CALENDAR, "contacts_per_seller"),
            note=words("sellers_count", n=words.number(sums["sellers_count"])),
        )
    )
    return parts.section(
        words("basic_data"),
        parts.period_filter(visit),
        parts.cards(*boxes),
        _preview(visit, panel),
        id="basic-data",
    )


def _preview(visit: Visit, panel: Row) -> parts.Component:
    words, period = visit.words, visit.period()
    columns = {name: f"{name}_contacts" for name in BASIC} | {"per_seller": "contacts_per_seller"}
    names = {name: words(f"routing_{name}") for name in BASIC}
    names["per_seller"] = words("contacts_per_seller")
    asked = visit.view.get("preview") or "acquired"
    shown = asked if asked in columns else "acquired"
    rows = visit.build.rows(
        f"select days.date_day, coalesce(counts.{columns[shown]}, 0) as value "
        f"from marts.dim_dates as days left join {CALENDAR} as counts "
        "on days.date_day = counts.date_day and counts.panel_id = ? "
        "where days.date_day between ? and ? order by days.date_day",
        *(panel["panel_id"], period.first, period.last),
    )
    links = [
        dcc.Link(
            name,
            href=visit.view.link(preview=key),
            className="range chosen" if key == shown else "range",
        )
        for key, name in names.items()
    ]
    chart = charts.area(
        words,
        "preview",
        [row["date_day"] for row in rows],
        (names[shown], [row["value"] for row in rows]),
    )
    return html.Div(
        [html.Div([html.H3(words("preview")), *links], className="ranges"), chart],
    )


# --- contact flow ------------------------------------------------------------------------------


def _contact_flow(visit: Visit, panel: Row) -> parts.Component:
    words = visit.words
    seller = visit.view.get("seller")
    cohort = _cohort(visit, panel)
    by_source = visit.build.rows("from reports.lead_routing_flow(?, ?, ?)", *cohort)
    acquired = {row["source_tag"]: row["acquired"] for row in by_source}
    of_sellers = visit.build.row(
        "from reports.lead_routing_flow(?, ?, ?, seller := ?) where source_tag = '(all)'",
        *(*cohort, seller),
    )
    median = visit.build.value(
        "select median(hours_to_handover) from marts.fct_contact_acquisition "
        "where panel_id = ? and acquired_date between ? and ? and (? is null or user_id = ?)",
        *(*cohort, seller, seller),
    )
    sources = visit.build.rows(
        "select source_tag, label from marts.dim_lead_routing_panel_sources "
        "where panel_id = ? order by priority, source_tag",
        panel["panel_id"],
    )
    boxes = [
        _flow_card(visit, words("routing_acquired"), acquired[ALL], "acquired"),
        *(
            _flow_card(
                visit,
                source["label"] or source["source_tag"],
                acquired.get(source["source_tag"], 0),
                "acquired",
                source=source["source_tag"],
                note=source["source_tag"],
            )
            for source in sources
        ),
    ]
    people = visit.build.rows(
        "select distinct user_id, coalesce(user_name, user_id) as name "
        "from marts.dim_lead_routing_panel_sellers where panel_id = ? order by 2, 1",
        panel["panel_id"],
    )
    options = [(each["user_id"], each["name"]) for each in people]
    results = [
        *(
            _flow_card(visit, words(f"routing_{name}"), of_sellers[name], name, seller=seller)
            for name in ("handed_over", "contacted")
        ),
        parts.card(
            words("hours_to_handover"),
            words.hours(of_sellers["hours_to_handover_mean"]),
            visit.build.meaning(FLOW, "hours_to_handover_count"),
            note=words(
                "median_of",
                median=words.hours(median),
                n=words.number(of_sellers["hours_to_handover_count"]),
            ),
        ),
        *(
            _flow_card(
                visit,
                words(f"point_{point}", stage=panel[f"{point}_stage"]),
                of_sellers[f"{point}_entered"],
                f"{point}_entered",
                seller=seller,
                note=words("now_here", n=words.number(of_sellers[f"{point}_now"])),
            )
            for point in POINTS
        ),
    ]
    return parts.section(
        words("contact_flow"),
        html.Div(parts.period_filter(visit, "acquired_from", "acquired_to"), className="filters"),
        parts.cards(*boxes),
        html.Div(
            parts.choice(visit, "seller", words("handed_to"), options, words("in_summary")),
            className="filters",
        ),
        parts.cards(*results),
        _chart(visit, panel),
        id="contact-flow",
    )


def _flow_card(
    visit: Visit,
    label: str,
    value: Any,
    measure: str,
    *,
    source: str | None = None,
    seller: str | None = None,
    note: str | None = None,
) -> parts.Component:
    show = f"flow.{measure}"
    here = (visit.view.get("show"), visit.view.get("show_source"), visit.view.get("show_seller"))
    return parts.card(
        label,
        visit.words.number(value),
        visit.build.meaning(FLOW, measure),
        note=note,
        href=_opening(visit, show, source, seller),
        is_chosen=here == (show, source, seller),
    )


def _chart(visit: Visit, panel: Row) -> parts.Component:
    """How many came through each step, and in red those who did not."""
    words, seller = visit.words, visit.view.get("seller")
    steps = visit.build.rows(
        "select step, sum(reached) as reached, sum(not_passed) as not_passed, "
        "sum(not_passed_lost) as lost, sum(not_passed_open) as still_open "
        f"from {STEPS} where panel_id = ? and acquired_date between ? and ? "
        "and (? is null or user_id = ?) group by step_no, step order by step_no",
        *(*_cohort(visit, panel), seller, seller),
    )
    if not steps:
        return parts.missing(words("nothing_here"))
    whole = steps[0]["reached"]

    def part(step: Row, measure: str, number: Any, look: str, said: str) -> parts.Component:
        return dcc.Link(
            words.number(number),
            href=_opening(visit, f"step.{step['step']}.{measure}", seller=seller),
            className=f"flow-part {look}",
            style={"width": f"{100 * number / whole:.3f}%"},
            title=said,
        )

    rows = [
        html.Div(
            [
                html.Span(_step_name(visit, panel, step["step"]), className="flow-name"),
                html.Div(
                    [
                        part(step, measure, number, look, said)
                        for measure, number, look, said in (
                            (
                                "reached",
                                step["reached"],
                                "passed",
                                visit.build.meaning(STEPS, "reached"),
                            ),
                            (
                                "not_passed",
                                step["not_passed"],
                                "not-passed",
                                words(
                                    "not_passed_said",
                                    n=words.number(step["not_passed"]),
                                    lost=words.number(step["lost"]),
                                    open=words.number(step["still_open"]),
                                ),
                            ),
                        )
                        if number
                    ],
                    className="flow-bar",
                ),
            ],
            className="flow-step",
        )
        for step in steps
    ]
    last = steps[-1]["reached"]
    return html.Div(
        [
            html.H3(words("flow_chart")),
            html.P(
                words("flow_chart_answer", last=words.number(last), whole=words.number(whole)),
                className="answer",
            ),
            html.Div(rows, className="flow"),
            html.P(
                [
                    html.Span(className="key passed"),
                    words("passed"),
                    html.Span(className="key not-passed"),
                    words("not_passed"),
                ],
                className="answer keys",
            ),
        ]
    )


def _step_name(visit: Visit, panel: Row, step: str) -> str:
    return str(panel[f"{step}_stage"] if step in POINTS else visit.words(f"routing_{step}"))


# --- sellers -----------------------------------------------------------------------------------


def _sellers(visit: Visit, panel: Row) -> parts.Component:
    words = visit.words
    sums = ", ".join(f"sum({name}) as {name}" for name in SELLER_MEASURES)
    rows = visit.build.rows(
        f"select user_id, coalesce(max(user_name), user_id) as name, {sums} from {SELLERS} "
        "where panel_id = ? and acquired_date between ? and ? "
        "group by user_id order by user_id = '(none)', handed_over desc, name",
        *_cohort(visit, panel),
    )
    if not rows:
        return parts.section(words("by_seller"), parts.missing(words("nothing_here")), id="sellers")
    details = parts.Column(
        words("details"),
        lambda row: dcc.Link(words("details"), href=visit.view.link(details=row["user_id"])),
        words("details_said"),
    )
    columns = [
        parts.Column(words("seller"), lambda row: _seller(visit, row["name"]), is_number=False),
        *(_measure(visit, panel, name, by_source=False) for name in SELLER_MEASURES),
        details,
    ]
    return parts.section(
        words("by_seller"), parts.table(columns, rows, words("by_seller")), id="sellers"
    )


def _details(visit: Visit, panel: Row) -> parts.Children:
    words, seller = visit.words, visit.view.get("details")
    if seller is None:
        return []
    sums = ", ".join(f"sum({name}) as {name}" for name in SELLER_MEASURES)
    rows = visit.build.rows(
        f"select source_tag, user_id, max(user_name) as name, {sums} "
        "from reports.rpt_lead_routing_seller_sources "
        "where panel_id = ? and acquired_date between ? and ? and user_id = ? "
        "group by source_tag, user_id order by handed_over desc, source_tag",
        *(*_cohort(visit, panel), seller),
    )
    name = next((row["name"] for row in rows if row["name"]), seller)
    columns = [
        parts.Column(words("source"), lambda row: row["source_tag"], is_number=False),
        *(_measure(visit, panel, measure, by_source=True) for measure in SELLER_MEASURES),
    ]
    shown = parts.table(columns, rows, name) if rows else parts.missing(words("nothing_here"))
    closing = dcc.Link(words("close"), href=visit.view.link(details=None), className="range")
    return [parts.section(words("details_of", name=name), shown, html.Div(closing), id="details")]


def _measure(visit: Visit, panel: Row, name: str, by_source: bool) -> parts.Column:
    """A column of the sellers' tables, each number of which opens its contacts."""

    def cell(row: Row) -> parts.Component:
        source = row["source_tag"] if by_source else None
        href = _opening(visit, f"flow.{name}", source, row["user_id"])
        return dcc.Link(visit.words.number(row[name]), href=href) if row[name] else "0"

    step = name.removesuffix("_entered")
    return parts.Column(_step_name(visit, panel, step), cell, visit.build.meaning(SELLERS, name))


# --- the contacts behind a number --------------------------------------------------------------


def _cohort(visit: Visit, panel: Row) -> tuple[Any, Any, Any]:
    """The panel and the days in which contacts were acquired, as the flow's queries take them."""
    period = visit.period("acquired_from", "acquired_to")
    return panel["panel_id"], period.first, period.last


def _opening(visit: Visit, show: str, source: str | None = None, seller: str | None = None) -> str:
    return visit.view.link(show=show, show_source=source, show_seller=seller, page=None)


def _behind(visit: Visit, panel: Row) -> parts.Children:
    """The list that the address asks for: ``show`` is basic, flow or step, and the measure."""
    kind, _, measure = (visit.view.get("show") or "").partition(".")
    source, seller = visit.view.get("show_source"), visit.view.get("show_seller")
    panel_id, first, last = _cohort(visit, panel)
    if kind == "basic" and measure in BASIC:
        period = visit.period()
        query, parameters = _EVENTS, [panel_id, measure, period.first, period.last]
        title = visit.words(f"routing_{measure}")
    elif kind == "flow":
        drill = "reports.drill_lead_routing_flow(panel_id := ?, source_tag := ?, user_id := ?)"
        query = _CONTACTS.format(drill=drill)
        parameters = [panel_id, source, seller, panel_id, measure, first, last]
        title = _step_name(visit, panel, measure.removesuffix("_entered"))
    elif kind == "step":
        step, _, measure = measure.partition(".")
        drill = "reports.drill_lead_routing_steps(panel_id := ?, user_id := ?, step := ?)"
        query = _CONTACTS.format(drill=drill)
        parameters = [panel_id, seller, step, panel_id, measure, first, last]
        title = _step_name(visit, panel, step)
        if measure == "not_passed":
            title = f"{title}: {visit.words('not_passed')}"
    else:
        return []
    who = [text for text in (source, seller and _seller(visit, _name_of(visit, seller))) if text]
    columns = _columns(visit)
    return [parts.behind(visit, " · ".join([title, *who]), query, parameters, columns)]


def _seller(visit: Visit, name: str) -> str:
    """A seller's name; contacts that were handed to nobody have none."""
    return visit.words("nobody") if name == "(none)" else name


def _name_of(visit: Visit, user_id: str) -> str:
    return (
        visit.build.value("select user_name from marts.dim_users where user_id = ?", user_id)
        or user_id
    )


def _columns(visit: Visit) -> list[parts.Column]:
    words = visit.words
    table = "marts.fct_contact_acquisition"
    shown = (
        ("contact_id", "contact", lambda row: row["contact_id"]),
        ("source_tag", "source", lambda row: row["source_tag"]),
        ("acquired_at", "routing_acquired", lambda row: words.day(row["acquired_at"])),
        ("handed_over_at", "routing_handed_over", lambda row: words.day(row["handed_over_at"])),
        ("user_name", "seller", lambda row: _seller(visit, row["user_name"] or row["user_id"])),
        ("first_contacted_at", "contacted_at", lambda row: words.day(row["first_contacted_at"])),
        ("current_stage", "stage", lambda row: row["current_stage"] or "–"),
        ("is_lost", "lost", lambda row: words("yes") if row["is_lost"] else ""),
    )
    return [
        parts.Column(words(label), cell, visit.build.meaning(table, name), is_number=False)
        for name, label, cell in shown
    ]


PAGE = Page("/lead-routing", "lead_routing", draw)
