from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from tests.connectors.server import Reply, Request

START = 1706781600


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


class Dialect:
    secrets: ClassVar = {"token": "HUB_TOKEN"}
    environ: ClassVar = {"HUB_TOKEN": "hidden-token"}
    options: ClassVar = {}

    def __init__(self, objects, lists, archived=None, links=None, page=200, ceiling=10_000):
        self.objects, self.lists, self.links = objects, lists, links or {}
        self.archived = archived or {}
        self.page, self.ceiling = page, ceiling

    def reply(self, request: Request) -> Reply:
        if request.headers.get("Authorization") != "Bearer hidden-token":
            return Reply(401, {"category": "INVALID_AUTHENTICATION"})
        steps = request.path.strip("/").split("/")
        if steps[2] == "objects" and steps[-1] == "search":
            return self.search(steps[3], request.json)
        if steps[-2:] == ["batch", "read"] and steps[2] == "objects":
            wanted = [each["id"] for each in request.json["inputs"]]
            assert len(wanted) <= 50
            found = {each["id"]: each for each in self.objects[steps[3]]}
            return Reply(content={"results": [found[one] for one in wanted]})
        if steps[2] == "associations":
            linked = self.links.get((steps[3], steps[4]), {})
            found = [
                {
                    "from": {"id": each["id"]},
                    "to": [{"toObjectId": to} for to in linked[each["id"]]],
                }
                for each in request.json["inputs"]
                if each["id"] in linked
            ]
            return Reply(
                207 if len(found) < len(request.json["inputs"]) else 200, {"results": found}
            )
        records = self.archived.get(steps[3], []) if steps[2] == "objects" else None
        if records is None:
            records = self.lists[request.path]
        return self.listed(records, request.params)

    def listed(self, records, params) -> Reply:
        start = int(params.get("after", 0))
        size = min(self.page, int(params.get("limit", len(records) or 1)))
        answer = {"results": records[start : start + size]}
        if start + size < len(records):
            answer["paging"] = {"next": {"after": str(start + size)}}
        return Reply(content=answer)

    def search(self, kind, body) -> Reply:
        found = [
            {name: value for name, value in each.items() if name != "propertiesWithHistory"}
            for each in self.objects.get(kind, ())
        ]
        for rule in body["filterGroups"][0]["filters"]:
            found = [each for each in found if self.keeps(each, rule)]
        found.sort(key=lambda each: int(each["id"]))
        after = int(body.get("after", 0))
        size = min(self.page, body["limit"])
        if after + size > self.ceiling:
            return Reply(400, {"message": "The ceiling of a query is reached"})
        return Reply(content={"total": len(found), "results": found[after : after + size]})

    def keeps(self, each, rule) -> bool:
        if rule["propertyName"] == "hs_object_id":
            return int(each["id"]) > int(rule["value"])
        changed = datetime.fromisoformat(each["properties"][rule["propertyName"]])
        return changed.timestamp() * 1000 >= int(rule["value"])


def company(number: int) -> Dialect:
    def made(base, each, **properties):
        at = iso(START + each * 60)
        return {
            "id": str(base + each),
            "properties": {"createdate": at, "hs_lastmodifieddate": at, "lastmodifieddate": at}
            | properties,
            **{"createdAt": at, "updatedAt": at, "archived": False},
        }

    def past(each, **values):
        return {
            "propertiesWithHistory": {
                name: [
                    {"value": value, "timestamp": iso(START + each * 60 + at)}
                    for at, value in enumerate(given)
                ]
                for name, given in values.items()
            }
        }

    many = range(number)
    owner = {"hubspot_owner_id": "7"}
    stages = [
        ("new", "false", "0.2"),
        ("closedwon", "true", "1.0"),
        ("closedlost", "true", "0.0"),
    ]
    return Dialect(
        objects={
            "companies": [made(9, 0, name="Acme")],
            "contacts": [
                made(1000, each, email=f"a{each}@b.example", **owner)
                | past(each, hubspot_owner_id=["7", "8"], lifecyclestage=["lead"])
                for each in many
            ],
            "deals": [
                made(10, each, dealname="x", dealstage="new", pipeline="default", amount="10")
                | past(each, dealstage=["new"])
                for each in many
            ],
            "line_items": [made(500, each, name=f"Chair {each}", amount="5") for each in many],
            "calls": [
                made(
                    *(2000, each),
                    hs_timestamp=iso(START + each),
                    hs_call_direction="INBOUND" if each % 2 else "OUTBOUND",
                    hs_call_disposition="f240bbac-87c9-4f6e-bf70-924b57d47db7",
                    hs_call_duration="61000",
                )
                for each in many
            ],
            "meetings": [
                made(3000, each, hs_meeting_start_time=iso(START), hs_meeting_outcome="COMPLETED")
                for each in many
            ],
            "tasks": [made(4000, each, hs_task_status="COMPLETED") for each in many],
            "emails": [
                made(5000, each, hs_timestamp=iso(START), hs_email_direction="INCOMING_EMAIL")
                for each in many
            ],
            "tickets": [made(6000, each, source_type="EMAIL") for each in many],
        },
        archived={
            "deals": [made(800, 0, dealstage="new", pipeline="default") | {"archived": True}]
        },
        lists={
            "/crm/v3/owners": [
                {"id": "7", "email": "m@b.example", "firstName": "Max", "lastName": "M"}
            ],
            "/crm/v3/pipelines/deals": [
                {
                    "id": "default",
                    "label": "Sales",
                    "stages": [
                        {
                            **{"id": name, "label": name, "displayOrder": at},
                            "metadata": {"isClosed": closed, "probability": chance},
                        }
                        for at, (name, closed, chance) in enumerate(stages)
                    ],
                }
            ],
        },
        links={
            ("deals", "contacts"): {str(10 + each): [1000 + each] for each in many},
            ("line_items", "deals"): {str(500 + each): [10 + each] for each in many},
        },
    )


LANDS = {
    **{"users": 1, "pipeline_stages": 3, "accounts": 1, "contacts": 12, "contact_owners": 24},
    **{"contact_stages": 12, "deals": 13, "deal_stages": 12, "deal_contacts": 12},
    **{"deal_items": 12, "calls": 12, "meetings": 12, "tasks": 12, "emails": 12, "tickets": 12},
}
