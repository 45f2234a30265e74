"""What a rule of a mapping becomes: SQL of a value, and of what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Compiled:
    """SQL of one column of the entity.

    Its canonical text, whether the source text cannot be read (``None`` where nothing can go
    wrong), that source text, and the words that say what it should be.
    """

    value: str
    fault: str | None
    source: str
    reason: str

    @classmethod
    def as_it_is(cls, value: str) -> Compiled:
        """A text with which nothing can go wrong."""
        return cls(value, None, value, "''")
