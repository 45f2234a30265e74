"""The texts of the interface, one catalogue file a language, and how a language writes numbers."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "texts"
DEFAULT = "en"
NOTHING = "–"
"""Shown where there is no number: NULL means not measurable, and that is not 0."""


class Words:
    """One language."""

    def __init__(self, code: str, texts: dict[str, str]) -> None:
        self.code = code
        self.texts = texts

    def __call__(self, key: str, **parts: object) -> str:
        """The text of this key, with its parts filled in."""
        text = self.texts[key]
        return text.format(**parts) if parts else text

    def number(self, value: Any, digits: int = 0) -> str:
        """A number with the language's separators."""
        if value is None:
            return NOTHING
        plain = f"{value:,.{digits}f}"
        signs = {",": self.texts["thousands"], ".": self.texts["decimal"], "-": "−"}
        return "".join(signs.get(sign, sign) for sign in plain)

    def money(self, value: Any, currency: str) -> str:
        """An amount with its currency, without cents."""
        return NOTHING if value is None else f"{self.number(value)} {currency}"

    def percent(self, value: Any, digits: int = 1) -> str:
        """A number of hundredths."""
        return NOTHING if value is None else f"{self.number(value, digits)} %"

    def hours(self, value: Any) -> str:
        """A duration in hours."""
        return NOTHING if value is None else f"{self.number(value, 1)} {self.texts['hours_unit']}"

    def day(self, value: date | datetime | None) -> str:
        """A day, or an instant to the minute."""
        if value is None:
            return NOTHING
        is_instant = isinstance(value, datetime)
        return value.strftime("%Y-%m-%d %H:%M" if is_instant else "%Y-%m-%d")


@cache
def languages() -> dict[str, Words]:
    """Every language by its code."""
    return {
        file.stem: Words(file.stem, yaml.safe_load(file.read_text(encoding="utf-8")))
        for file in sorted(FOLDER.glob("*.yml"))
    }


def choose_language(asked: str | None, accepted: list[str]) -> Words:
    """The language that is asked for, else the first that the browser accepts, else English."""
    for code in [asked or "", *accepted]:
        if (known := code[:2].lower()) in languages():
            return languages()[known]
    return languages()[DEFAULT]
