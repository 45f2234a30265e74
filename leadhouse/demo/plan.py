"""What every maker of files knows: how many contacts there are, the dice, and the deliveries."""

from __future__ import annotations

from dataclasses import dataclass

from leadhouse.demo.deliveries import DAY, END, START, Window, windows
from leadhouse.demo.dice import Dice


@dataclass(frozen=True)
class Plan:
    """The company of one seed and one size."""

    total: int
    dice: Dice
    windows: tuple[Window, ...]

    @classmethod
    def of(cls, contacts: int, seed: int) -> Plan:
        """The plan of so many contacts."""
        return cls(contacts, Dice(seed), tuple(windows()))

    @property
    def pool_numbers(self) -> int:
        """How many numbers sessions share."""
        return max(40, self.total // 500)

    def events(self, window: Window, salt: str, sql: str, index: str = "b") -> str:
        """The events of ``sql`` (which has their second ``t``) that come with this delivery.

        Fifteen in a thousand come nine days late.
        """
        late = f"{self.dice.u(f'late {salt}', index)} < 0.015"
        due = f"case when {late} then t + {9 * DAY} else t end"
        until = "" if window.last else f"and ({due}) < {window.high}"
        return (
            f"select * from ({sql}) where t >= {START} and t < {END} "
            f"and ({due}) >= {window.low} {until}"
        )

    def near(self, window: Window) -> str:
        """The contacts near enough in time to have web or call events in this delivery."""
        low, high = window.low - 85 * DAY, window.high + 45 * DAY
        return f"(select * from c where t0 between {low} and {high})"
