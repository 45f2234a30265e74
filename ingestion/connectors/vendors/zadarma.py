"""Zadarma (Teamsale): the calls of its cloud PBX."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from ingestion.connectors.client import Answer, Client
from ingestion.connectors.vendor import Account, Auth, Cursor, Page, Pull, Record, Stream, Vendor
from leadhouse.errors import Refused

_LIMIT = 1000
_REST = 20.0
"""Seconds between two requests: a minute has three of them for statistics."""


def _calls(pull: Pull, cursor: Cursor) -> Iterator[Page]:
    """The log of the window's days, whose times are those of the account's clock."""
    last = (pull.window.end - timedelta(seconds=1)).replace(tzinfo=None)
    skipped = cursor or 0
    while True:
        answer = pull.client.get(
            "/v1/statistics/pbx/",
            start=str(pull.window.start.replace(tzinfo=None)),
            end=str(last),
            version=2,
            skip=skipped,
            limit=_LIMIT,
        )
        found = (answer or {}).get("stats")
        if not found:
            return
        skipped += len(found)
        yield Page([_with_offset(pull.account, each) for each in found], skipped)


def _with_offset(account: Account, call: Record) -> Record:
    """The call with its start as an instant: a mapping does not know the account's clock."""
    start = datetime.fromisoformat(call["callstart"]).replace(tzinfo=account.zone)
    return call | {"_callstart": start.isoformat()}


def _users(pull: Pull, cursor: Cursor) -> Iterator[Page]:
    yield Page([{"number": number} for number in _extensions(pull.client)])


def _extensions(client: Client) -> list[str]:
    return [str(number) for number in client.get("/v1/pbx/internal/")["numbers"]]


class _Signed:
    """A header that signs the method's path and its parameters in the order of their names."""

    def __init__(self, key: str, secret: str) -> None:
        self._key, self._secret = key, secret

    def sign(self, request: Record) -> None:
        """Add it; the parameters are sent as they were signed."""
        path, query = request["url"], urlencode(sorted(request["params"].items()))
        text = f"{path}{query}{hashlib.md5(query.encode()).hexdigest()}"  # noqa: S324
        signature = hmac.new(self._secret.encode(), text.encode(), hashlib.sha1).hexdigest()
        request["headers"]["Authorization"] = (
            f"{self._key}:{b64encode(signature.encode()).decode()}"
        )
        request |= {"url": f"{path}?{query}", "params": None}

    def renew(self) -> bool:
        """It does not expire."""
        return False


def _auth(account: Account, secrets: Mapping[str, str], client: Client, kept: Path) -> Auth:
    return _Signed(secrets["key"], secrets["secret"])


def _judge(answer: Answer) -> None:
    """Errors come with status 200, too."""
    said = answer.content if isinstance(answer.content, dict) else {}
    if answer.status == 200 and said.get("status") == "error":
        raise Refused(
            f"status {answer.status}, refused: {said.get('message')}",
            "Check the key and the secret in the personal account",
        )


def _look(account: Account, client: Client) -> str:
    numbers = _extensions(client)
    return f"{len(numbers)} extensions: {', '.join(numbers)}"


VENDOR = Vendor(
    name="zadarma",
    title="Zadarma (Teamsale)",
    address="https://api.zadarma.com",
    secrets={
        "key": "the key of the personal account's interface",
        "secret": "the secret of the same page",
    },
    options={},
    streams=(
        Stream("users", "users", _users),
        Stream(
            *("calls", "stats", _calls, 10, 30),
            shape="documentation, and a shared sample that was written by hand from it",
        ),
    ),
    auth=_auth,
    look=_look,
    judge=_judge,
    pause=_REST,
    rights="the key and the secret of the interface, and the cloud PBX",
    limits="A minute has three requests for calls, each of 1,000 at most. A received call says the "
    "extension that took it, not the number that was called; where it came from is told to "
    "webhooks alone, and so are sources. Recordings have no lasting address.",
)
