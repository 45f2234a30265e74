"""CallRail: version 3 of its interface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ingestion.connectors.auth import Header
from ingestion.connectors.client import Client
from ingestion.connectors.vendor import Account, Auth, Cursor, Page, Pages, Pull, Stream, Vendor

_CALL = (
    "agent_email,campaign,company_id,company_time_zone,device_type,fbclid,first_call,ga,gclid,"
    "keywords,landing_page_url,lead_status,medium,msclkid,referring_url,source,tags,tracker_id,"
    "utm_campaign,utm_content,utm_medium,utm_source,utm_term,value"
)


def _listed(name: str, by: str | None = None, fields: str | None = None) -> Pages:
    """The pages of a list, of the window's days where it is one ``by`` moments."""

    def pages(pull: Pull, cursor: Cursor) -> Iterator[Page]:
        number = cursor or 1
        while number:
            answer = pull.client.get(
                f"/v3/a/{pull.account.options['account_id']}/{name}.json",
                page=number,
                per_page=250,
                fields=fields,
                sort=by,
                order="asc" if by else None,
                start_date=pull.window.since.isoformat() if by else None,
                end_date=pull.window.last.isoformat() if by else None,
            )
            answer = answer or {}
            number = number + 1 if number < int(answer.get("total_pages") or 0) else None
            yield Page(answer.get(name, ()), number)

    return pages


def _auth(account: Account, secrets: Mapping[str, str], client: Client, kept: Path) -> Auth:
    return Header("Authorization", f'Token token="{secrets["token"]}"')


def _look(account: Account, client: Client) -> str:
    found = client.get(f"/v3/a/{account.options['account_id']}/companies.json", per_page=250)
    shown = [f"{each['name']} ({each.get('time_zone')})" for each in found["companies"]]
    return f"{len(shown)} companies: {', '.join(shown)}"


VENDOR = Vendor(
    name="callrail",
    title="CallRail",
    address="https://api.callrail.com",
    secrets={"token": "an API key of the account"},
    options={"account_id": "the number of the account"},
    streams=(
        Stream("users", "users", _listed("users"), shape="schema of airbyte's source (MIT)"),
        Stream("trackers", "trackers", _listed("trackers"), shape="callrail_mcp, read"),
        Stream(
            *("calls", "calls", _listed("calls", "start_time", _CALL), 10, 90),
            shape="sample of pycallrail and schema of airbyte's source (MIT)",
        ),
        Stream(
            "form_submissions",
            "form_submissions",
            _listed("form_submissions", "submitted_at"),
            10,
            90,
        ),
    ),
    auth=_auth,
    look=_look,
    pause=0.5,
    rights="an API key of a user who sees the companies",
    limits="An hour has 1,000 requests, a day 10,000. Calls keep their source for 25 months. Which "
    "visitor saw which number of a pool, and sessions without a call, are not given.",
)
