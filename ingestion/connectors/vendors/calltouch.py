"""Calltouch: its call log and its requests (form leads)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ingestion.connectors.auth import Parameter
from ingestion.connectors.client import Client
from ingestion.connectors.vendor import (
    Account,
    Auth,
    Cursor,
    Page,
    Pull,
    Stream,
    Vendor,
    Window,
)

_LIMIT = 1000
"""Without page and limit the log answers otherwise, and for one day only."""


def _calls(pull: Pull, cursor: Cursor) -> Iterator[Page]:
    number = cursor or 1
    while number:
        answer = _log(pull.client, pull.account, pull.window, number, _LIMIT) or {}
        number = number + 1 if number < int(answer.get("pageTotal") or 0) else None
        yield Page(answer.get("records", ()), number)


def _log(client: Client, account: Account, window: Window, page: int, limit: int) -> Any:
    return client.get(
        f"/calls-service/RestAPI/{account.options['site_id']}/calls-diary/calls",
        dateFrom=window.since.strftime("%d/%m/%Y"),
        dateTo=window.last.strftime("%d/%m/%Y"),
        page=page,
        limit=limit,
        withCallTags="true",
    )


def _requests(pull: Pull, cursor: Cursor) -> Iterator[Page]:
    """One bare list for the window, whose days are written month first here."""
    found = pull.client.get(
        "/calls-service/RestAPI/requests",
        dateFrom=pull.window.since.strftime("%m/%d/%Y"),
        dateTo=pull.window.last.strftime("%m/%d/%Y"),
        withRequestTags="true",
    )
    yield Page(found or [])


def _auth(account: Account, secrets: Mapping[str, str], client: Client, kept: Path) -> Auth:
    return Parameter("clientApiId", secrets["token"])


def _look(account: Account, client: Client) -> str:
    day = datetime.now(account.zone).date()
    answer = _log(client, account, Window(day, day + timedelta(days=1), account.zone), 1, 1)
    return f"site {account.options['site_id']}: {answer.get('recordsTotal', 0)} calls today"


VENDOR = Vendor(
    name="calltouch",
    title="Calltouch",
    address="https://api.calltouch.ru",
    secrets={"token": "the API token of the site's settings"},
    options={"site_id": "the number of the site in Calltouch"},
    streams=(
        Stream(
            *("calls", "records", _calls, 10, 90),
            shape="shared sample, written by hand from the documentation",
        ),
        Stream("requests", "requests", _requests, 10, 30),
    ),
    auth=_auth,
    look=_look,
    pause=0.2,
    rights="the API token of the site",
    limits="Calls come by days of the site's time zone; sessions, numbers and leases are not "
    "given. Calls of the last days may get tags and sources later, so that they are pulled again.",
)
