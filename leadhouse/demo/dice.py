"""Random numbers as SQL expressions, and how times, texts and money are spelled in SQL."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from leadhouse.demo.deliveries import END, START

_SUMMER = (1_774_746_000, 1_792_890_000)  # Warsaw's summer time of 2026, in seconds of UTC


class Dice:
    """SQL expressions for random numbers: ``u('salt', 'b')`` is the same double for the same b."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def u(self, salt: str, index: str = "b") -> str:
        """A uniform double in [0, 1)."""
        digest = hashlib.sha256(f"{self._seed}|{salt}".encode()).digest()
        mask = int.from_bytes(digest[:8], "little")
        bits = f"hash(xor(cast({index} as ubigint), {mask}::ubigint)) >> 11"
        return f"(({bits}) * 1.1102230246251565e-16)"

    def whole(self, salt: str, below: int | str, index: str = "b") -> str:
        """A whole number from 0 to ``below`` - 1."""
        return f"cast(floor({self.u(salt, index)} * ({below})) as bigint)"

    def pick(self, salt: str, values: Iterable[str], index: str = "b") -> str:
        """One of the values, all alike."""
        known = list(values)
        return f"({texts(known)})[1 + {self.whole(salt, len(known), index)}]"

    def weighted(self, salt: str, weights: dict[str, float], index: str = "b") -> str:
        """One of the keys by its weight; an empty key is NULL."""
        total, so_far, arms = sum(weights.values()), 0.0, []
        for value, weight in weights.items():
            so_far += weight
            text = quoted(value) if value else "null"
            arms.append(f"when {self.u(salt, index)} < {so_far / total:.6f} then {text}")
        last = list(weights)[-1]
        return f"(case {' '.join(arms)} else {quoted(last) if last else 'null'} end)"

    def wait(self, salt: str, mean_seconds: float | str, index: str = "b") -> str:
        """An exponential waiting time in seconds."""
        return f"cast(-ln(1 - {self.u(salt, index)}) * ({mean_seconds}) as bigint)"

    def bell(self, salt: str, index: str = "b") -> str:
        """A bell-shaped number of mean 0 and deviation 1."""
        rolls = " + ".join(self.u(f"{salt}{roll}", index) for roll in range(4))
        return f"(({rolls} - 2) * 1.7320508)"


def quoted(text: str) -> str:
    """A text literal."""
    return "'" + text.replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    """A list of texts."""
    return "[" + ", ".join(quoted(value) for value in values) + "]"


def numbers(values: Iterable[float]) -> str:
    """A list of doubles."""
    return "[" + ", ".join(f"{value}::double" for value in values) + "]"


def naive(seconds: str) -> str:
    """A timestamp without offset (which is the source time zone's, UTC by default)."""
    return f"make_timestamp(cast({seconds} as bigint) * 1000000)"


def utc(seconds: str) -> str:
    """A timestamp in UTC, marked Z."""
    return f"replace(cast({naive(seconds)} as varchar), ' ', 'T') || 'Z'"


def warsaw(seconds: str) -> str:
    """Local time with its offset, which changes with summer time."""
    summer = f"({seconds}) >= {_SUMMER[0]} and ({seconds}) < {_SUMMER[1]}"
    return (
        f"case when {summer} then cast({naive(f'({seconds}) + 7200')} as varchar) || '+02:00' "
        f"else cast({naive(f'({seconds}) + 3600')} as varchar) || '+01:00' end"
    )


def folded(seconds: str) -> str:
    """A time that fell outside the year, mirrored back into it."""
    return (
        f"(case when {seconds} >= {END} then {2 * END - 1} - ({seconds}) "
        f"when {seconds} < {START} then {2 * START} - ({seconds}) else {seconds} end)"
    )


def money(number: str) -> str:
    """An amount with two decimals."""
    return f"cast(round({number}, 2) as decimal(18,2))"
