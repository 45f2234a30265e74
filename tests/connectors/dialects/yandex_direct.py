from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

from tests.connectors.server import Reply, Request


class Dialect:
    """A report is queued (201), made (202) and ready (200), whoever asks by its name."""

    secrets: ClassVar = {"token": "DIRECT_TOKEN"}
    environ: ClassVar = {"DIRECT_TOKEN": "hidden-token"}
    options: ClassVar = {"login": "acme"}

    def __init__(self, rows, page=0):
        self.rows, self.page = rows, page
        self.asked: dict[str, int] = {}

    def reply(self, request: Request) -> Reply:
        if request.headers.get("Authorization") != "Bearer hidden-token":
            return Reply(400, {"error": {"error_code": "53"}})
        assert request.headers["Client-Login"] == "acme"
        if request.path.endswith("/campaigns"):
            return Reply(content={"result": {"Campaigns": [{"Id": 1, "Name": "x"}]}})
        params = request.json["params"]
        times = self.asked[params["ReportName"]] = self.asked.get(params["ReportName"], 0) + 1
        if times < 3:
            return Reply(200 + times, headers={"retryIn": "20"})
        days = params["SelectionCriteria"]
        rows = [each for each in self.rows if days["DateFrom"] <= each["Date"] <= days["DateTo"]]
        lines = ["\t".join(params["FieldNames"])]
        lines += ["\t".join(each[name] for name in params["FieldNames"]) for each in rows]
        return Reply(content="\n".join(lines) + "\n")


def company(number: int) -> Dialect:
    return Dialect(
        [
            {
                **{"Date": str(date(2024, 2, 1) + timedelta(days=each // 4)), "CampaignId": "7"},
                **{"CampaignName": 'Окна "люкс"', "AdGroupId": "--", "AdGroupName": "--"},
                **{"AdId": str(each % 4), "Impressions": "90", "Clicks": "4", "Cost": f"{each}.5"},
                "Conversions": "--",
            }
            for each in range(number)
        ]
    )


LANDS = {"ad_spend": 12}
