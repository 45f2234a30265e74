"""What messages show of a value that may name a person, in whatever column it was found.

A cell that is shifted by one lands in a column that is not personal. So whatever has an e-mail
address, or as many digits as a phone number and is no date or time, is shown by its shape alone;
so is what may be a name where no text belongs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_ADDRESS = r"[^\s@]@[^\s@]"
_DIGITS = r"([0-9][^0-9]*){9}"
_DAY = r"([0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}|[0-9]{1,2}[-./][0-9]{1,2}[-./][0-9]{2,4})"
_TIME = r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?( ?[AaPp][Mm])?"
_OFFSET = r" ?([Zz]|[A-Z]{3,4}|[+-][0-9]{2}(:?[0-9]{2})?)"
_NAME = r"^[^0-9]*\p{Lu}\p{Ll}{2,}[^0-9]*$"
_MOMENT = rf"{_DAY}([Tt ,]{{1,2}}{_TIME}({_OFFSET})?)?"


def masked_sql(value: str, is_text: str) -> str:
    """SQL of a value as messages may show it; ``is_text`` is SQL of whether its column is text."""
    shape = rf"regexp_replace(regexp_replace({value}, '\p{{L}}', 'x', 'g'), '\p{{Nd}}', '9', 'g')"
    is_name = f"regexp_matches({value}, '{_NAME}')"
    return (
        f"if(not {is_text} and {is_name} or regexp_matches({value}, '{_ADDRESS}') "
        f"or regexp_matches({value}, '{_DIGITS}') "
        f"and not regexp_full_match({value}, '{_MOMENT}'), {shape}, {value})"
    )


def masked_names(names: Iterable[str]) -> str:
    """The names of columns as messages list them: the header may be a line of data."""
    return ", ".join(_masked(name) for name in names)


def _masked(text: str) -> str:
    personal = re.search(_ADDRESS, text) or (
        re.search(_DIGITS, text) and not re.fullmatch(_MOMENT, text)
    )
    return re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "x", text)) if personal else text
