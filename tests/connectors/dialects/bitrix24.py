from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from tests.connectors.server import Reply, Request

START = 1706781600


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


class Dialect:
    secrets: ClassVar = {"webhook": "PORTAL_WEBHOOK"}
    environ: ClassVar = {"PORTAL_WEBHOOK": "1/hidden-code"}
    options: ClassVar = {}

    def __init__(self, tables, page=50):
        self.tables, self.page = tables, page

    def reply(self, request: Request) -> Reply:
        start, _, method = request.path.rpartition("/")
        if start != "/rest/1/hidden-code":
            return Reply(401, {"error": "expired_token", "error_description": "hidden-code"})
        method = method.removesuffix(".json")
        records, inside = self.tables[method]
        body = request.json
        asked = body.get("filter") or body.get("FILTER")
        if asked is not None:
            records = [
                each for each in records if all(self.keeps(each, *one) for one in asked.items())
            ]
            return self.answer(records[: self.page], inside)
        if inside == "categories":
            return self.answer(records, inside)
        first = body["start"]
        answer = self.answer(records[first : first + self.page], inside)
        if first + self.page < len(records):
            answer.content["next"] = first + self.page
        return answer

    def keeps(self, each, name, value) -> bool:
        if name.startswith("@"):
            return str(each[name[1:]]) in value
        bare = name.lstrip("<>=")
        own = each.get(bare) or each.get(self.other(bare))
        if bare == "ID":
            return int(own) > int(value)
        moment, limit = datetime.fromisoformat(own), datetime.fromisoformat(value)
        return moment >= limit if name.startswith(">=") else moment < limit

    def other(self, name) -> str:
        """Tasks are asked for by one name and given by another."""
        first, *rest = name.lower().split("_")
        return first + "".join(map(str.title, rest))

    def answer(self, records, inside) -> Reply:
        # What is empty comes as a list, even where it would be a record.
        result = {inside: records} if inside and records else records
        return Reply(content={"result": result, "time": {"duration": 0.1}})


def company(number: int) -> Dialect:
    many = range(number)

    def made(base, each, **more):
        at = iso(START + each * 60)
        return {"ID": str(base + each), "DATE_CREATE": at, "DATE_MODIFY": at} | more

    words = [("NEW", "process"), ("WON", "success"), ("LOSE", "failure")]
    stages = [
        {
            **{"ID": str(at), "ENTITY_ID": "DEAL_STAGE", "STATUS_ID": word, "SORT": str(10 * at)},
            **{"NAME": word, "CATEGORY_ID": None, "EXTRA": {"SEMANTICS": meaning}},
        }
        for at, (word, meaning) in enumerate(words, 1)
    ]
    return Dialect(
        {
            "user.get": (
                [{"ID": "6", "NAME": "Ann", "LAST_NAME": "Nowak", "ACTIVE": True, "EMAIL": ""}],
                None,
            ),
            "crm.category.list": ([{"id": 0, "name": "Sales"}], "categories"),
            "crm.status.list": ([*stages, {"ID": "9", "ENTITY_ID": "SOURCE"}], None),
            "crm.company.list": ([made(12, 0, TITLE="Acme")], None),
            "crm.contact.list": (
                [
                    made(
                        700,
                        each,
                        NAME="Ann",
                        COMPANY_ID="12",
                        ASSIGNED_BY_ID="6",
                        EMAIL=[{"VALUE": f"{each}@b.example"}],
                    )
                    for each in many
                ],
                None,
            ),
            "crm.deal.list": (
                [
                    made(
                        *(30, each),
                        **{"TITLE": "x", "CATEGORY_ID": "0", "STAGE_ID": "WON", "CLOSED": "Y"},
                        **{"STAGE_SEMANTIC_ID": "S", "OPPORTUNITY": "9.5", "CURRENCY_ID": "EUR"},
                        **{"CONTACT_ID": str(700 + each), "CLOSEDATE": iso(START)},
                    )
                    for each in many
                ],
                None,
            ),
            "crm.stagehistory.list": (
                [
                    {
                        **{"ID": 1 + each, "OWNER_ID": 30 + each, "CATEGORY_ID": 0},
                        **{"STAGE_ID": "NEW", "CREATED_TIME": iso(START + each * 60)},
                    }
                    for each in many
                ],
                "items",
            ),
            "tasks.task.list": (
                [
                    {
                        **{
                            "id": str(8000 + each),
                            "title": "Call",
                            "status": "5",
                            "responsibleId": "6",
                        },
                        **{"createdDate": iso(START), "changedDate": iso(START + each * 60)},
                        "closedDate": iso(START + 9),
                    }
                    for each in many
                ],
                "tasks",
            ),
            "voximplant.statistic.get": (
                [
                    {
                        **{
                            "ID": str(1 + each),
                            "CALL_ID": f"c{each}",
                            "CALL_TYPE": str(1 + each % 2),
                        },
                        **{"PHONE_NUMBER": "600", "PORTAL_NUMBER": "100", "CALL_DURATION": "5"},
                        **{"CALL_START_DATE": iso(START + each * 60), "CALL_FAILED_CODE": "200"},
                    }
                    for each in many
                ],
                None,
            ),
        }
    )


LANDS = {
    **{"users": 1, "pipeline_stages": 3, "accounts": 1, "contacts": 12, "deals": 12},
    **{"deal_stages": 12, "tasks": 12, "calls": 12},
}
