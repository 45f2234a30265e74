"""Random companies that also have plans, support, reviews and use of their product.

``people_company(seed)`` is the company of activity_companies.py with targets for the months that it
lives in, in several currencies, with tickets, reviews and use of its product, and with limits and
risks of its own.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import timedelta

from tests.reference.activity_companies import activity_company
from tests.reference.companies import USERS, Company, Draft, Maker, files_of
from tests.reference.rules import Text

PRODUCTS = ("basic", "plus", "support", "training")
METRICS = ("revenue", "revenue", "deals_won", "leads", "calls", "meetings")


@dataclass
class _Care:
    make: Maker
    ids: list[str]
    deals: list[str]

    def later(self, written: float, hours: tuple[float, ...]) -> tuple[str, str | None]:
        """A moment, and where it is known one that follows."""
        make, moment = self.make, self.make.moment()
        text = str(moment.date()) if make.maybe(0.05) else make.written(moment)
        if not make.maybe(written):
            return text, None
        return text, make.written(moment + timedelta(hours=make.one(hours)))

    def tickets(self) -> list[Text]:
        make, rows = self.make, []
        is_rated, is_counted = make.maybe(0.7), make.maybe(0.7)
        for number in range(make.one((0, 4, 25))):
            created, answered = self.later(0.8, (0, 1, 8, 8.001, 30, -1))
            row: Text = {
                "ticket_id": f"k{number}",
                "created_at": created,
                "first_response_at": answered,
                "solved_at": self.later(0.5, (1, 50))[1],
                "reopened_count": make.one(("0", "1", "3"), 0.3) if is_counted else None,
                "channel": make.one(("chat", "voice"), 0.2),
                "priority": make.one(("high", "low"), 0.4),
                "topic": make.one(("billing", "login"), 0.2),
                "status": make.one(("open", "solved"), 0.3),
                "user_id": make.one((*USERS, "u_left"), 0.2),
                "contact_id": make.one(self.ids, 0.2) if self.ids else None,
                "satisfaction": make.one(("0", "7.5", "10"), 0.3) if is_rated else None,
            }
            rows += [row, {**row, "topic": "billing"}] if make.maybe(0.1) else [row]
        return rows

    def reviews(self) -> list[Text]:
        make = self.make
        is_answered, is_rated = make.maybe(0.7), make.maybe(0.7)
        rows: list[Text] = []
        for number in range(make.one((0, 3, 15))):
            posted, answered = self.later(0.6 if is_answered else 0, (1, 72, -2))
            rows.append(
                {
                    "review_id": f"v{number}",
                    "posted_at": posted,
                    "site": make.one(("stars.example", "maps.example")),
                    "rating": make.one(("0", "3.5", "5"), 0.2) if is_rated else None,
                    "answered_at": answered,
                    "competitor": make.one(("Acme", "Rival"), 0.6),
                    "contact_id": make.one(self.ids, 0.5) if self.ids else None,
                }
            )
        return rows

    def product_usage(self) -> list[Text]:
        make, rows = self.make, []
        for _ in range(make.one((0, 10, 60))):
            row: Text = {
                "contact_id": make.one([*self.ids, "ghost"]),
                "date": str(make.moment().date() - timedelta(days=make.one((0, 0, 15, 28, 40)))),
                "metric": make.one(("logins", "files")),
                "value": make.one(("0", "1", "2.5", "40")),
            }
            rows += [row, {**row, "value": "3"}] if make.maybe(0.1) else [row]
        return rows

    def deal_items(self) -> list[Text]:
        make, rows = self.make, []
        for deal_id in (*self.deals, "ghost"):
            for product in make.rng.sample(PRODUCTS, make.one((0, 0, 1, 2, 3))):
                row: Text = {
                    "deal_id": deal_id,
                    "product": product,
                    "quantity": make.one(("1", "2.5"), 0.3),
                    "amount": make.one(("0", "10", "99.90"), 0.3),
                    "currency": make.one(("EUR", "PLN")),
                }
                rows += [row, {**row, "quantity": "3"}] if make.maybe(0.1) else [row]
        return rows

    def seeds(self) -> dict[str, list[Text]]:
        """Limits of some users and a role, and risks that a few weeks can show."""
        make = self.make
        limits: list[Text] = [
            {"user_id": user_id, "role": None, "open_deals": make.one(("1", "7"))}
            for user_id in USERS
            if make.maybe(0.4)
        ]
        roles = [{"user_id": None, "role": "manager", "open_deals": "3"}] if make.maybe(0.6) else []
        limits_of_rules = {
            "no_activity": ("2", "6.5", "90"),
            "detractor": ("6", "3"),
            "score_fall": ("3", "1"),
            "deal_gap": ("0.5", "0"),
            "usage_fall": ("0.5", "0.1"),
        }
        risks: list[Text] = [
            {
                "rule": rule,
                "threshold": make.one(values),
                "is_active": make.one(("true", "true", "no")),
            }
            for rule, values in limits_of_rules.items()
        ]
        return {"capacities": limits + roles, "risk_rules": risks}

    def targets(self) -> list[Text]:
        make, rows = self.make, []
        start = self.make.start.date().replace(day=1)
        months = [start, (start + timedelta(days=32)).replace(day=1)]
        levels = {"company": (None, "xyz"), "team": ("North", "South", "?"), "user": USERS}
        for month in months:
            for level, ids in levels.items():
                for level_id in ids:
                    metric = make.one(METRICS)
                    row: Text = {
                        "month": f"{month:%Y-%m}",
                        "level": level,
                        "level_id": level_id,
                        "metric": metric,
                        "target": make.one(("10", "99.5", "0", "2000")),
                        "currency": make.one(("EUR", "PLN", "USD"), 0.1)
                        if metric == "revenue"
                        else None,
                    }
                    rows += [row, {**row, "target": "11"}] if make.maybe(0.2) else [row]
        return rows


def people_company(seed: int) -> Company:
    """The company of a seed."""
    company = activity_company(seed)
    make = Maker(random.Random(seed)).by(f"people of {seed}")
    landed = company.landed()
    contacts, deals = (
        sorted({str(row[key]) for row in landed[entity]})
        for entity, key in (("contacts", "contact_id"), ("deals", "deal_id"))
    )
    care = _Care(make, contacts, deals)
    deliveries = sorted({file.delivery for file in company.files})
    drafts = {
        "tickets": care.tickets(),
        "reviews": care.reviews(),
        "product_usage": care.product_usage(),
    }
    if make.maybe(0.8):
        drafts["targets"] = care.targets()
    drafts["deal_items"] = care.deal_items()
    files = [
        file
        for entity, rows in drafts.items()
        if deliveries
        for file in files_of(
            make.by(f"{entity} of {seed}"), entity, [Draft(row) for row in rows], deliveries
        )
    ]
    kept = (file for file in company.files if file.entity != "targets" or "targets" not in drafts)
    seeds = {**company.seeds, **care.seeds()}
    return replace(company, files=(*kept, *files), seeds=seeds)
