from __future__ import annotations

import re
from datetime import date, timedelta
from typing import ClassVar
from urllib.parse import parse_qs

from tests.connectors.server import Reply, Request


class Dialect:
    secrets: ClassVar = {
        "developer_token": "ADS_DEVELOPER",
        "client_id": "ADS_ID",
        "client_secret": "ADS_SECRET",
        "refresh_token": "ADS_REFRESH",
    }
    environ: ClassVar = {
        "ADS_DEVELOPER": "hidden-developer",
        "ADS_ID": "client",
        "ADS_SECRET": "hidden-secret",
        "ADS_REFRESH": "hidden-refresh",
    }
    options: ClassVar = {"customer_id": "123-456-7890", "token_address": "/token"}

    def __init__(self, rows, page=10_000):
        self.rows, self.page = rows, page
        self.access = "hidden-access"

    def reply(self, request: Request) -> Reply:
        if request.path == "/token":
            form = {name: values[0] for name, values in parse_qs(request.body).items()}
            if form["refresh_token"] != "hidden-refresh":
                return Reply(400, {"error": "invalid_grant"})
            return Reply(content={"access_token": self.access, "expires_in": 3599})
        if request.headers.get("Authorization") != f"Bearer {self.access}":
            return Reply(401, {"error": {"status": "UNAUTHENTICATED"}})
        if request.headers.get("developer-token") != "hidden-developer":
            return Reply(403, {"error": {"status": "PERMISSION_DENIED"}})
        assert re.fullmatch(r"/v\d+/customers/1234567890/googleAds:searchStream", request.path)
        query = request.json["query"]
        if "FROM customer LIMIT" in query:
            return Reply(content=[{"results": [{"customer": {"id": "1234567890"}}]}])
        first, last = re.search(r"BETWEEN '(.*?)' AND '(.*?)'", query).groups()
        found = [each for each in self.rows if first <= each["segments"]["date"] <= last]
        batches = [found[at : at + self.page] for at in range(0, len(found), self.page)]
        return Reply(content=[{"results": batch, "requestId": "r-1"} for batch in batches])


def company(number: int) -> Dialect:
    return Dialect(
        [
            {
                "customer": {
                    "id": "1234567890",
                    "currencyCode": "USD",
                    "timeZone": "America/New_York",
                },
                "campaign": {"id": str(each % 2), "name": "Brand"},
                "metrics": {
                    **{"clicks": "4", "impressions": "150", "costMicros": f"{each}234567"},
                    "conversions": 0.5,
                },
                "segments": {"date": str(date(2024, 2, 1) + timedelta(days=each // 2))},
            }
            for each in range(number)
        ]
    )


LANDS = {"ad_spend": 8}
"""Two campaigns a day, up to the day of the pull."""
