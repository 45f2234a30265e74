from __future__ import annotations

import json
from datetime import date, timedelta
from typing import ClassVar

from tests.connectors.server import Reply, Request


class Dialect:
    secrets: ClassVar = {"token": "META_TOKEN"}
    environ: ClassVar = {"META_TOKEN": "hidden-token"}
    options: ClassVar = {"account_id": "act_1234"}

    def __init__(self, rows, page=500):
        self.rows, self.page = rows, page

    def reply(self, request: Request) -> Reply:
        if request.headers.get("Authorization") != "Bearer hidden-token":
            return Reply(400, {"error": {"code": 190, "message": "expired"}})
        if not request.path.endswith("/act_1234/insights"):
            return Reply(content={"name": "Acme", "currency": "EUR", "id": "act_1234"})
        days = json.loads(request.params["time_range"])
        found = [each for each in self.rows if days["since"] <= each["date_start"] <= days["until"]]
        first = int(request.params.get("after", 0))
        last = first + min(self.page, int(request.params["limit"]))
        answer = {"data": found[first:last]}
        if found:
            answer["paging"] = {"cursors": {"before": str(first), "after": str(last)}}
        if last < len(found):
            answer["paging"]["next"] = "https://graph.example/?access_token=hidden-token"
        return Reply(content=answer)


def company(number: int) -> Dialect:
    return Dialect(
        [
            {
                **{"account_id": "1234", "account_currency": "EUR", "spend": f"{each}.45"},
                **{"campaign_id": "2385", "campaign_name": "Leads", "adset_id": "2386"},
                **{"ad_id": str(each % 4), "impressions": "100", "inline_link_clicks": "3"},
                "date_start": str(date(2024, 2, 1) + timedelta(days=each // 4)),
            }
            for each in range(number)
        ]
    )


LANDS = {"ad_spend": 12}
