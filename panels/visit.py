"""One look at one page: the build it is drawn from, what is asked, and the language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from panels.reader import Build
from panels.view import View
from panels.words import Words

LAST_DAYS = 30


@dataclass(frozen=True)
class Period:
    """Days from ``first`` to ``last``, both of them included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def step(self) -> str:
        """What a picture of the period has a point for, as ``date_trunc`` names it."""
        return "day" if self.days <= 62 else "week" if self.days <= 400 else "month"

    def before(self) -> Period:
        """The period of as many days right before."""
        return Period(self.first - timedelta(self.days), self.first - timedelta(1))


@dataclass(frozen=True)
class Visit:
    """What a page is drawn from."""

    build: Build
    view: View
    words: Words

    def period(self, first: str = "from", last: str = "to") -> Period:
        """The period that the address asks for by these names, as :func:`period_of` says."""
        return period_of(self.build, self.view, first, last)

    def metric(self, name: str) -> tuple[str, str]:
        """What a metric is called in the language of the texts, and which question it answers."""
        known = self.build.metrics[name]
        return known[f"label_{self.words.code}"], known["question"]

    def money(self, value: Any) -> str:
        """An amount in the reporting currency."""
        return self.words.money(value, self.build.currency)


def period_of(build: Build, view: View, first: str = "from", last: str = "to") -> Period:
    """The period that an address asks for, else the last 30 complete days."""
    end = view.day(last) or build.data_through
    begin = view.day(first) or end - timedelta(LAST_DAYS - 1)
    return Period(min(begin, end), end)


@dataclass(frozen=True)
class Page:
    """A page: its path, the key of its name, and what draws it."""

    path: str
    name: str
    draw: Callable[[Visit], Sequence[Any]]
