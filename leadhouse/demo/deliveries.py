"""The days of the company's year and the deliveries that bring them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from leadhouse.demo import company

DAY = 86_400
START = int(datetime.combine(company.FIRST_DAY, time.min, UTC).timestamp())
END = int(datetime.combine(company.LAST_DAY, time.min, UTC).timestamp()) + DAY
DAYS = (END - START) // DAY
LEFT = int(company.DEPARTURE.moment.timestamp())


@dataclass(frozen=True)
class Window:
    """One delivery: its day, its number, and the seconds [low, high) whose rows it carries."""

    day: date
    number: int
    low: int
    high: int

    @property
    def last(self) -> bool:
        """Whether it is the one that brings whatever came late."""
        return self.number == len(company.DELIVERY_DAYS) - 1

    def latest(self, moments: Iterable[str]) -> str:
        """The latest of the moments that this delivery may know."""
        limit = min(self.high, END)
        known = ", ".join(f"case when {one} < {limit} then {one} end" for one in moments)
        return f"greatest({known})"

    def carries(self, moment: str) -> str:
        """Whether the moment is one of this delivery's."""
        return f"{moment} >= {self.low} and {moment} < {self.high}"


def windows() -> list[Window]:
    """Every delivery, in order."""
    windows = []
    low = START
    for number, day in enumerate(company.DELIVERY_DAYS):
        high = int(datetime.combine(day, time.min, UTC).timestamp()) + DAY
        windows.append(Window(day, number, low, high))
        low = high
    return windows
