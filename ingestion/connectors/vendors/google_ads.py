"""Google Ads: spend by campaign and day, streamed by searchStream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ingestion.connectors.auth import OAuth
from ingestion.connectors.client import Client
from ingestion.connectors.vendor import Account, Auth, Cursor, Page, Pull, Stream, Vendor

_VERSION = "v21"
"""Versions live for about a year; the option ``version`` names another one."""

# Of campaigns, because some of them have neither ad groups nor ads, and their cost counts, too.
_SPEND = (
    "SELECT customer.id, customer.currency_code, customer.time_zone, campaign.id, campaign.name, "
    "segments.date, metrics.impressions, metrics.clicks, metrics.cost_micros, metrics.conversions "
    "FROM campaign WHERE segments.date BETWEEN '{}' AND '{}' ORDER BY segments.date, campaign.id"
)


def _spend(pull: Pull, cursor: Cursor) -> Iterator[Page]:
    query = _SPEND.format(pull.window.since, pull.window.last)
    batches = _search(pull.client, pull.account, query) or ()
    yield Page([record for batch in batches for record in batch.get("results", ())])


def _search(client: Client, account: Account, query: str) -> Any:
    version = account.options.get("version", _VERSION)
    customer = account.options["customer_id"].replace("-", "")
    return client.post(f"/{version}/customers/{customer}/googleAds:searchStream", {"query": query})


def _auth(account: Account, secrets: Mapping[str, str], client: Client, kept: Path) -> Auth:
    address = account.options.get("token_address", "https://oauth2.googleapis.com/token")

    def exchange(client: Client, refresh_token: str) -> Mapping[str, Any]:
        form = {
            "client_id": secrets["client_id"],
            "client_secret": secrets["client_secret"],
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
        }
        given: Mapping[str, Any] = client.ask("POST", address, signed=False, data=form).content
        return given

    headers = {"developer-token": secrets["developer_token"]}
    if manager := account.options.get("login_customer_id"):
        headers["login-customer-id"] = manager.replace("-", "")
    return OAuth(client, kept, secrets["refresh_token"], exchange, headers)


def _look(account: Account, client: Client) -> str:
    query = "SELECT customer.descriptive_name, customer.currency_code, customer.time_zone "
    found = _search(client, account, query + "FROM customer LIMIT 1")
    customer = found[0]["results"][0]["customer"]
    return (
        f"{customer.get('descriptiveName', 'the account')}, in {customer.get('currencyCode')}, "
        f"days of {customer.get('timeZone')}"
    )


VENDOR = Vendor(
    name="google_ads",
    title="Google Ads",
    address="https://googleads.googleapis.com",
    secrets={
        "developer_token": "the developer token of the manager account",
        "client_id": "the OAuth client's id",
        "client_secret": "the OAuth client's secret",
        "refresh_token": "the refresh token of a user who may see the account",
    },
    options={
        "customer_id": "the number of the account, such as 123-456-7890",
        "login_customer_id": "the number of the manager account",
        "version": "the version of the interface, such as v21",
        "token_address": "the address that changes refresh tokens",
    },
    optional=frozenset({"login_customer_id", "version", "token_address"}),
    streams=(
        Stream(
            *("spend", "results", _spend, 30, 31),
            shape="shared sample, written by hand from the documentation",
        ),
    ),
    auth=_auth,
    look=_look,
    rights="the scope adwords, and read access to the account",
    limits="Spend is by campaign and day: ad groups and keywords are not asked for, because some "
    "campaigns have none. Conversions are counted for 30 days after the click, so that these days "
    "are pulled again.",
)
