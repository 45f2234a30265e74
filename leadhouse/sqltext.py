"""Spelling of SQL from Python: quoted names, quoted text, and what counts as blank."""

from __future__ import annotations

from collections.abc import Iterable

BLANKS = " \t\r\n\v\f\u00a0\u2007\u202f\ufeff"
"""Characters that make a cell blank: ASCII white space, no-break spaces, a stray BOM."""


def name(text: str) -> str:
    """``text`` as a quoted identifier."""
    return '"' + text.replace('"', '""') + '"'


def text(value: str) -> str:
    """``value`` as a string literal."""
    return "'" + value.replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    """``values`` as a comma-separated list of string literals."""
    return ", ".join(text(value) for value in values)


def filled(expression: str) -> str:
    """``expression`` with empty and blank-only text as NULL; other text untouched.

    Blank-only text sorts before ``'!'`` or starts with a no-break space, so most values are decided
    by one comparison.
    """
    return (
        f"case when ({expression} < '!' or {expression} > '~') "
        f"and trim({expression}, {text(BLANKS)}) = '' then null else {expression} end"
    )


def trimmed(expression: str) -> str:
    """``expression`` without blanks at its ends."""
    return f"trim({expression}, {text(BLANKS)})"
