"""What the columns of an export are called, and what other systems call those of the contract."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ingestion.contract import Column, Entity
from ingestion.proposing.looking import Export

_WORDS = Path(__file__).with_name("words.yml")
_DASH = " - "
_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")


@cache
def words() -> dict[str, Any]:
    """The words of words.yml, by its parts."""
    found: dict[str, Any] = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    return found


def called(entity: Entity, column: Column) -> list[str]:
    """The plain names that a column of the entity may have, its own first."""
    known = words()["columns"]
    others = known.get(f"{entity.name}.{column.name}", known.get(column.name, ()))
    return [plain(column.name), *others]


def plain(text: str) -> str:
    """A name without case, blanks and marks; of a path the last step that says something."""
    # No step begins behind the dot of "Tel." or "Nr. klienta".
    split = re.split(r"\.(?=\S)", text)
    steps = [step for step in split if not step.isdigit() and step.lower() != "value"]
    last = re.sub(r"^propert(y|ies)_", "", steps[-1] if steps else text)
    return re.sub(r"[\W_]+", "", last).casefold()


def whole_names(export: Export) -> dict[str, str]:
    """Each column's plain name by its path, without what most columns of the export begin with."""
    return {path: plain(name) for path, name in _own_names(export).items()}


def bare_names(export: Export) -> dict[str, str]:
    """The same without what stands in brackets, such as a unit."""
    return {path: plain(_BRACKETS.sub("", name)) for path, name in _own_names(export).items()}


def _own_names(export: Export) -> dict[str, str]:
    """Some vendors write the kind of record before each column, as in "Deal - Title"."""
    prefixes = Counter(each.path.partition(_DASH)[0] for each in export.columns)
    shared = [each for each, columns in prefixes.items() if 2 * columns > len(export.columns)]
    start = "".join(shared) + _DASH
    return {each.path: each.path.removeprefix(start) for each in export.columns}
