"""The application: a frame, and in it the page that the address asks for, drawn from one build."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from dash import ALL, MATCH, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate
from flask import Response, has_request_context, request

from leadhouse.errors import LeadhouseError
from leadhouse.settings import Settings
from panels import parts
from panels.door import ask_for_secret
from panels.pages import (
    balance,
    calls,
    channels,
    deal_journal,
    forecast,
    funnel,
    health,
    lead_routing,
    leads,
    overview,
    team,
)
from panels.reader import Reader
from panels.view import LANGUAGE, View
from panels.visit import Page, Visit
from panels.words import Words, choose_language, languages

PAGES: tuple[Page, ...] = (
    overview.PAGE,
    lead_routing.PAGE,
    deal_journal.PAGE,
    calls.PAGE,
    channels.PAGE,
    funnel.PAGE,
    leads.PAGE,
    team.PAGE,
    forecast.PAGE,
    balance.PAGE,
    health.PAGE,
)
SECONDS_TO_NOTICE = 3
"""How often an open page asks whether something newer is published."""


class _Panels(Dash):
    """Dash, whose first answer says which language the page speaks."""

    def interpolate_index(self, **inside: Any) -> str:  # type: ignore[override]
        """The page before anything is drawn."""
        code = words_of(View.of(request.path, request.query_string.decode())).code
        plain: str = super().interpolate_index(**inside)  # type: ignore[no-untyped-call]
        return plain.replace("<html>", f'<html lang="{code}">', 1)


def create_app(settings: Settings) -> Dash:
    """The application over the published files of these settings."""
    app = _Panels(
        __name__,
        title="Leadhouse",
        update_title="",
        assets_folder=str(Path(__file__).parent / "assets"),
        serve_locally=True,
        suppress_callback_exceptions=True,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    ask_for_secret(app.server, settings.panels_secret.get_secret_value())
    reader = Reader(settings)
    app.layout = partial(_layout, reader)
    _draw_what_is_asked(app, reader)
    _notice_new_builds(app, reader)
    _put_filters_into_the_address(app)
    _fill_the_journal(app, reader)
    _serve_downloads(app, reader, settings)
    return app


def _layout(reader: Reader) -> Any:
    return html.Div(
        [
            dcc.Location(id="address", refresh="callback-nav"),
            dcc.Store(id="newest-build", data=_newest(reader)),
            dcc.Interval(id="pulse", interval=SECONDS_TO_NOTICE * 1000),
            html.Div(id="frame"),
        ]
    )


def _newest(reader: Reader) -> str:
    try:
        return reader.current_id()
    except LeadhouseError:
        return ""


def _draw_what_is_asked(app: Dash, reader: Reader) -> None:
    @app.callback(
        Output("frame", "children"),
        Input("address", "pathname"),
        Input("address", "search"),
        Input("newest-build", "data"),
    )
    def draw_page(path: str, search: str, _newest_build: str) -> Any:
        view = View.of(path, search)
        try:
            return draw(reader, view)
        except LeadhouseError as error:
            return frame(view, words_of(view), [_failure(str(error))])


def _notice_new_builds(app: Dash, reader: Reader) -> None:
    # Apart from drawing: an answer on its way is dropped when the same thing is asked once more.
    @app.callback(
        Output("newest-build", "data"),
        Input("pulse", "n_intervals"),
        State("newest-build", "data"),
        prevent_initial_call=True,
    )
    def notice(_pulse: int, known: str) -> Any:
        newest = _newest(reader)
        return no_update if newest == known else newest


def _put_filters_into_the_address(app: Dash) -> None:
    @app.callback(
        Output("address", "search"),
        Input({"filter": ALL, "shown": ALL}, "value"),
        State("address", "pathname"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def change_view(_values: list[Any], path: str, search: str) -> Any:
        triggered = [(each["filter"], each["shown"], value) for each, value in _triggered()]
        return changed_search(View.of(path, search), triggered)


def _fill_the_journal(app: Dash, reader: Reader) -> None:
    grid = {"grid": MATCH, "asked": MATCH, "build": MATCH}

    @app.callback(Output(grid, "getRowsResponse"), Input(grid, "getRowsRequest"))
    def fill(asked: dict[str, Any] | None) -> Any:
        if asked is None:
            raise PreventUpdate
        view = View.of(deal_journal.PAGE.path, ctx.triggered_id["asked"])
        visit = Visit(reader.build(ctx.triggered_id["build"]), view, words_of(view))
        return deal_journal.grid_rows(visit, asked)


def _serve_downloads(app: Dash, reader: Reader, settings: Settings) -> None:
    def deals(kind: str) -> Response:
        view = View.of("", request.query_string.decode())
        if kind not in deal_journal.KINDS:
            return Response(f"Deals come as {', '.join(deal_journal.KINDS)}.", 404)
        try:
            build = reader.build(view.get("build") or reader.current_id())
            content = deal_journal.download(settings, build, view, kind)
        except LeadhouseError as error:
            return Response(str(error), 409, mimetype="text/plain")
        named = {"Content-Disposition": f"attachment; filename=deals.{kind}"}
        return Response(content, headers=named, mimetype="application/octet-stream")

    app.server.add_url_rule("/download/deals.<kind>", view_func=deals)


def _triggered() -> Sequence[tuple[dict[str, str], Any]]:
    return [
        (ctx.triggered_prop_ids[each["prop_id"]], each["value"])
        for each in ctx.triggered
        if each["prop_id"] in ctx.triggered_prop_ids
    ]


def changed_search(view: View, filters: Sequence[tuple[str, str, Any]]) -> Any:
    """The address's new search, from filters as name, what the page shows, and what is asked."""
    changes = {
        name: value
        for name, shown, value in filters
        if ("" if value is None else str(value)) != shown
    }
    return view.search(**changes, page=None) if changes else no_update


# --- drawing -----------------------------------------------------------------------------------


def words_of(view: View) -> Words:
    """The language that the address asks for, else the browser's."""
    accepted = list(request.accept_languages.values()) if has_request_context() else []
    return choose_language(view.get(LANGUAGE), accepted)


def draw(reader: Reader, view: View) -> Any:
    """The frame with the page of the view, from the current build; raises when there is none."""
    build, words = reader.current(), words_of(view)
    page = next((page for page in PAGES if page.path == view.path), None)
    if page is None:
        return frame(view, words, [_failure(words("no_page"))])
    try:
        content = page.draw(Visit(build, view, words))
    except duckdb.Error as error:
        traceback.print_exc()
        raise build.explain(error) from error
    through = words("data_through", day=words.day(build.data_through))
    return frame(view, words, content, through, build.id)


def frame(view: View, words: Words, content: Any, through: str = "", build: str = "") -> Any:
    """What is around every page: the menu, the day that the data reaches, and the languages."""
    menu = [
        dcc.Link(
            words(page.name),
            href=view.page(page.path, "from", "to", "employee"),
            className="chosen" if page.path == view.path else "",
        )
        for page in PAGES
    ]
    tongues = [
        dcc.Link(
            code,
            href=view.link(**{LANGUAGE: code}),
            className="chosen" if code == words.code else "",
            title=each.texts["language"],
        )
        for code, each in languages().items()
    ]
    side = html.Header(
        [
            dcc.Link("Leadhouse", href=view.page("/"), className="brand"),
            html.Nav(menu, className="menu", **parts.named(words("pages"))),
            html.Div(
                [
                    html.Span(through, className="through", title=words("build", id=build)),
                    html.Nav(tongues, className="tongues", **parts.named(words("languages"))),
                    html.Button("◐", id="theme", **parts.named(words("theme"))),
                ],
                className="aside",
            ),
        ]
    )
    return html.Div([side, html.Main(content)], className="frame", lang=words.code)


def _failure(text: str) -> Any:
    return html.P(text, className="missing failure", role="alert")
