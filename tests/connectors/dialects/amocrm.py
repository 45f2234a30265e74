from __future__ import annotations

from typing import ClassVar

from tests.connectors.server import Reply, Request, paged

START = 1706781600
"""2024-02-01 10:00 UTC."""


class Dialect:
    secrets: ClassVar = {
        "client_id": "CRM_ID",
        "client_secret": "CRM_SECRET",
        "refresh_token": "CRM_REFRESH",
    }
    environ: ClassVar = {
        "CRM_ID": "id-1",
        "CRM_SECRET": "hidden-secret",
        "CRM_REFRESH": "refresh-0",
    }
    options: ClassVar = {}

    def __init__(self, tables, page=250):
        self.tables = tables
        self.page = page
        self.refresh = "refresh-0"
        self.access = "access-0"
        self.issued = 0

    def reply(self, request: Request) -> Reply:
        if request.path == "/oauth2/access_token":
            return self.tokens(request.json)
        if request.headers.get("Authorization") != f"Bearer {self.access}":
            return Reply(401, {"title": "Unauthorized"})
        key = request.path.rsplit("/", 1)[-1]
        records = list(self.tables.get(request.path.removeprefix("/api/v4/"), ()))
        params = request.params
        for by in ("updated_at", "created_at"):
            low = int(params.get(f"filter[{by}][from]", 0))
            high = int(params.get(f"filter[{by}][to]", 1 << 40))
            records = [each for each in records if low <= each.get(by, low) <= high]
        if "filter[type]" in params:
            records = [
                each for each in records if each["type"] in params["filter[type]"].split(",")
            ]
        deleted = "only_deleted" in params.get("with", "")
        records = [each for each in records if bool(each.get("is_deleted")) == deleted]
        if "order[id]" in params:
            records.sort(key=lambda each: each["id"])
        size = min(self.page, int(params.get("limit", len(records) or 1)))
        found, more = paged(records, int(params.get("page", 1)), size)
        if not found:
            return Reply(204)
        links = {"self": {"href": "x"}} | ({"next": {"href": "x"}} if more else {})
        return Reply(content={"_page": 1, "_links": links, "_embedded": {key: found}})

    def tokens(self, body) -> Reply:
        if body["refresh_token"] != self.refresh or body["client_secret"] != "hidden-secret":
            return Reply(400, {"hint": "Token has been revoked", "title": "Invalid grant"})
        self.issued += 1
        self.refresh, self.access = f"refresh-{self.issued}", f"access-{self.issued}"
        return Reply(content={"access_token": self.access, "refresh_token": self.refresh})


def company(number: int) -> Dialect:
    at = [START + each * 60 for each in range(number)]
    leads = [
        {
            **{"id": 100 + each, "name": f"Lead {each}", "price": 100 * each, "pipeline_id": 11},
            **{
                "responsible_user_id": 7,
                "status_id": 142 if each % 3 else 22,
                "loss_reason_id": None,
            },
            **{"created_at": at[each], "updated_at": at[each], "is_deleted": each % 5 == 4},
            "custom_fields_values": [
                {"field_id": 8, "field_code": "UTM_SOURCE", "values": [{"value": "google"}]}
            ],
            "_embedded": {
                "tags": [{"id": 5, "name": "VIP"}],
                "contacts": [{"id": 900 + each, "is_main": True}],
                "companies": [],
            },
        }
        for each in range(number)
    ]
    contacts = [
        {
            **{"id": 900 + each, "name": f"Ann {each}", "first_name": "Ann", "last_name": "Nowak"},
            **{"responsible_user_id": 7, "created_at": at[each], "updated_at": at[each]},
            "custom_fields_values": [
                {"field_id": 1, "field_code": "EMAIL", "values": [{"value": f"a{each}@b.example"}]},
                {"field_id": 2, "field_code": "PHONE", "values": [{"value": f"+4860000{each:04}"}]},
            ],
            "_embedded": {"tags": [], "companies": [{"id": 50}]},
        }
        for each in range(number)
    ]
    kinds = [
        "lead_status_changed",
        "entity_responsible_changed",
        "entity_tag_added",
        "incoming_chat",
    ]
    events = [
        {
            **{"id": f"01j{each:023}", "type": kinds[each % 4], "created_by": 7},
            **{"entity_id": 900 + each if each % 4 in (1, 2) else 100 + each},
            **{"entity_type": "contact" if each % 4 in (1, 2) else "lead", "created_at": at[each]},
            "value_before": [{"responsible_user": {"id": 6}}],
            "value_after": [
                {
                    "lead_status": {"id": 22, "pipeline_id": 11},
                    "responsible_user": {"id": 7},
                    "tag": {"name": "VIP"},
                }
            ],
        }
        for each in range(number)
    ]
    tasks = [
        {
            **{"id": each + 1, "text": "Call", "task_type_id": 1, "responsible_user_id": 7},
            **{"is_completed": each % 2 == 0, "entity_id": 100 + each, "entity_type": "leads"},
            **{"created_at": at[each], "updated_at": at[each] + 9, "complete_till": at[each] + 99},
        }
        for each in range(number)
    ]
    notes = [
        {
            **{"id": 7000 + each, "note_type": "call_in" if each % 2 else "call_out"},
            **{"entity_id": 900 + each, "responsible_user_id": 7},
            **{"created_at": at[each], "updated_at": at[each]},
            "params": {"phone": f"+4860000{each:04}", "duration": each, "link": None},
        }
        for each in range(number)
    ]
    status = [
        {"id": 22, "name": "Open", "sort": 10},
        {"id": 142, "name": "Won", "sort": 10000},
        {"id": 143, "name": "Lost", "sort": 11000},
    ]
    return Dialect(
        {
            "users": [
                {"id": 7, "name": "Max", "email": "m@b.example", "rights": {"is_active": True}}
            ],
            "leads/pipelines": [{"id": 11, "name": "Sales", "_embedded": {"statuses": status}}],
            "companies": [{"id": 50, "name": "Acme", "created_at": START, "updated_at": START}],
            "contacts": contacts,
            "leads": leads,
            "events": events,
            "tasks": tasks,
            "contacts/notes": notes,
            "leads/notes": [],
        }
    )


LANDS = {
    "users": 1,
    "pipeline_stages": 3,
    "accounts": 1,
    "contacts": 12,
    "deals": 12,
    "deal_contacts": 12,
    "deal_stages": 3,
    "contact_owners": 3,
    "contact_tags": 3,
    "tasks": 12,
    "calls": 12,
}
"""The distinct keys that company(12) lands as."""
