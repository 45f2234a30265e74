"""SALESmanago: contacts with their tags and owners."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from ingestion.connectors.client import Answer, Client
from ingestion.connectors.vendor import (
    Account,
    Auth,
    Cursor,
    Page,
    Pull,
    Record,
    Stream,
    Swept,
    Vendor,
    Watched,
)
from leadhouse.errors import Refused

_PAGE = 50
"""Contacts at once; the vendor does not say how many ids its lists take."""


def _users(pull: Pull, cursor: Cursor) -> Iterator[Page]:
    yield Page([{"email": email} for email in _emails(pull.client)])


def _emails(client: Client) -> list[str]:
    return list(client.post("/api/user/listByClient", {})["users"])


def _contacts(pull: Pull, cursor: Cursor) -> Iterator[Page]:
    """The contacts that changed in the window: their ids page by page, and what is behind them."""
    window = {
        "from": int(pull.window.start.timestamp() * 1000),
        "to": int(pull.window.end.timestamp() * 1000),
    }
    number = cursor or 1
    while number:
        asked = window | {"page": number, "size": _PAGE}
        found = pull.client.post("/api/contact/paginatedModifiedContacts", asked)
        ids = [each["id"] for each in found["modifiedContacts"]]
        number = number + 1 if found.get("hasMore") else None
        contacts = pull.client.post("/api/contact/listById", {"contactId": ids}) if ids else {}
        yield Page(contacts.get("contacts", ()), number)


def _there(client: Client, ids: Sequence[str]) -> Iterator[str]:
    """Which of some contacts are there and not marked as deleted."""
    answer = client.post("/api/contact/listById", {"contactId": list(ids)})
    for contact in answer.get("contacts") or ():
        if not contact.get("deleted"):
            yield contact["id"]


def _tags_and_owner(contact: Record) -> Mapping[str, Any]:
    tags = sorted(each["tag"] for each in contact.get("contactTags") or ())
    return {"owner": contact.get("mainContactOwner"), "tags": tags}


class _Signed:
    """The keys and their hash in each body."""

    def __init__(self, client_id: str, secret: str, owner: str) -> None:
        self._client_id, self._secret, self._owner = client_id, secret, owner

    def sign(self, request: Record) -> None:
        """Add them, with a key made up for this request, as the vendor takes any."""
        key = token_hex(16)
        digest = hashlib.sha1(f"{key}{self._client_id}{self._secret}".encode())  # noqa: S324
        request["json"] = request["json"] | {
            "clientId": self._client_id,
            "apiKey": key,
            "requestTime": int(datetime.now(UTC).timestamp() * 1000),
            "sha": digest.hexdigest(),
            "owner": self._owner,
        }

    def renew(self) -> bool:
        """It does not expire."""
        return False


def _auth(account: Account, secrets: Mapping[str, str], client: Client, kept: Path) -> Auth:
    return _Signed(account.options["client_id"], secrets["api_secret"], account.options["owner"])


def _judge(answer: Answer) -> None:
    """Errors come with status 200, too."""
    if isinstance(answer.content, dict) and answer.content.get("success") is False:
        said = "; ".join(map(str, answer.content.get("message") or ("without a message",)))
        raise Refused(
            f"status {answer.status}, refused: {said}",
            "Check the client id, the secret and the owner in SALESmanago's integration settings",
        )


def _look(account: Account, client: Client) -> str:
    return f"{len(_emails(client))} users"


VENDOR = Vendor(
    name="salesmanago",
    title="SALESmanago",
    address="",
    secrets={"api_secret": "the API secret of the integration settings"},
    options={
        "client_id": "the client id of the integration settings",
        "owner": "the e-mail address of the account's main user",
    },
    streams=(
        Stream("users", "users", _users, shape="public clients, read"),
        Stream(
            *("contacts", "contacts", _contacts, 2, 30),
            shape="sample of a public client's tests (BSD-3)",
            watched=Watched("id", _tags_and_owner),
            swept=Swept("id", _there),
        ),
    ),
    auth=_auth,
    look=_look,
    judge=_judge,
    pause=0.5,
    rights="API access, switched on in the integration settings",
    limits="A tag says when it was added. Tags that were taken off, and owners, have no history: "
    "one pull is compared with the one before, and the contact's last change is taken for the "
    "time; so pull daily. Contacts that were deleted are found by asking for their ids now and "
    "then. Funnels, tasks, notes and visits are not read: no source shows their "
    "shape.",
)
