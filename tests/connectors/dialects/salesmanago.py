from __future__ import annotations

from hashlib import sha1
from typing import ClassVar

from tests.connectors.server import Reply, Request, paged

START = 1706781600_000


class Dialect:
    secrets: ClassVar = {"api_secret": "MANAGO_SECRET"}
    environ: ClassVar = {"MANAGO_SECRET": "hidden-secret"}
    options: ClassVar = {"client_id": "acme", "owner": "main@b.example"}

    def __init__(self, contacts, users, page=1000):
        self.contacts, self.users, self.page = contacts, users, page

    def reply(self, request: Request) -> Reply:
        body = request.json
        signed = sha1(f"{body['apiKey']}acmehidden-secret".encode()).hexdigest()
        if (body["sha"], body["clientId"], body["owner"]) != (signed, "acme", "main@b.example"):
            return Reply(content={"success": False, "message": ["Not authenticated"]})
        return Reply(content={"success": True, "message": []} | self.answer(request.path, body))

    def answer(self, path: str, body) -> dict:
        if path == "/api/user/listByClient":
            return {"users": self.users}
        by_id = {each["id"]: each for each in self.contacts}
        if path == "/api/contact/listById":
            return {"contacts": [by_id[each] for each in body["contactId"] if each in by_id]}
        assert path == "/api/contact/paginatedModifiedContacts"
        changed = [
            {"id": each["id"], "email": each["email"]}
            for each in self.contacts
            if body["from"] <= each["modifiedOn"] < body["to"]
        ]
        found, more = paged(changed, body["page"], min(self.page, body["size"]))
        return {"modifiedContacts": found, "hasMore": more}


def tag(name: str, at: int) -> dict:
    return {
        "tag": name,
        "tagName": name,
        "score": 1,
        "createdOn": at,
        "tagWithScore": f"{name} (1)",
    }


def company(number: int) -> Dialect:
    contacts = [
        {
            **{"id": f"d51bd57f-{each}", "name": "Ann Nowak", "email": f"{each}@b.example"},
            **{"phone": None, "state": "PROSPECT", "deleted": False, "company": "Acme"},
            **{"address": {"city": "Warszawa", "country": None}, "province": None},
            **{"mainContactOwner": "main@b.example", "contactTags": [tag("SEED", START)]},
            **{"createdOn": START, "modifiedOn": START + each * 3600_000},
        }
        for each in range(number)
    ]
    return Dialect(contacts, ["main@b.example", "ann@b.example"])


LANDS = {"users": 2, "contacts": 12, "contact_tags": 12}
