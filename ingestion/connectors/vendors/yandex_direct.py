"""Yandex.Direct: reports of spend, which are made in a queue."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator

from ingestion.connectors.auth import bearer
from ingestion.connectors.client import Client
from ingestion.connectors.vendor import Account, Cursor, Page, Pull, Record, Stream, Vendor
from leadhouse.errors import ConnectorError

_FIELDS = (
    *("Date", "CampaignId", "CampaignName", "AdGroupId", "AdGroupName", "AdId"),
    *("Impressions", "Clicks", "Cost", "Conversions"),
)
_POLLS = 200
"""So often is a report asked for, each time after the seconds that the vendor names."""
_REST = 10.0


def _spend(pull: Pull, cursor: Cursor) -> Iterator[Page]:
    yield Page(_report(pull.client, pull.account, pull.window.since, pull.window.last, _FIELDS))


def _report(
    client: Client, account: Account, first: object, last: object, fields: tuple[str, ...]
) -> list[Record]:
    """The rows of a report. The name of one that waits already must be that of the same report."""
    params: Record = {
        "SelectionCriteria": {"DateFrom": str(first), "DateTo": str(last)},
        "FieldNames": list(fields),
        "ReportType": "AD_PERFORMANCE_REPORT",
        "DateRangeType": "CUSTOM_DATE",
        "Format": "TSV",
        "IncludeVAT": account.options.get("vat", "YES").upper(),
        "IncludeDiscount": "NO",
    }
    digest = hashlib.sha256(json.dumps(params).encode()).hexdigest()[:16]
    body = {"params": params | {"ReportName": f"leadhouse {first} {last} {digest}"}}
    headers = {
        "Client-Login": account.options["login"],
        "processingMode": "auto",
        "returnMoneyInMicros": "false",
        "skipReportHeader": "true",
        "skipReportSummary": "true",
    }
    for _ in range(_POLLS):
        answer = client.ask(
            "POST", "/json/v5/reports", as_json=False, json=body, headers=dict(headers)
        )
        if answer.status == 200:
            lines = answer.text.splitlines()
            if not lines or lines[0].split("\t") != list(fields):
                raise ConnectorError(
                    f"{client.about}: the report begins {lines[:1]}, not with the columns that "
                    "were asked for. The version of the interface may have changed."
                )
            return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        client.rest(float(answer.headers.get("retryIn", _REST)))
    raise ConnectorError(
        f"{client.about}: the report was not ready after {_POLLS} questions. Run again later: the "
        "vendor goes on making it."
    )


def _look(account: Account, client: Client) -> str:
    body = {"method": "get", "params": {"SelectionCriteria": {}, "FieldNames": ["Id", "Name"]}}
    headers = {"Client-Login": account.options["login"]}
    found = client.ask("POST", "/json/v5/campaigns", json=body, headers=headers).content
    return f"{len(found['result'].get('Campaigns', ()))} campaigns"


VENDOR = Vendor(
    name="yandex_direct",
    title="Yandex.Direct",
    address="https://api.direct.yandex.com",
    secrets={"token": "the OAuth token of the application"},
    options={
        "login": "the login of the advertiser",
        "vat": "whether cost is with VAT: yes or no; yes when left out",
    },
    optional=frozenset({"vat"}),
    streams=(
        Stream(
            *("spend", "row", _spend, 30, 30),
            shape="shared sample, written by hand from the documentation",
        ),
    ),
    auth=bearer,
    look=_look,
    pause=0.5,
    rights="access to Yandex.Direct, and a confirmed application",
    limits="Reports go back three years. Their currency is the account's, as connectors.toml says.",
)
