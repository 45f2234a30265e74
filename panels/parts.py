"""What pages are put together from: one look for numbers, tables, filters and lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dash import dcc, html

from panels.inputs import Choice, Day
from panels.reader import Row
from panels.visit import Period, Visit
from panels.words import NOTHING

ROWS_OF_A_LIST = 100
Component = Any
Children = Sequence[Component]


# --- numbers -----------------------------------------------------------------------------------


def card(
    label: str,
    value: str,
    meaning: str = "",
    *,
    note: Component = None,
    href: str | None = None,
    is_chosen: bool = False,
) -> Component:
    """A box with one number, its name and what it means on hover; ``href`` leads behind it."""
    inside = [
        html.Span(label, className="card-label"),
        html.Span(value, className="card-value"),
        html.Span(note, className="card-note") if note else None,
    ]
    look = f"card{' chosen' if is_chosen else ''}"
    if href is None:
        return html.Div(inside, className=look, title=meaning)
    return dcc.Link(inside, href=href, className=f"{look} opens", title=meaning)


def cards(*boxes: Component) -> Component:
    """Boxes side by side, as many as fit."""
    return html.Div(boxes, className="cards")


def change(visit: Visit, now: Any, before: Any, shown: Callable[[Any], str]) -> Component:
    """How a number stands against the period before: an arrow and what it was."""
    if before is None or now is None:
        return None
    sign = "▲" if now > before else "▼" if now < before else "="
    return f"{sign} {visit.words('before', value=shown(before))}"


# --- sections ----------------------------------------------------------------------------------


def section(title: str, *children: Component, id: str, answer: str | None = None) -> Component:
    """A part of a page: a question or a name, its answer, and what shows it."""
    return html.Section(
        [
            html.H2(title),
            html.P(answer, className="answer") if answer else None,
            *children,
        ],
        className="section",
        id=id,
    )


def heading(visit: Visit, name: str, *filters: Component) -> Component:
    """A page's name and its filters."""
    return html.Div(
        [html.H1(visit.words(name)), html.Div(filters, className="filters")], className="heading"
    )


def named(name: str) -> dict[str, Any]:
    """The name of a part of the page for those who do not see it."""
    return {"aria-label": name}


def missing(text: str) -> Component:
    """Instead of a picture: what is missing, and how to get it."""
    return html.P(text, className="missing")


# --- filters: each says in its id what the page shows, and so what is a change --------------------


def filter_id(name: str, shown: object) -> dict[str, str]:
    """The id of an input that asks for ``name``."""
    return {"filter": name, "shown": "" if shown is None else str(shown)}


def labelled(label: str, control: Component, look: str = "") -> Component:
    """A control under its name, which belongs to it for those who do not see."""
    return html.Label([html.Span(label), control], className=f"filter {look}".strip())


def period_filter(visit: Visit, first: str = "from", last: str = "to") -> Component:
    """Two days, and links to the periods that people ask for most."""
    words, period, end = visit.words, visit.period(first, last), visit.build.data_through
    ranges = [
        (words("days", n=7), Period(date.fromordinal(end.toordinal() - 6), end)),
        (words("days", n=30), Period(date.fromordinal(end.toordinal() - 29), end)),
        (words("days", n=90), Period(date.fromordinal(end.toordinal() - 89), end)),
        (words("this_year"), Period(end.replace(month=1, day=1), end)),
        (words("days", n=365), Period(date.fromordinal(end.toordinal() - 364), end)),
    ]
    links = [
        dcc.Link(
            name,
            href=visit.view.link(**{first: each.first, last: each.last, "page": None}),
            className="range chosen" if each == period else "range",
        )
        for name, each in ranges
    ]
    inputs = [
        labelled(
            words(label),
            Day(filter_id(name, day), day.isoformat()),
        )
        for label, name, day in (("from", first, period.first), ("to", last, period.last))
    ]
    return html.Div([*inputs, html.Div(links, className="ranges")], className="period")


def choice(
    visit: Visit, name: str, label: str, options: Sequence[tuple[str, str]], everything: str
) -> Component:
    """One of several values, or ``everything``."""
    asked = visit.view.get(name)
    return labelled(
        label,
        Choice(filter_id(name, asked), asked, options, everything),
        "wide",
    )


def employee_filter(visit: Visit) -> Component:
    """One employee or all."""
    people = visit.build.rows(
        "select user_id, coalesce(user_name, user_id) as name from marts.dim_users order by 2, 1"
    )
    options = [(each["user_id"], each["name"]) for each in people]
    return choice(visit, "employee", visit.words("employee"), options, visit.words("everybody"))


# --- tables ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A column of a table: its name, what a row's cell shows, and what it means on hover."""

    label: str
    cell: Callable[[Row], Component]
    meaning: str = ""
    is_number: bool = True
    is_long: bool = False

    @property
    def look(self) -> str:
        """The class of its cells: numbers to the right, names to the left, long texts wrapped."""
        return "number" if self.is_number else "text long" if self.is_long else "text"


def table(columns: Sequence[Column], rows: Sequence[Row], caption: str = "") -> Component:
    """Rows for reading."""
    head = [
        html.Th(column.label, title=column.meaning, className=column.look, scope="col")
        for column in columns
    ]
    body = [
        html.Tr([html.Td(column.cell(row), className=column.look) for column in columns])
        for row in rows
    ]
    return html.Div(
        html.Table(
            [
                html.Caption(caption) if caption else None,
                html.Thead(html.Tr(head)),
                html.Tbody(body),
            ]
        ),
        className="table",
        tabIndex=0,
        role="region",
        **named(caption or columns[0].label),
    )


def measured(
    visit: Visit,
    table: str,
    name: str,
    label: str,
    written: Callable[[Any], str] | None = None,
    *,
    meaning: str = "",
    href: Callable[[Row], str] | None = None,
) -> Column:
    """A column of numbers that says on hover what the published file says of it.

    A number but 0 leads to ``href`` of its row.
    """
    write = written or visit.words.number

    def cell(row: Row) -> Component:
        shown = write(row[name])
        return dcc.Link(shown, href=href(row)) if href and row[name] else shown

    return Column(label, cell, meaning or visit.build.meaning(table, name))


def told(visit: Visit, table: str, name: str, label: str, *, is_long: bool = False) -> Column:
    """A column of names, days or other texts."""

    def cell(row: Row) -> str:
        value = row[name]
        if isinstance(value, bool):
            return visit.words("yes" if value else "no")
        return visit.words.day(value) if isinstance(value, date) else str(value or NOTHING)

    return Column(label, cell, visit.build.meaning(table, name), is_number=False, is_long=is_long)


def person(visit: Visit, row: Row) -> str:
    """Whose row it is: the name, else the id; nobody's in the language's word."""
    name = row["user_name"] or row["user_id"]
    return visit.words("nobody_known") if name == "(none)" else str(name)


def bars(rows: Sequence[tuple[Component, float, Component]], name: str) -> Component:
    """A bar a row: what it is of, how long it is, and what is written at its end."""
    longest = max((float(length) for _, length, _ in rows), default=0) or 1
    return html.Ul(
        [
            html.Li(
                [
                    html.Span(label, className="bar-name"),
                    html.Span(
                        html.Span(
                            className="bar-fill",
                            style={"width": f"{100 * float(length) / longest:.2f}%"},
                        ),
                        className="bar-track",
                    ),
                    html.Span(said, className="bar-value"),
                ],
                className="bar",
            )
            for label, length, said in rows
        ],
        className="bars",
        **named(name),
    )


def gauge(share: Any, said: str, mark: Any = None) -> Component:
    """How much of the whole there is, 1 for all of it, and a mark where it should be by now."""
    if share is None:
        return said
    width = 100 * min(max(float(share), 0), 1)
    inside = [html.Span(className="gauge-fill", style={"width": f"{width:.1f}%"})]
    if mark is not None:
        left = 100 * min(max(float(mark), 0), 1)
        inside.append(html.Span(className="gauge-mark", style={"left": f"calc({left:.1f}% - 1px)"}))
    return html.Span([html.Span(inside, className="gauge-track"), said], className="gauge")


def side_by_side(*children: Component) -> Component:
    """Sections beside each other where the screen is wide enough."""
    return html.Div(children, className="split")


def behind(
    visit: Visit,
    title: str,
    query: str,
    parameters: Sequence[object],
    columns: Sequence[Column],
    *,
    number: str = "count(*)",
) -> Component:
    """The rows behind a number, a hundred at a time; ``number`` is that number as SQL over them."""
    words = visit.words
    told, count = visit.build.row(
        f"select coalesce({number}, 0) as told, count(*) as rows from ({query})", *parameters
    ).values()
    page = max(int(visit.view.number("page") or 1), 1)
    rows = visit.build.rows(
        f"{query} limit {ROWS_OF_A_LIST} offset {ROWS_OF_A_LIST * (page - 1)}", *parameters
    )
    steps = [
        dcc.Link(words(name), href=visit.view.link(page=to), className="range")
        for name, to, is_there in (
            ("earlier", page - 1, page > 1),
            ("later", page + 1, page * ROWS_OF_A_LIST < count),
        )
        if is_there
    ]
    closing = dcc.Link(
        words("close"), href=visit.view.link(show=None, page=None), className="range"
    )
    return html.Aside(
        [
            html.Div(
                [
                    html.H2([title, " · ", html.Span(words.number(told), id="behind-count")]),
                    closing,
                ],
                className="behind-head",
            ),
            table(columns, rows, title),
            html.Div(steps, className="ranges"),
        ],
        className="behind",
        id="behind",
        **named(title),
    )
