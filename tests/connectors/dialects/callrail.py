from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from tests.connectors.server import Reply, Request, paged

START = 1706781600


class Dialect:
    secrets: ClassVar = {"token": "RAIL_KEY"}
    environ: ClassVar = {"RAIL_KEY": "hidden-key"}
    options: ClassVar = {"account_id": "227"}

    def __init__(self, tables, page=250):
        self.tables, self.page = tables, page

    def reply(self, request: Request) -> Reply:
        if request.headers.get("Authorization") != 'Token token="hidden-key"':
            return Reply(401, {"error": "HTTP Token: Access denied."})
        name = request.path.removeprefix("/v3/a/227/").removesuffix(".json")
        records, params = self.tables[name], request.params
        if by := params.get("sort"):
            first, last = params["start_date"], params["end_date"]
            records = [each for each in records if first <= each[by][:10] <= last]
            records.sort(key=lambda each: each[by])
        size = min(self.page, int(params["per_page"]))
        number = int(params.get("page", 1))
        found, _ = paged(records, number, size)
        pages = -(-len(records) // size)
        answer = {"page": number, "per_page": size, "total_pages": pages, name: found}
        return Reply(content=answer)


def company(number: int) -> Dialect:
    def at(each):
        return datetime.fromtimestamp(START + each * 3600, UTC).isoformat()

    calls = [
        {
            **{
                "id": f"CAL{each}",
                "start_time": at(each),
                "answered": each % 2 == 0,
                "duration": each,
            },
            **{"direction": "inbound" if each % 3 else "outbound", "voicemail": False},
            **{"customer_phone_number": "+15550100", "tracking_phone_number": "+15550199"},
            **{"utm_source": "google", "agent_email": "ann@b.example"},
        }
        for each in range(number)
    ]
    forms = [
        {
            **{"id": f"FRM{each}", "submitted_at": at(each), "customer_name": "Ann"},
            **{"customer_email": "a@b.example", "source": "Google Ads", "form_url": "/x"},
        }
        for each in range(number)
    ]
    trackers = [
        {
            **{"id": "TRK1", "type": "source", "name": "Leaflet", "created_at": at(0)},
            **{"tracking_numbers": ["+15550199"], "source": {"type": "offline"}},
        },
        {
            **{"id": "TRK2", "type": "session", "name": "Pool", "created_at": at(0)},
            **{"tracking_numbers": ["+15550201", "+15550202"], "source": {"type": "all"}},
        },
    ]
    users = [{"id": "USR1", "email": "ann@b.example", "first_name": "Ann", "last_name": "N"}]
    companies = [{"id": "COM1", "name": "Acme", "time_zone": "America/New_York"}]
    return Dialect(
        {
            **{"users": users, "companies": companies, "trackers": trackers},
            **{"calls": calls, "form_submissions": forms},
        }
    )


LANDS = {"users": 1, "tracking_numbers": 3, "calls": 12, "enquiries": 12}
