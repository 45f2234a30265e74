from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from tests.connectors.server import Reply, Request, paged

START = 1706781600


class Dialect:
    secrets: ClassVar = {"token": "CALLS_TOKEN"}
    environ: ClassVar = {"CALLS_TOKEN": "hidden-token"}
    options: ClassVar = {"site_id": "134"}

    def __init__(self, calls, requests, page=1000):
        self.calls, self.requests, self.page = calls, requests, page

    def reply(self, request: Request) -> Reply:
        if request.params.get("clientApiId") != "hidden-token":
            return Reply(403, {"errorCode": "403", "message": "token hidden-token?"})
        is_log = request.path == "/calls-service/RestAPI/134/calls-diary/calls"
        written = "%d/%m/%Y" if is_log else "%m/%d/%Y"
        first, last = (
            datetime.strptime(request.params[name], written).date()
            for name in ("dateFrom", "dateTo")
        )
        if not is_log:
            return Reply(
                content=[
                    each
                    for each in self.requests
                    if first <= datetime.fromtimestamp(each["date"] / 1000, UTC).date() <= last
                ]
            )
        found = [
            each
            for each in self.calls
            if first <= datetime.fromtimestamp(each["timestamp"], UTC).date() <= last
        ]
        if "page" not in request.params:
            return Reply(content=found)
        size = min(self.page, int(request.params["limit"]))
        number = int(request.params["page"])
        records, _ = paged(found, number, size)
        pages = -(-len(found) // size)
        answer = {"page": number, "pageTotal": pages, "recordsTotal": len(found)}
        return Reply(content=answer | {"records": records})


def company(number: int) -> Dialect:
    calls = [
        {
            **{
                "callId": 10 + each,
                "timestamp": START + each * 3600,
                "callerNumber": "79990000001",
            },
            **{
                "phoneNumber": "74950000001",
                "duration": each,
                "waitingConnect": 3,
                "manager": "Ann",
            },
            **{"successful": each % 3 > 0, "sessionId": 5000 + each, "clientId": "1.2"},
            **{
                "source": "yandex",
                "medium": "cpc",
                "keyword": "<не указано>",
                "utmSource": "yandex",
            },
        }
        for each in range(number)
    ]
    requests = [
        {
            **{"requestId": 70 + each, "date": (START + each * 3600) * 1000, "subject": "Offer"},
            "client": {
                "fio": "Ann Nowak",
                "phones": [{"phoneNumber": "79990000001"}],
                "emails": [{"email": "a@b.example"}],
            },
            "session": {"sessionId": 5000 + each, "source": "google", "utmMedium": "cpc"},
        }
        for each in range(number)
    ]
    return Dialect(calls, requests)


LANDS = {"calls": 12, "enquiries": 12}
