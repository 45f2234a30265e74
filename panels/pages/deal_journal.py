"""The deal journal: every deal of the days asked for, its totals, and the card of each.

DuckDB sorts, filters and cuts to the rows on the screen; what can be downloaded is what is
filtered.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import dash_ag_grid as dag
from dash import dcc, html

from leadhouse.database import asking, open_build
from leadhouse.exports.files import write_rows
from leadhouse.exports.tables import Selection, choose_table
from leadhouse.settings import Settings
from panels import parts
from panels.reader import Build, Row
from panels.view import View
from panels.visit import Page, Visit, period_of

TABLE = "reports.rpt_deal_journal"
SUMMARY = "reports.rpt_deal_summary"
WON = ("marts.fct_channel_days", "deals_won")
BASES = ("created", "outcome")
KINDS = ("csv", "xlsx")
FILTERS = ("status", "stage", "pipeline", "source", "channel", "campaign", "product")
"""Columns that the address asks for by their own names."""

_HAS_TAG = "list_contains(regexp_split_to_array(tags, ' *; *'), ?)"
_CONDITIONS = {
    **{name: f"{name} = ?" for name in FILTERS},
    "employee": "manager_user_id = ?",
    "tag": _HAS_TAG,
    "least": "amount_rc >= cast(? as decimal(18, 2))",
    "most": "amount_rc <= cast(? as decimal(18, 2))",
}
_COLUMNS = (
    *("deal_id", "created_date", "outcome_date", "status", "pipeline", "stage", "amount_rc"),
    *("revenue_rc", "manager_name", "company", "product", "source", "medium", "campaign"),
    *("contact_channel", "sessions_before_contact", "cycle_days", "tags"),
)
_NUMBERS = {"amount_rc": 2, "revenue_rc": 2, "sessions_before_contact": 0, "cycle_days": 1}
"""Columns of numbers, and how many digits they show."""


# --- what is filtered --------------------------------------------------------------------------


def basis_of(view: View) -> str:
    """The day that a period is about: created, or outcome (won or lost)."""
    asked = view.get("basis")
    return asked if asked in BASES else BASES[0]


def conditions(view: View) -> tuple[str, list[object]]:
    """What the address asks of a deal beside the days, and what fills the question marks."""
    asked: dict[str, object] = {
        name: view.number(name) if name in ("least", "most") else view.get(name)
        for name in _CONDITIONS
    }
    asked = {name: value for name, value in asked.items() if value is not None}
    where = " and ".join(["true", *(_CONDITIONS[name] for name in asked)])
    return where, list(asked.values())


def filtered(build: Build, view: View) -> tuple[str, list[object]]:
    """The rows that the address asks for, as SQL that begins at FROM, and its parameters."""
    period = period_of(build, view)
    where, asked = conditions(view)
    rows = f"from reports.deal_journal(?, ?, basis := ?) where {where}"
    return rows, [period.first, period.last, basis_of(view), *asked]


def grid_rows(visit: Visit, request: dict[str, Any]) -> dict[str, Any]:
    """The rows that the grid asks for, in its order, and how many there are."""
    rows, parameters = filtered(visit.build, visit.view)
    order = [
        f"{each['colId']} {'desc' if each['sort'] == 'desc' else 'asc'} nulls last"
        for each in request.get("sortModel", [])
        if each["colId"] in _COLUMNS
    ]
    first, last = request["startRow"], request["endRow"]
    found = visit.build.rows(
        f"select {', '.join(_COLUMNS)} {rows} "
        f"order by {', '.join([*order, f'{basis_of(visit.view)}_date desc', 'deal_id'])} "
        "limit ? offset ?",
        *(*parameters, last - first, first),
    )
    count = visit.build.value(f"select count(*) {rows}", *parameters)
    return {"rowData": [_cells(visit, row) for row in found], "rowCount": count}


def _cells(visit: Visit, row: Row) -> dict[str, Any]:
    cells = {name: "" if value is None else str(value) for name, value in row.items()}
    cells |= {name: visit.words.number(row[name], digits) for name, digits in _NUMBERS.items()}
    return cells | {"href": visit.view.link(deal=row["deal_id"])}


def download(settings: Settings, build: Build, view: View, kind: str) -> bytes:
    """The filtered deals with all their columns as a file of this kind, one of :data:`KINDS`."""
    rows, parameters = filtered(build, view)
    order = f"{basis_of(view)}_date nulls last, deal_id"
    with tempfile.TemporaryDirectory(prefix="leadhouse-panels-") as folder:
        draft = Path(folder) / f"deals.{kind}"
        with (
            open_build(settings, build.id, scratch=Path(folder)) as whole,
            asking(whole, settings) as con,
        ):
            table = choose_table(con, "deal-journal")
            selection = Selection(table.columns, rows, order, parameters)
            write_rows(con, selection, draft, table.title, settings.timezone, with_mark=True)
        return draft.read_bytes()


# --- the page ----------------------------------------------------------------------------------


def draw(visit: Visit) -> parts.Children:
    """The page."""
    words = visit.words
    rows, parameters = filtered(visit.build, visit.view)
    totals = visit.build.row(
        "select count(*) as deals, count(*) filter (where is_won) as won, "
        f"coalesce(sum(revenue_rc), 0) as revenue_rc, sum(paid_rc) as paid_rc {rows}",
        *parameters,
    )
    boxes = [
        parts.card(
            words("deals"), words.number(totals["deals"]), visit.build.meaning(SUMMARY, "deals")
        ),
        parts.card(
            words("measure_deals_won"), words.number(totals["won"]), visit.build.meaning(*WON)
        ),
        *(
            parts.card(
                words(f"measure_{name}"),
                visit.money(totals[name]),
                visit.build.meaning(TABLE, name),
            )
            for name in ("revenue_rc", "paid_rc")
        ),
    ]
    return [
        parts.heading(visit, "deal_journal", parts.period_filter(visit), _basis(visit)),
        _filters(visit),
        parts.cards(*boxes),
        html.Div([_best(visit), _by_contact_channel(visit)], className="split"),
        parts.section(
            words("all_deals"),
            _downloads(visit),
            _grid(visit) if totals["deals"] else parts.missing(words("no_deals")),
            id="deals",
        ),
        *_card(visit),
    ]


def _basis(visit: Visit) -> parts.Component:
    options = [(name, visit.words(f"by_{name}")) for name in BASES]
    return parts.choice(visit, "basis", visit.words("day_of"), options, visit.words("by_created"))


def _filters(visit: Visit) -> parts.Component:
    words = visit.words
    lists = ", ".join(f"list_sort(list(distinct {name})) as {name}" for name in FILTERS)
    known = visit.build.row(
        f"select {lists}, list_sort(list_distinct(flatten(list("
        f"regexp_split_to_array(tags, ' *; *')) filter (where tags is not null)))) as tag "
        f"from {TABLE}"
    )
    choices = [
        parts.choice(
            visit,
            name,
            words(f"deal_{name}"),
            [(value, value) for value in known[name] or [] if value is not None],
            words("any"),
        )
        for name in (*FILTERS, "tag")
    ]
    amounts = [
        parts.labelled(
            words(name),
            dcc.Input(
                id=parts.filter_id(name, visit.view.get(name)),
                type="text",
                inputMode="numeric",
                value=visit.view.get(name),
                debounce=0.7,
            ),
        )
        for name in ("least", "most")
    ]
    return html.Div([parts.employee_filter(visit), *choices, *amounts], className="filters many")


def _best(visit: Visit) -> parts.Component:
    """The three won deals of these days with the highest revenue, of those that are filtered."""
    words, period = visit.words, visit.period()
    where, asked = conditions(visit.view)
    rows = visit.build.rows(
        "select best.* from reports.top_deals(?, ?, n := 1000000000) as best "
        f"where best.deal_id in (select deal_id from {TABLE} where {where}) "
        "order by best.rank limit 3",
        *(period.first, period.last, *asked),
    )
    columns = [
        parts.Column(
            words("deal"),
            lambda row: dcc.Link(row["deal_id"], href=visit.view.link(deal=row["deal_id"])),
            is_number=False,
        ),
        parts.Column(
            words("deal_outcome_date"), lambda row: words.day(row["outcome_date"]), is_number=False
        ),
        parts.Column(
            words("deal_manager_name"), lambda row: row["manager_name"] or "–", is_number=False
        ),
        parts.Column(
            words("deal_amount_rc"),
            lambda row: visit.money(row["amount_rc"]),
            visit.build.meaning(TABLE, "amount_rc"),
        ),
    ]
    shown = (
        parts.table(columns, rows, words("best_deals"))
        if rows
        else parts.missing(words("nothing_won"))
    )
    return parts.section(words("best_deals"), shown, id="best")


def _by_contact_channel(visit: Visit) -> parts.Component:
    words = visit.words
    rows, parameters = filtered(visit.build, visit.view)
    found = visit.build.rows(
        "select coalesce(contact_channel, '(none)') as contact_channel, count(*) as deals, "
        "count(*) filter (where is_won) as won, coalesce(sum(revenue_rc), 0) as revenue_rc "
        f"{rows} group by 1 order by revenue_rc desc, deals desc, 1",
        *parameters,
    )
    columns = [
        parts.Column(
            words("deal_contact_channel"),
            lambda row: row["contact_channel"],
            visit.build.meaning(TABLE, "contact_channel"),
            is_number=False,
        ),
        parts.Column(
            words("deals"),
            lambda row: words.number(row["deals"]),
            visit.build.meaning(SUMMARY, "deals"),
        ),
        parts.Column(
            words("measure_deals_won"),
            lambda row: words.number(row["won"]),
            visit.build.meaning(*WON),
        ),
        parts.Column(
            words("measure_revenue_rc"),
            lambda row: visit.money(row["revenue_rc"]),
            visit.build.meaning(TABLE, "revenue_rc"),
        ),
    ]
    shown = (
        parts.table(columns, found, words("by_contact_channel"))
        if found
        else parts.missing(words("no_deals"))
    )
    return parts.section(words("by_contact_channel"), shown, id="contact-channels")


def _downloads(visit: Visit) -> parts.Component:
    asked = View("", visit.view.asked).search(build=visit.build.id, deal=None)
    links = [
        html.A(kind.upper(), href=f"/download/deals.{kind}{asked}", className="button")
        for kind in KINDS
    ]
    return html.Div([html.Span(visit.words("download")), *links], className="downloads")


def _grid(visit: Visit) -> parts.Component:
    words = visit.words
    definitions = [
        {
            "field": name,
            "headerName": words(f"deal_{name}"),
            "headerTooltip": visit.build.meaning(TABLE, name),
            "type": "rightAligned" if name in _NUMBERS else None,
            **({"cellRenderer": "ViewLink", "width": 220} if name == "deal_id" else {}),
        }
        for name in _COLUMNS
    ]
    return dag.AgGrid(
        id=grid_id(visit),
        columnDefs=definitions,
        defaultColDef={"sortable": True, "resizable": True, "minWidth": 110, "width": 140},
        rowModelType="infinite",
        dashGridOptions={
            "rowBuffer": 0,
            "maxBlocksInCache": 5,
            "cacheBlockSize": 100,
            "suppressMovableColumns": True,
            "enableCellTextSelection": True,
        },
        getRowId="params.data.deal_id",
        className="grid",
        style={"height": "560px"},
    )


def grid_id(visit: Visit) -> dict[str, str]:
    """The grid's id says what it shows, so that its rows are those of the page around it."""
    asked = visit.view.search(deal=None)
    return {"grid": "deals", "asked": asked, "build": visit.build.id}


# --- the card of a deal ------------------------------------------------------------------------

_FACTS = (
    *("status", "pipeline", "stage", "created_at", "closed_at", "amount", "revenue_rc"),
    *("margin_rc", "product", "tags", "manager_name", "person_id", "company", "source", "medium"),
    *("campaign", "contact_channel", "creation_method", "sessions_before_contact"),
    *("contact_session_no", "cycle_days", "lost_reason"),
)
_PERSONAL = ("last_name", "first_name", "middle_name", "email", "phone")


def _card(visit: Visit) -> parts.Children:
    words, deal_id = visit.words, visit.view.get("deal")
    if deal_id is None:
        return []
    deal = visit.build.row(f"from {TABLE} where deal_id = ?", deal_id)
    closing = dcc.Link(words("close"), href=visit.view.link(deal=None), className="range")
    head = html.Div([html.H2(f"{words('deal')} {deal_id}"), closing], className="behind-head")
    if not deal:
        inside: parts.Children = [parts.missing(words("no_such_deal"))]
    else:
        inside = [_facts(visit, deal), _stages(visit, deal_id), _journey(visit, deal)]
        inside = [*inside, _why(visit, deal_id)]
    return [
        html.Aside([head, *inside], className="behind", id="card", **parts.named(words("deal")))
    ]


def _facts(visit: Visit, deal: Row) -> parts.Component:
    words = visit.words
    personal: Row = {}
    if visit.build.has_personal_data:
        personal = visit.build.row(
            f"select {', '.join(_PERSONAL)} from leadhouse_pii.pii.rpt_deal_journal "
            "where deal_id = ?",
            deal["deal_id"],
        )
    shown = {
        **{name: personal.get(name) for name in _PERSONAL},
        **{name: deal[name] for name in _FACTS},
        "created_at": words.day(deal["created_at"]),
        "closed_at": words.day(deal["closed_at"]) if deal["closed_at"] else None,
        "amount": words.money(deal["amount"], deal["currency"] or ""),
        "revenue_rc": visit.money(deal["revenue_rc"]),
        "margin_rc": visit.money(deal["margin_rc"]),
        "cycle_days": words.number(deal["cycle_days"], 1) if deal["is_won"] else None,
    }
    pairs = [
        cell
        for name, value in shown.items()
        if value not in (None, "")
        for cell in (
            html.Dt(words(f"deal_{name}"), title=visit.build.meaning(TABLE, name)),
            html.Dd(str(value)),
        )
    ]
    in_crm = html.A(words("in_the_crm"), href=deal["deal_url"]) if deal["deal_url"] else None
    return html.Div([html.Dl(pairs, className="facts"), in_crm])


def _stages(visit: Visit, deal_id: str) -> parts.Component:
    words = visit.words
    rows = visit.build.rows(
        "select stage, entered_at, left_at, hours / 24 as days from marts.fct_deal_stages "
        "where deal_id = ? order by entered_at, visit_no",
        deal_id,
    )
    columns = [
        parts.Column(words("stage"), lambda row: row["stage"], is_number=False),
        parts.Column(words("entered"), lambda row: words.day(row["entered_at"]), is_number=False),
        parts.Column(words("left"), lambda row: words.day(row["left_at"]), is_number=False),
        parts.Column(
            words("days_there"),
            lambda row: words.number(row["days"], 1),
            visit.build.meaning("marts.fct_deal_stages", "hours"),
        ),
    ]
    return html.Div([html.H3(words("stages")), parts.table(columns, rows, words("stages"))])


def _journey(visit: Visit, deal: Row) -> parts.Component:
    words = visit.words
    rows = visit.build.rows(
        "select * from reports.rpt_journey where person_id = ? order by event_no limit ?",
        *(deal["person_id"], parts.ROWS_OF_A_LIST),
    )
    columns = [
        parts.Column(words("when"), lambda row: words.day(row["occurred_at"]), is_number=False),
        parts.Column(words("what"), lambda row: row["event_type"], is_number=False),
        parts.Column(words("detail"), lambda row: row["detail"] or "", is_number=False),
        parts.Column(words("source"), lambda row: row["source"] or "", is_number=False),
        parts.Column(words("deal_campaign"), lambda row: row["campaign"] or "", is_number=False),
    ]
    shown = (
        parts.table(columns, rows, words("journey")) if rows else parts.missing(words("no_journey"))
    )
    return html.Div([html.H3(words("journey")), shown])


def _why(visit: Visit, deal_id: str) -> parts.Component:
    words = visit.words
    rows = visit.build.rows("from trust.why('deal', ?)", deal_id)
    columns = [
        parts.Column("", lambda row: "✓" if row["is_chosen"] else "", is_number=False),
        parts.Column(words("evidence"), lambda row: row["evidence"], is_number=False),
        parts.Column(words("source"), lambda row: row["source"] or "", is_number=False),
        parts.Column(words("when"), lambda row: words.day(row["occurred_at"]), is_number=False),
        parts.Column(words("reason"), lambda row: row["reason"] or "", is_number=False),
    ]
    shown = parts.table(columns, rows, words("why")) if rows else parts.missing(words("no_why"))
    return html.Div([html.H3(words("why")), shown])


PAGE = Page("/deal-journal", "deal_journal", draw)
