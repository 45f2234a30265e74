"""Random companies that also say what their salespeople did.

``activity_company(seed)`` is the company of companies.py with tasks, meetings, e-mails, hours,
surveys and targets. Their instants lie where the rules have their edges: at a deadline, whole days
before a deal, at the first clock.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from tests.reference.companies import (
    ACCOUNTS,
    USERS,
    Company,
    Draft,
    Maker,
    files_of,
    random_company,
)
from tests.reference.rules import Text, instant

EDGES = (timedelta(), timedelta(microseconds=1), timedelta(seconds=-1))


@dataclass
class _Work:
    """Makes the work of a company."""

    make: Maker
    ids: list[str]
    deals: list[str]
    edges: list[datetime]

    def moment(self) -> datetime:
        if self.edges and self.make.maybe(0.4):
            return self.make.one(self.edges) + self.make.one(EDGES)
        return self.make.moment()

    def written(self, moment: datetime, empty: float = 0.0) -> str | None:
        if self.make.maybe(empty):
            return None
        return str(moment.date()) if self.make.maybe(0.05) else self.make.written(moment)

    def whose(self) -> Text:
        make = self.make
        return {
            "user_id": make.one((*USERS, "u_left"), 0.2),
            "contact_id": make.one(self.ids, 0.2) if self.ids else None,
            "deal_id": make.one(self.deals, 0.7) if self.deals else None,
        }

    def tasks(self) -> list[Text]:
        make, rows = self.make, []
        for number in range(make.one((0, 5, 30))):
            created = self.moment()
            due = created + timedelta(hours=make.rng.randrange(-10, 200))
            done = make.one((due, due + timedelta(seconds=1), created - timedelta(days=1)))
            row: Text = {
                "task_id": f"t{number}",
                "created_at": self.written(created),
                "due_at": self.written(due, 0.3),
                "done_at": self.written(done, 0.4),
                "status": make.one(("open", "done", "done", "cancelled")),
                "type": make.one(("call", "visit"), 0.3),
                "title": make.one(("Oddzwonić",), 0.5),
                **self.whose(),
            }
            rows.append(row)
            if make.maybe(0.2):
                rows.append({**row, "status": "done", "done_at": self.written(self.moment())})
        return rows

    def meetings(self) -> list[Text]:
        make, rows = self.make, []
        has_status = make.maybe(0.85)
        for number in range(make.one((0, 4, 25))):
            starts = make.one((self.moment(), make.moment(), make.end + timedelta(days=20)))
            length = make.one((0, 0.5, 1800, 3600.9, -60))
            rows.append(
                {
                    "meeting_id": f"m{number}",
                    "created_at": self.written(self.moment()),
                    "starts_at": make.written(starts),
                    "ends_at": self.written(starts + timedelta(seconds=length), 0.3),
                    "type": make.one(("meeting", "demo", "training"), 0.2),
                    "status": make.one(("held", "held", "no_show", "planned", "cancelled"), 0.1)
                    if has_status
                    else None,
                    **self.whose(),
                }
            )
        return rows

    def emails(self) -> list[Text]:
        make, rows = self.make, []
        tracked = {name: make.maybe(0.8) for name in ("bounced", "opened", "clicked", "replied")}
        for number in range(make.one((0, 5, 20, 50))):
            sent = self.moment()
            later = {
                f"{name}_at": self.written(sent + timedelta(hours=make.one((1, 30))), 0.4)
                if tracked[name]
                else None
                for name in ("opened", "clicked", "replied")
            }
            row: Text = {
                "email_id": f"e{number}",
                "sent_at": self.written(sent),
                "direction": make.one(("in", "out", "out")),
                "kind": make.one(("one_to_one", "campaign"), 0.1),
                "campaign": make.one(("spring", "summer"), 0.5),
                "thread_id": make.one([f"th{n}" for n in range(8)], 0.3),
                "bounced": make.one(("true", "no", "0"), 0.3) if tracked["bounced"] else None,
                **later,
                **self.whose(),
            }
            rows.append(row)
        return rows

    def time_entries(self) -> list[Text]:
        make = self.make
        return [
            {
                "entry_id": f"h{number}",
                "user_id": make.one((*USERS, "u_left")),
                "date": str(self.moment().date()),
                "activity": make.one(("selling", "planning", "data_entry", "other")),
                "hours": make.one(("0", "1.5", "0.25", "8")),
            }
            for number in range(make.one((0, 5, 20)))
        ]

    def surveys(self) -> list[Text]:
        make = self.make
        return [
            {
                "response_id": f"r{number}",
                "responded_at": self.written(self.moment()),
                "contact_id": make.one([*self.ids, "ghost"]),
                "score": str(make.rng.randrange(11)),
                "comment": make.one(("Dobrze",), 0.6),
            }
            for number in range(make.one((0, 3, 12)))
        ]

    def targets(self) -> list[Text]:
        make, rows = self.make, []
        levels = {"company": (None, "xyz"), "team": ("North", "?"), "user": (*USERS, *ACCOUNTS)}
        for level, ids in levels.items():
            for level_id in ids:
                metric = make.one(("revenue", "deals_won", "leads", "calls", "meetings"))
                row: Text = {
                    "month": make.one(("2024-03", "2030-01")),
                    "level": level,
                    "level_id": level_id,
                    "metric": metric,
                    "target": make.one(("10", "99.5", "0")),
                    "currency": "EUR" if metric == "revenue" else None,
                }
                rows += [row, {**row, "target": "11"}] if make.maybe(0.2) else [row]
        return rows


def activity_company(seed: int) -> Company:
    """The company of a seed, with its work."""
    company = random_company(seed)
    make = Maker(random.Random(seed)).by(f"work of {seed}")
    landed, clocks = company.landed(), company.clocks
    zone = clocks.source_timezone
    created = [instant(row["created_at"], zone) for row in landed["deals"]]
    work = _Work(
        make,
        sorted({str(row["contact_id"]) for row in landed["contacts"]}),
        sorted({str(row["deal_id"]) for row in landed["deals"]}),
        [clocks.as_of, *created, *(at - timedelta(days=30) for at in created)],
    )
    deliveries: list[date] = sorted({file.delivery for file in company.files})
    drafts = {
        "tasks": work.tasks(),
        "meetings": work.meetings(),
        "emails": work.emails(),
        "time_entries": work.time_entries(),
        "surveys": work.surveys(),
        "targets": work.targets() if make.maybe(0.7) else [],
    }
    files = [
        file
        for entity, rows in drafts.items()
        if deliveries
        for file in files_of(
            make.by(f"{entity} of {seed}"), entity, [Draft(row) for row in rows], deliveries
        )
    ]
    # Its e-mails stand for those that the company has already, under the same ids.
    kept = (file for file in company.files if file.entity != "emails")
    return replace(company, files=(*kept, *files))
