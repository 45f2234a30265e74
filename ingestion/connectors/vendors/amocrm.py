"""amoCRM (Kommo): version 4 of its interface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ingestion.connectors.auth import Header, OAuth
from ingestion.connectors.client import Client
from ingestion.connectors.vendor import (
    Account,
    Auth,
    Cursor,
    Page,
    Pages,
    Pull,
    Record,
    Stream,
    Vendor,
)
from leadhouse.errors import LeadhouseError

_EVENTS = (
    "lead_status_changed,entity_responsible_changed,entity_tag_added,entity_tag_deleted,"
    "contact_deleted"
)
_BESIDE = "contacts,loss_reason"
_SAMPLE = "shared sample, written by hand from the documentation"


def _listed(
    path: str,
    key: str,
    by: str | None = None,
    params: Mapping[str, str] | None = None,
    limit: int | None = 250,
) -> Pages:
    """The pages of a list, of what its moment ``by`` puts into the window.

    By the time of its last change a record only comes into the window while it is read, because
    there is no end to it; in the order of ids it then stands behind what was read already.
    """

    def pages(pull: Pull, cursor: Cursor) -> Iterator[Page]:
        asked: dict[str, Any] = {"limit": limit, **(params or {})}
        if by is not None:
            asked[f"filter[{by}][from]"] = int(pull.window.start.timestamp())
        if by == "updated_at":
            asked["order[id]"] = "asc"
        elif by == "created_at":
            asked[f"filter[{by}][to]"] = int(pull.window.end.timestamp()) - 1
        number = cursor or 1
        while number:
            answer = pull.client.get(path, page=number, **asked)
            if answer is None:
                break
            number = number + 1 if "next" in answer.get("_links", {}) else None
            yield Page([_with_fields(each) for each in answer["_embedded"][key]], number)

    return pages


def _with_fields(record: Record) -> Record:
    """The record with what a path cannot find in it.

    The first value of each further field by the field's code and id, and the tags as one text.
    """
    fields = {}
    for field in record.get("custom_fields_values") or ():
        value = (field.get("values") or [{}])[0].get("value")
        fields[str(field.get("field_id"))] = value
        if field.get("field_code"):
            fields[field["field_code"]] = value
    # What is empty comes as a list, even where it would be a record.
    inside = record.get("_embedded") or {}
    tags = ";".join(tag["name"] for tag in inside.get("tags") or ())
    return record | ({"_fields": fields} if fields else {}) | ({"_tags": tags} if tags else {})


def _in_turn(*steps: Pages) -> Pages:
    """One list after the other; the cursor knows in which it is."""

    def pages(pull: Pull, cursor: Cursor) -> Iterator[Page]:
        at, inner = cursor or (0, None)
        for number in range(at, len(steps)):
            after = (number + 1, None) if number + 1 < len(steps) else None
            for page in steps[number](pull, inner):
                yield Page(page.records, (number, page.cursor) if page.cursor else after)
            inner = None

    return pages


def _notes(entity: str) -> Pages:
    """Calls are notes; the note itself does not say on which kind of card it is."""
    kinds = {"filter[note_type][0]": "call_in", "filter[note_type][1]": "call_out"}
    listed = _listed(f"/api/v4/{entity}/notes", "notes", "updated_at", kinds)

    def pages(pull: Pull, cursor: Cursor) -> Iterator[Page]:
        for page in listed(pull, cursor):
            yield Page([each | {"_entity_type": entity} for each in page.records], page.cursor)

    return pages


def _auth(account: Account, secrets: Mapping[str, str], client: Client, kept: Path) -> Auth:
    if "token" in secrets:
        return Header("Authorization", f"Bearer {secrets['token']}")
    if missing := [name for name in _EXCHANGED if name not in secrets]:
        raise LeadhouseError(
            f"{account.shown_as} needs the secret token (a long-lived one), or "
            f"{', '.join(_EXCHANGED)}; {', '.join(missing)} is missing. Name it in connectors.toml."
        )

    def exchange(client: Client, refresh_token: str) -> Mapping[str, Any]:
        body = {
            "client_id": secrets["client_id"],
            "client_secret": secrets["client_secret"],
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "redirect_uri": account.options.get("redirect_uri", account.address),
        }
        answer = client.ask("POST", "/oauth2/access_token", signed=False, json=body)
        given: Mapping[str, Any] = answer.content
        return given

    return OAuth(client, kept, secrets["refresh_token"], exchange)


_EXCHANGED = ("client_id", "client_secret", "refresh_token")


def _look(account: Account, client: Client) -> str:
    found = client.get("/api/v4/leads/pipelines") or {"_embedded": {"pipelines": []}}
    pipelines = found["_embedded"]["pipelines"]
    shown = [
        f"{pipeline['id']} {pipeline.get('name')}: "
        + ", ".join(f"{s['id']} {s.get('name')}" for s in pipeline["_embedded"]["statuses"])
        for pipeline in pipelines
    ]
    return f"{len(pipelines)} pipelines: {'; '.join(shown)}"


VENDOR = Vendor(
    name="amocrm",
    title="amoCRM (Kommo)",
    address="",
    secrets={
        "token": "a long-lived token of the integration",
        "client_id": "the integration's id",
        "client_secret": "the integration's secret key",
        "refresh_token": "the refresh token that the integration was given",
    },
    options={"redirect_uri": "the redirect address of the integration"},
    optional=frozenset({"token", *_EXCHANGED, "redirect_uri"}),
    streams=(
        Stream("users", "_embedded.users", _listed("/api/v4/users", "users")),
        Stream(
            "pipelines",
            "_embedded.pipelines",
            _listed("/api/v4/leads/pipelines", "pipelines", limit=None),
        ),
        Stream(
            "companies",
            "_embedded.companies",
            _listed("/api/v4/companies", "companies", "updated_at"),
            2,
        ),
        Stream(
            "contacts",
            "_embedded.contacts",
            _listed("/api/v4/contacts", "contacts", "updated_at"),
            2,
        ),
        Stream(
            "leads",
            "_embedded.leads",
            _in_turn(
                _listed("/api/v4/leads", "leads", "updated_at", {"with": _BESIDE}),
                _listed(
                    "/api/v4/leads", "leads", "updated_at", {"with": f"only_deleted,{_BESIDE}"}
                ),
            ),
            2,
            shape=_SAMPLE,
        ),
        Stream(
            "events",
            "_embedded.events",
            _listed("/api/v4/events", "events", "created_at", {"filter[type]": _EVENTS}, 100),
            2,
            90,
            shape=_SAMPLE,
        ),
        Stream("tasks", "_embedded.tasks", _listed("/api/v4/tasks", "tasks", "updated_at"), 2),
        Stream("calls", "_embedded.notes", _in_turn(_notes("contacts"), _notes("leads")), 2),
    ),
    auth=_auth,
    look=_look,
    pause=1 / 7,
    rights="an integration with access to the account's data",
    limits="Events begin with the account and say who did it; none says in which stage a lead was "
    "made. The currency of amounts is not said: connectors.toml says it. When a task was done is "
    "not said either: its last change is taken for it.",
)
