"""Meta Ads: insights by ad and day."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ingestion.connectors.auth import bearer
from ingestion.connectors.client import Answer, Client
from ingestion.connectors.vendor import Account, Cursor, Page, Pull, Stream, Vendor
from leadhouse.errors import Again, Expired

_VERSION = "v24.0"
"""Versions live for about two years; the option ``version`` names another one."""

_FIELDS = (
    "account_id,account_currency,campaign_id,campaign_name,adset_id,adset_name,ad_id,ad_name,"
    "impressions,clicks,inline_link_clicks,spend,actions"
)
_BUSY = {1, 2, 4, 17, 32, 341, 613, *range(80000, 80015)}
"""Codes of errors that pass: the vendor is overloaded, or was asked too often."""
_REST = 60.0
"""Seconds; the vendor lets its limits decay over minutes and does not say when to come back."""


def _path(account: Account, what: str) -> str:
    number = account.options["account_id"].removeprefix("act_")
    return f"/{account.options.get('version', _VERSION)}/act_{number}{what}"


def _spend(pull: Pull, cursor: Cursor) -> Iterator[Page]:
    days = {"since": str(pull.window.since), "until": str(pull.window.last)}
    while True:
        # Not by the address of the next page that the vendor gives: it has the token in it.
        answer = pull.client.get(
            _path(pull.account, "/insights"),
            level="ad",
            time_increment=1,
            time_range=json.dumps(days),
            fields=_FIELDS,
            limit=500,
            after=cursor,
        )
        paging = (answer or {}).get("paging", {})
        cursor = paging.get("cursors", {}).get("after") if "next" in paging else None
        yield Page((answer or {}).get("data", ()), cursor)
        if cursor is None:
            return


def _judge(answer: Answer) -> None:
    """Errors have a code in the body, and most of them the same status."""
    error = answer.content.get("error") if isinstance(answer.content, dict) else None
    if not isinstance(error, dict):
        return
    if error.get("code") in _BUSY:
        raise Again(f"code {error['code']}: {error.get('message')}", _REST)
    if error.get("code") == 190:
        raise Expired


def _look(account: Account, client: Client) -> str:
    found = client.get(_path(account, ""), fields="name,currency,timezone_name")
    return f"{found.get('name')}, in {found.get('currency')}, days of {found.get('timezone_name')}"


VENDOR = Vendor(
    name="meta_ads",
    title="Meta Ads",
    address="https://graph.facebook.com",
    secrets={"token": "the access token of a system user"},
    options={
        "account_id": "the number of the ad account",
        "version": "the version of the interface, such as v24.0",
    },
    optional=frozenset({"version"}),
    streams=(
        Stream(
            *("spend", "data", _spend, 28, 14),
            shape="shared sample, written by hand from the documentation",
        ),
    ),
    auth=bearer,
    look=_look,
    judge=_judge,
    pause=0.2,
    rights="the right ads_read for the ad account",
    limits="Insights are kept for 37 months, and corrected for 28 days. They name no time zone: "
    "the days are those of the ad account.",
)
