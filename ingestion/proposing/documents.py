"""Parts of a mapping file as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

from ingestion.readers.formats import ENDINGS

_DATED = re.compile(r"(?P<word>.*[^\W\d_]{3,}[^\d]*?)\d[\d._ -]*")
"""The name of a file that ends in a date or number behind a word."""


def short_rule(rule: Any) -> Any:
    """A rule that only names a column, as that name."""
    return rule["column"] if set(rule) == {"column"} else rule


def file_pattern(name: str) -> str:
    """The files that are named alike: a date or number behind a word may differ."""
    ending = next((each for each in ENDINGS if name.lower().endswith(each)), "")
    stem, ending = name[: len(name) - len(ending)], name[len(name) - len(ending) :]
    # Two letters are no word: c*.csv would take contacts.csv.
    if match := _DATED.fullmatch(stem):
        stem = f"{match['word']}*"
    return f"{stem}{ending}".replace("[", "?")


def slug(text: str) -> str:
    """The text as a name of a mapping or the beginning of an id."""
    return re.sub(r"\W+", "_", text).strip("_").lower()


def taking(file: str, sheet: str | None) -> dict[str, Any]:
    """The keys that say what a mapping takes: files called like this one, a sheet of them."""
    return {"files": file_pattern(file)} | ({"sheet": sheet} if sheet else {})


class _Plain(yaml.SafeDumper):
    """Writes what two mappings share in both of them, for people to read."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def dumped(documents: Sequence[dict[str, Any]]) -> str:
    """The text of a file of one mapping, or of several."""
    content: Any = documents[0] if len(documents) == 1 else {"mappings": list(documents)}
    text: str = yaml.dump(
        content,
        Dumper=_Plain,
        sort_keys=False,
        allow_unicode=True,
        width=100,
        default_flow_style=None,
    )
    return text
