"""Days and times as people and programs write them: what is read, and what is none."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale

from leadhouse import sqltext as sql

_DAY = r"\d{4}-\d{2}-\d{2}"
OFFSET = r"(Z|[+-](0\d|1[0-5])(:?[0-5]\d)?)"
TIMESTAMP = rf"{_DAY}([T ]\d{{2}}:\d{{2}}(:\d{{2}}(\.\d{{1,9}})?)?{OFFSET}?)?"
DATE = rf"{_DAY}([T ]00:00(:00(\.0+)?)?( ?(Z|UTC|GMT|[+-]00(:?00)?))?)?"

_FIRST, _END = "1900", "2200"
NO_MOMENT = f"is no moment: only those from {_FIRST} to {int(_END) - 1} are"
_ZEROS = r"0{1,4}([-./]0{1,4}){2}([T ,].*)?|0{1,2}:00(:00)?"
"""A day of zeros, or the number 0 of a spreadsheet that is shown as a time."""


_LANGUAGES = ("cs", "de", "en", "es", "fr", "id", "it", "nl", "pl", "pt", "ro", "ru", "tr", "uk")
"""Those whose names of months may stand in one file: no name means two months."""

NAMED_MONTH = re.compile("%[bBh]")
"""What a pattern of a moment has in the place of a month's name."""


@cache
def months() -> dict[str, int]:
    """The numbers of the months by their names in lower case, and by how those begin.

    Names are those of the Unicode CLDR. Three letters are enough if they begin one month's alone.
    """
    names: dict[str, int] = {}
    begun: dict[str, set[int]] = {}
    for language in _LANGUAGES:
        written = Locale(language).months
        for use in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in written[use][width].items():
                    bare = name.lower().strip(".")
                    names[bare] = number
                    for end in range(3, len(bare)):
                        begun.setdefault(bare[:end], set()).add(number)
    return {short: number for short, (number, *more) in begun.items() if not more} | names


def numbered_months(text: str) -> list[str]:
    """The text with the number of the month that it names last, with and without its dot."""
    found = [each for each in re.finditer(r"[^\W\d_]+", text) if each[0].lower() in months()]
    if not found:
        return []
    number = str(months()[found[-1][0].lower()])
    before, after = text[: found[-1].start()], text[found[-1].end() :]
    return [f"{before}{number}{after}", f"{before}{number}{after.removeprefix('.')}"]


def numbered_months_sql(text: str) -> str:
    """SQL of what :func:`numbered_months` gives."""
    keys, numbers = sql.texts(months()), ", ".join(map(str, months().values()))
    words = f"regexp_extract_all({text}, '\\p{{L}}+')"
    named = f"list_filter({words}, lambda word: lower(word) in ({keys}))[-1:]"
    at = f"list_position([{keys}], lower(name))"
    number = f"cast([{numbers}][{at}] as varchar)"

    def replaced(dot: str) -> str:
        pattern = f"'^(.*(?:^|\\P{{L}}))' || name || '{dot}(\\P{{L}}.*)?$'"
        return f"regexp_replace({text}, {pattern}, '\\1' || number || '\\2')"

    both = sql.named(number, "number", f"[{replaced('')}, {replaced('[.]?')}]")
    return f"flatten(list_transform({named}, lambda name: {both}))"


def is_no_moment(value: str) -> str:
    """SQL: the text is written like a moment, but is none that a company can mean."""
    shaped = f"regexp_full_match({value}, {sql.text(_DAY + '([T ].*)?')})"
    return f"(({value} < '{_FIRST}' or {value} >= '{_END}') and ({shaped} or {is_zero(value)}))"


def is_moment(timestamp: str) -> str:
    """SQL: the local time is one that a company can mean."""
    return f"({timestamp} >= timestamp '{_FIRST}-01-01' and {timestamp} < timestamp '{_END}-01-01')"


def is_zero(value: str) -> str:
    """SQL: the text is a day of zeros, in whatever order its parts stand."""
    return f"regexp_full_match({value}, {sql.text(_ZEROS)})"


def iso(value: str) -> str:
    """SQL of a timestamp with the liberties of other programs taken out.

    UTC or a blank before the offset, letters in lower case, and 24:00, which is the next day's
    start.
    """
    plain = rf"{_DAY}([T ]([01]\d|2[0-3]):[^ a-z]*)?"
    zoned = f"regexp_replace(upper({value}), ' *(Z|UTC|GMT)$', 'Z')"
    zoned = rf"regexp_replace({zoned}, ' +([+-]\d{{2}}(:?\d{{2}})?)$', '\1')"
    midnight = rf"^({_DAY})[T ]24:00(:00(\.0+)?)?({OFFSET}?)$"
    next_day = f"cast(try_cast(left({value}, 10) as date) + 1 as varchar)"
    rest = f"regexp_extract({zoned}, {sql.text(midnight)}, 4)"
    return (
        f"case when {value} is null or regexp_full_match({value}, {sql.text(plain)}) "
        f"then {value} when not regexp_matches({value}, {sql.text('^' + _DAY + '[Tt ]')}) "
        f"then {value} when regexp_matches({zoned}, {sql.text(midnight)}) "
        f"then {next_day} || 'T00:00:00' || {rest} else {zoned} end"
    )
