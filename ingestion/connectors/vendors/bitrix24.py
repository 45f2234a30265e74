"""Bitrix24: its REST methods, called by an incoming webhook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ingestion.connectors.client import Answer, Client
from ingestion.connectors.vendor import (
    Account,
    Auth,
    Cursor,
    Page,
    Pages,
    Pull,
    Record,
    Stream,
    Swept,
    Vendor,
    Watched,
)
from leadhouse.errors import Again, Refused

_BLOCKED = 600.0
"""Seconds for which a method rests that has worked too long."""


def _by_id(
    method: str,
    inside: str | None = None,
    moment: str = "",
    ends: bool = False,
    key: str = "ID",
    **further: Any,
) -> Pages:
    """The records of a list method, each page being those behind the last id.

    That is how the vendor wants long lists read: ``start: -1`` spares it the count. What changed
    since a moment has no end, so that what changes meanwhile stays in the list.
    """

    def pages(pull: Pull, cursor: Cursor) -> Iterator[Page]:
        last = cursor or 0
        while True:
            asked: Record = {f">{key}": last, f">={moment}": pull.window.start.isoformat()}
            if ends:
                asked[f"<{moment}"] = pull.window.end.isoformat()
            body = {"order": {key: "ASC"}, "filter": asked, "start": -1, **further}
            records = _records(pull.client.post(f"/{method}.json", body), inside)
            if not records:
                return
            last = int(records[-1].get(key) or records[-1][key.lower()])
            yield Page(records, last)

    return pages


def _calls(pull: Pull, cursor: Cursor) -> Iterator[Page]:
    """The log of calls, whose method names its keys otherwise."""
    last = cursor or 0
    while True:
        asked = {
            ">ID": last,
            ">=CALL_START_DATE": pull.window.start.isoformat(),
            "<CALL_START_DATE": pull.window.end.isoformat(),
        }
        body = {"FILTER": asked, "SORT": "ID", "ORDER": "ASC"}
        records = _records(pull.client.post("/voximplant.statistic.get.json", body), None)
        if not records:
            return
        last = int(records[-1]["ID"])
        yield Page(records, last)


def _whole(method: str, inside: str | None = None, **body: Any) -> Pages:
    """A short list, page by page."""

    def pages(pull: Pull, cursor: Cursor) -> Iterator[Page]:
        while True:
            answer = pull.client.post(f"/{method}.json", {**body, "start": cursor or 0})
            cursor = (answer or {}).get("next")
            yield Page(_records(answer, inside), cursor)
            if cursor is None:
                return

    return pages


def _there(method: str) -> Swept:
    """Which of some ids a list method still gives, the trash being no part of it."""

    def there(client: Client, ids: Sequence[str]) -> Iterator[str]:
        body = {"order": {"ID": "ASC"}, "filter": {"@ID": list(ids)}, "select": ["ID"], "start": -1}
        for record in _records(client.post(f"/{method}.json", body), None):
            yield record["ID"]

    return Swept("ID", there)


def _records(answer: Any, inside: str | None) -> list[Record]:
    found = (answer or {}).get("result") or {}
    if inside is not None:
        found = found.get(inside) if isinstance(found, dict) else None
    return list(found or ())


def _judge(answer: Answer) -> None:
    """Errors have a code in the body, whatever the status."""
    code = answer.content.get("error") if isinstance(answer.content, dict) else None
    if code == "OPERATION_TIME_LIMIT":
        raise Again("the method has worked too long (OPERATION_TIME_LIMIT)", _BLOCKED)
    if code == "QUERY_LIMIT_EXCEEDED":
        raise Again("too many requests (QUERY_LIMIT_EXCEEDED)")
    if code is not None:
        said = answer.content.get("error_description", "")
        raise Refused(
            f"status {answer.status}, {code} {said}".strip(),
            "Check the webhook and its rights in Bitrix24",
        )


class _Webhook:
    """The secret of a webhook is a part of each address."""

    def __init__(self, secret: str) -> None:
        self._path = f"/rest/{secret.strip('/')}"

    def sign(self, request: Record) -> None:
        """Put it before the method."""
        request["url"] = self._path + request["url"]

    def renew(self) -> bool:
        """It cannot be renewed."""
        return False


def _auth(account: Account, secrets: Mapping[str, str], client: Client, kept: Path) -> Auth:
    client.keep_secret(secrets["webhook"].rpartition("/")[2])
    return _Webhook(secrets["webhook"])


def _look(account: Account, client: Client) -> str:
    found = client.post("/crm.category.list.json", {"entityTypeId": 2})
    pipelines = _records(found, "categories")
    shown = ", ".join(f"{each['id']} {each['name']}" for each in pipelines)
    return f"{len(pipelines)} pipelines: {shown}"


_OFFICIAL = "official example (bitrix-tools/b24-rest-docs, MIT)"

VENDOR = Vendor(
    name="bitrix24",
    title="Bitrix24",
    address="",
    secrets={"webhook": "the end of the webhook's address, user and code: 1/abc123"},
    options={},
    streams=(
        Stream("users", "result", _whole("user.get"), shape=_OFFICIAL),
        Stream("stages", "result", _whole("crm.status.list"), shape=_OFFICIAL),
        Stream(
            *("companies", "result", _by_id("crm.company.list", None, "DATE_MODIFY"), 2),
            shape=_OFFICIAL,
        ),
        Stream(
            "contacts",
            "result",
            _by_id(*("crm.contact.list", None, "DATE_MODIFY"), select=["*", "PHONE", "EMAIL"]),
            2,
            shape=_OFFICIAL,
            watched=Watched("ID", lambda contact: {"owner": contact.get("ASSIGNED_BY_ID")}),
            swept=_there("crm.contact.list"),
        ),
        Stream(
            *("deals", "result", _by_id("crm.deal.list", None, "DATE_MODIFY"), 2),
            shape=_OFFICIAL,
            swept=_there("crm.deal.list"),
        ),
        Stream(
            "stagehistory",
            "result.items",
            _by_id("crm.stagehistory.list", "items", "CREATED_TIME", ends=True, entityTypeId=2),
            2,
            365,
            shape=_OFFICIAL,
        ),
        Stream(
            "tasks",
            "result.tasks",
            _by_id("tasks.task.list", "tasks", "CHANGED_DATE"),
            2,
            shape=_OFFICIAL,
        ),
        Stream("calls", "result", _calls, 10, 90, shape=_OFFICIAL),
    ),
    auth=_auth,
    look=_look,
    judge=_judge,
    pause=0.5,
    rights="an incoming webhook with the rights crm, user, task and telephony",
    limits="The history of stages does not say who moved a deal. A contact's owners have none: one "
    "pull is compared with the one before, and the contact's last change is taken for the time. "
    "What is deleted is not listed: contacts and deals are asked for by their ids now and then, "
    "companies, tasks and calls stay as they were. Links of tasks are left out, because they "
    "are not ids alone.",
)
