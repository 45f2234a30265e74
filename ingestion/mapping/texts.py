"""What a key of a mapping may hold, whichever key it is: an encoding, a pattern, an example."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ingestion.problems import meant
from leadhouse import sqltext as sql
from leadhouse.database import connect

NUMBER_EXAMPLE = re.compile("1([., '’\u00a0\u202f]?)234([.,])56")

MOMENT_WORDS = ("epoch", "epoch_ms", "epoch_us", "excel_serial", "iso")
"""Seconds, milliseconds and microseconds since 1970, Excel's days since 1900, and what is read
without a format."""


def known_encoding(name: str) -> bool:
    """Whether Python can decode text from that encoding."""
    try:
        # One byte, because an empty text is decoded without a look at the name.
        b"a".decode(name)
    except UnicodeError:
        return True
    except (LookupError, ValueError):
        return False
    return True


def _encoding(name: str) -> str:
    if not known_encoding(name):
        raise ValueError(f"{name!r} is unknown. Use a name such as cp1251 or utf-8.")
    return name


def _delimiter(text: str) -> str:
    mark = text.replace("\\t", "\t")
    if len(mark) != 1 or mark in '"\r\n':
        raise ValueError(f"{mark!r} is not one character. Use , or ; or a tab.")
    return mark


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone. Use one like Europe/Berlin.") from None
    return name


def _patterns(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        if pattern in MOMENT_WORDS:
            continue
        if not _valid_pattern(pattern):
            raise ValueError(
                f"{pattern!r} is not a date pattern such as %d.%m.%Y %H:%M, nor one of "
                f"{', '.join(MOMENT_WORDS)}.{meant(pattern, MOMENT_WORDS)}"
            )
        if not re.search("%[yYcxGs]", pattern):
            raise ValueError(f"{pattern!r} has no year.")
        for fields in ("yYG", "mbBh", "de", "HI", "M", "S"):
            if len(re.findall(f"(?<!%)%-?[{fields}]", pattern)) > 1:
                raise ValueError(
                    f"{pattern!r} has %{fields[0]} or its like twice, and only the last would "
                    'count. Of two dates in a cell take one: part: {by: " - ", number: 1}.'
                )
    return patterns


@cache
def _valid_pattern(pattern: str) -> bool:
    if "%" not in pattern:
        return False
    with connect() as con:
        try:
            con.execute("select try_strptime('', ?)", [pattern]).fetchall()
        except duckdb.Error:
            return False
    return True


def _number(example: str) -> str:
    match = NUMBER_EXAMPLE.fullmatch(example)
    if match is None or match[1] == match[2]:
        raise ValueError(
            f"{example!r} is not an example. Write 1234.56 as the file would: "
            '"1.234,56", "1,234.56", "1 234,56", "1\'234.56", "1234,56" or "1234.56".'
        )
    return example


def _divisor(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,11}(\.\d{1,6})?", text):
        raise ValueError(f"{text!r} is not a number from 1 on, such as 60 or 1000000.")
    return text


def listed(value: Any) -> Any:
    """A text alone is a list of one."""
    return [value] if isinstance(value, str) else value


def one_or_several(given: Any) -> Any:
    """A set of keys alone is a list of one."""
    return [given] if isinstance(given, dict) else given


Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[
    tuple[Text, ...],
    BeforeValidator(listed, json_schema_input_type=str | list[str]),
    Field(min_length=1),
]
Cell = Annotated[str, AfterValidator(sql.cleaned)]
"""A cell's content, ``""`` for the empty one."""


Encoding = Annotated[str, AfterValidator(_encoding)]
Delimiter = Annotated[str, AfterValidator(_delimiter)]
Zone = Annotated[str, AfterValidator(_zone)]
DateFormats = Annotated[Texts, AfterValidator(_patterns)]
NumberExample = Annotated[str, AfterValidator(_number)]
Divisor = Annotated[str, AfterValidator(_divisor)]


class Keys(BaseModel):
    """A set of keys of a mapping file; an unknown one is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)
