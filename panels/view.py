"""What a person looks at: a page and what is asked of it, all of it in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import parse_qsl, urlencode

LANGUAGE = "lang"


@dataclass(frozen=True)
class View:
    """A page's path and what its address asks. Empty values ask for nothing."""

    path: str = "/"
    asked: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, path: str | None, search: str | None) -> View:
        """The view of an address, as browsers split it."""
        return cls(path or "/", dict(parse_qsl((search or "").removeprefix("?"))))

    def get(self, name: str) -> str | None:
        """What is asked by this name."""
        return self.asked.get(name) or None

    def day(self, name: str) -> date | None:
        """The day asked by this name; what is no day asks for nothing."""
        try:
            return date.fromisoformat(self.asked.get(name, ""))
        except ValueError:
            return None

    def number(self, name: str) -> float | None:
        """The number asked by this name; what is no number asks for nothing."""
        try:
            return float(self.asked.get(name, ""))
        except ValueError:
            return None

    def search(self, **changes: object) -> str:
        """The address's part from the question mark on, with these changes; None takes away."""
        asked = {**self.asked, **changes}
        kept = {name: str(value) for name, value in asked.items() if value not in (None, "")}
        return f"?{urlencode(kept)}" if kept else ""

    def link(self, **changes: object) -> str:
        """The address of this view with these changes; None takes away."""
        return self.path + self.search(**changes)

    def page(self, path: str, *kept: str) -> str:
        """The address of another page, which keeps the language and what else is named."""
        asked = {name: self.asked[name] for name in (LANGUAGE, *kept) if name in self.asked}
        return View(path, asked).link()
