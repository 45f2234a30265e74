"""HubSpot: objects by search, their history and associations by batches of ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingestion.connectors.auth import bearer
from ingestion.connectors.client import Client
from ingestion.connectors.vendor import (
    Account,
    Cursor,
    Page,
    Pages,
    Pull,
    Record,
    Stream,
    Vendor,
)

_PAGE = 100
_BATCH = 50
"""Ids of a batch with history; the vendor takes no more."""


def _objects(
    kind: str,
    properties: str,
    history: tuple[str, ...] = (),
    beside: tuple[str, ...] = (),
    changed: str = "hs_lastmodifieddate",
) -> Pages:
    """Objects that changed since the window's start, in the order of ids, then the archived ones.

    A query gives its first 10,000 at most, so that each page is a query of its own, for the ids
    behind the last one. There is no end to the window: what changes meanwhile stays in it.
    """

    def pages(pull: Pull, cursor: Cursor) -> Iterator[Page]:
        step, inner = cursor or ("changed", "0")
        while step == "changed":
            found = pull.client.post(
                f"/crm/v3/objects/{kind}/search",
                {
                    "filterGroups": [{"filters": _filters(pull, changed, inner)}],
                    "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                    "properties": properties.split(),
                    "limit": _PAGE,
                },
            )["results"]
            if not found:
                step, inner = "archived", None
                break
            inner = found[-1]["id"]
            yield Page(
                _completed(pull.client, kind, found, properties, history, beside), (step, inner)
            )
        while True:
            answer = pull.client.get(
                f"/crm/v3/objects/{kind}",
                archived="true",
                limit=_PAGE,
                after=inner,
                properties=",".join(properties.split()),
            )
            inner = _after(answer)
            yield Page(answer["results"], ("archived", inner) if inner else None)
            if not inner:
                return

    return pages


def _filters(pull: Pull, changed: str, last_id: str) -> list[Record]:
    since = int(pull.window.start.timestamp() * 1000)
    return [
        {"propertyName": changed, "operator": "GTE", "value": str(since)},
        {"propertyName": "hs_object_id", "operator": "GT", "value": last_id},
    ]


def _after(answer: Any) -> str | None:
    after = answer.get("paging", {}).get("next", {}).get("after")
    return None if after is None else str(after)


def _completed(
    client: Client,
    kind: str,
    found: list[Record],
    properties: str,
    history: tuple[str, ...],
    beside: tuple[str, ...],
) -> list[Record]:
    """The objects with what a search leaves out: earlier values, and what they belong to."""
    ids = [{"id": each["id"]} for each in found]
    if history:
        body = {"properties": properties.split(), "propertiesWithHistory": list(history)}
        read: dict[str, Record] = {}
        for at in range(0, len(ids), _BATCH):
            inputs = {"inputs": ids[at : at + _BATCH]}
            answer = client.post(f"/crm/v3/objects/{kind}/batch/read", body | inputs)
            read |= {each["id"]: each for each in answer["results"]}
        # What was deleted since the search has no history.
        found = [read.get(each["id"], each) for each in found]
    for other in beside:
        answer = client.post(f"/crm/v4/associations/{kind}/{other}/batch/read", {"inputs": ids})
        linked = {
            str(each["from"]["id"]): [{"id": str(to["toObjectId"])} for to in each["to"]]
            for each in (answer or {}).get("results", ())
        }
        found = [
            each
            | {
                "associations": each.get("associations", {})
                | {other: {"results": linked.get(each["id"], [])}}
            }
            for each in found
        ]
    return found


def _listed(path: str, limit: int | None = _PAGE) -> Pages:
    def pages(pull: Pull, cursor: Cursor) -> Iterator[Page]:
        while True:
            answer = pull.client.get(path, limit=limit, after=cursor)
            cursor = _after(answer)
            yield Page(answer["results"], cursor)
            if cursor is None:
                return

    return pages


def _look(account: Account, client: Client) -> str:
    pipelines = client.get("/crm/v3/pipelines/deals")["results"]
    shown = [
        f"{each['id']} {each.get('label')}: "
        + ", ".join(f"{stage['id']} {stage.get('label')}" for stage in each["stages"])
        for each in pipelines
    ]
    return f"{len(pipelines)} pipelines of deals: {'; '.join(shown)}"


_PEOPLE = ("contacts", "deals")
_SAMPLE = "sample of dlt's verified source (Apache-2.0)"

VENDOR = Vendor(
    name="hubspot",
    title="HubSpot",
    address="https://api.hubapi.com",
    secrets={"token": "the access token of a private app"},
    options={},
    streams=(
        Stream("owners", "results", _listed("/crm/v3/owners")),
        Stream("pipelines", "results", _listed("/crm/v3/pipelines/deals", None)),
        Stream(
            "companies",
            "results",
            _objects(
                "companies",
                "name domain industry numberofemployees country state hubspot_owner_id createdate "
                "hs_lastmodifieddate",
            ),
            1,
        ),
        Stream(
            "contacts",
            "results",
            _objects(
                "contacts",
                "firstname lastname email phone mobilephone company associatedcompanyid country "
                "state city hubspot_owner_id hs_analytics_source lifecyclestage createdate "
                "lastmodifieddate",
                ("lifecyclestage", "hubspot_owner_id"),
                changed="lastmodifieddate",
            ),
            1,
            shape=_SAMPLE,
        ),
        Stream(
            "deals",
            "results",
            _objects(
                "deals",
                "dealname dealstage pipeline amount deal_currency_code closedate createdate "
                "closed_lost_reason hubspot_owner_id hs_is_closed hs_is_closed_won "
                "hs_analytics_source hs_lastmodifieddate",
                ("dealstage",),
                ("contacts", "companies"),
            ),
            1,
            shape=_SAMPLE,
        ),
        Stream(
            "line_items",
            "results",
            _objects(
                "line_items",
                "name quantity amount hs_line_item_currency_code hs_lastmodifieddate",
                beside=("deals",),
            ),
            1,
        ),
        Stream(
            "calls",
            "results",
            _objects(
                "calls",
                "hs_timestamp hs_call_direction hs_call_duration hs_call_disposition "
                "hs_call_status hs_call_from_number hs_call_to_number hubspot_owner_id "
                "hs_createdate hs_lastmodifieddate",
                beside=_PEOPLE,
            ),
            1,
        ),
        Stream(
            "meetings",
            "results",
            _objects(
                "meetings",
                "hs_createdate hs_meeting_start_time hs_meeting_end_time hs_meeting_outcome "
                "hubspot_owner_id hs_lastmodifieddate",
                beside=_PEOPLE,
            ),
            1,
        ),
        Stream(
            "tasks",
            "results",
            _objects(
                "tasks",
                "hs_createdate hs_timestamp hs_task_completion_date hs_task_status hs_task_type "
                "hs_task_subject hubspot_owner_id hs_lastmodifieddate",
                beside=_PEOPLE,
            ),
            1,
        ),
        Stream(
            "emails",
            "results",
            _objects(
                "emails",
                "hs_timestamp hs_email_direction hs_email_status hs_email_thread_id "
                "hubspot_owner_id hs_lastmodifieddate",
                beside=_PEOPLE,
            ),
            1,
        ),
        Stream(
            "tickets",
            "results",
            _objects(
                "tickets",
                "createdate closed_date first_agent_reply_date hs_ticket_priority source_type "
                "hs_ticket_category hs_pipeline_stage hubspot_owner_id hs_lastmodifieddate",
                beside=("contacts",),
            ),
            1,
        ),
    ),
    auth=bearer,
    look=_look,
    pause=0.25,
    limits="A property keeps 45 values of a contact and 20 of other objects, the latest ones. An "
    "object's archived state is kept for 90 days. Owners of contacts come without the one before. "
    "An own pipeline's stage has the pipeline that the deal is in now.",
    rights="the scopes crm.objects.*.read of the streams, crm.objects.owners.read, tickets",
)
