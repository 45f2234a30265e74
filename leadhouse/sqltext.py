"""Spelling of SQL from Python: quoted names, quoted text, and what counts as blank."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def _characters(*ranges: str) -> str:
    """The characters of ranges like az, and single ones."""
    return "".join(chr(code) for ends in ranges for code in range(ord(ends[0]), ord(ends[-1]) + 1))


_SPACES = _characters(
    *("\u0085", "\u00a0", "\u1680", "\u2000\u200a", "\u2028\u2029", "\u202f", "\u205f", "\u3000")
)
"""What people take for a blank: no-break, narrow and wide spaces."""

_INVISIBLE = _characters(
    *("\u00ad", "\u180e", "\u200b\u200f", "\u202a\u202e", "\u2060\u206f", "\ufeff")
)
"""Characters without width: they are taken out of every text."""

ODD_CHARACTERS = _SPACES + _INVISIBLE
"""What translating turns into :data:`PLAIN_CHARACTERS`, and takes out where those end."""
PLAIN_CHARACTERS = " " * len(_SPACES)

_BLANKS = " \t\r\n\v\f"
_CLEANED = str.maketrans(_SPACES, " " * len(_SPACES), _INVISIBLE)


def cleaned(text: str) -> str:
    """``text`` as it is compared and kept.

    NFC, every kind of space a plain blank, without characters of no width and outer blanks. A text
    with a NUL is not normalised: the database would cut it off there.
    """
    visible = text if text.isascii() else text.translate(_CLEANED)
    composed = visible if "\0" in visible else unicodedata.normalize("NFC", visible)
    return composed.strip(_BLANKS)


def cleaned_sql(expression: str) -> str:
    """SQL of what :func:`cleaned` does, NULL where nothing is left.

    Almost every value is ASCII without outer blanks, which two lengths and two characters tell.
    Short, because the database takes longer to read this than to clean the cells of a small file.
    """
    # Those that translate finds no counterpart for are taken out.
    odd, plain = text(ODD_CHARACTERS), text(PLAIN_CHARACTERS)
    visible = f"translate({expression}, {odd}, {plain})"
    composed = f"if(contains({expression}, chr(0)), {visible}, nfc_normalize({visible}))"
    return (
        f"case when strlen({expression}) = length({expression}) and {expression} > '!' "
        f"and {expression}[-1] > ' ' then {expression} "
        f"else nullif(trim({composed}, {text(_BLANKS)}), '') end"
    )


def _class(characters: str) -> str:
    escaped = (f"\\x{{{ord(letter):04X}}}" for letter in characters)
    return f"[{''.join(escaped)}]"


def shown_sql(expression: str) -> str:
    """SQL of a value as messages show it: odd spaces and unseen characters as code points."""
    odd = text(_class(ODD_CHARACTERS) + r"|\p{C}")
    return (
        f"array_to_string(list_transform(string_split({expression}, ''), lambda letter: "
        f"case when regexp_matches(letter, {odd}) "
        "then printf('<U+%04X>', unicode(letter)) else letter end), '')"
    )


def name(text: str) -> str:
    """``text`` as a quoted identifier."""
    return '"' + text.replace('"', '""') + '"'


def text(value: str) -> str:
    """``value`` as a string literal."""
    return "'" + value.replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    """``values`` as a comma-separated list of string literals."""
    return ", ".join(text(value) for value in values)


def named(expression: str, name: str, body: str) -> str:
    """``body`` with ``name`` for the expression: written, and computed, once.

    SQL that names a long expression often takes the database longer to read than a file to land.
    """
    return f"list_transform([{expression}], lambda {name}: {body})[1]"


def trimmed(expression: str) -> str:
    """``expression`` without blanks at its ends."""
    return f"trim({expression}, {text(_BLANKS)})"
