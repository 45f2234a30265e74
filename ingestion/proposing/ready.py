"""The ready mappings that know an export, with the export's own names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ingestion.contract import ENTITIES, Column
from ingestion.mapping.model import Mapping
from ingestion.mapping.rule import Rule
from ingestion.proposing.documents import short_rule, slug, taking
from ingestion.proposing.looking import Export
from ingestion.readers.reading import folded

_LEAST = 0.25
"""Share of a ready mapping's columns that an export must have to be taken for that vendor's."""
_FEWEST = 3
"""Columns that say of themselves whose export it is."""


def mappings_knowing(
    export: Export, ready: Sequence[Mapping]
) -> list[tuple[Mapping, dict[str, str]]]:
    """The ready mappings that know the most of the export's columns and take the same files.

    Each with the export's own names of the columns that it reads.
    """
    best: list[tuple[Mapping, dict[str, str]]] = []
    most = 0.0
    for mapping in ready:
        names = _names_in(export, mapping)
        # What an extraction marks, such as result._gone, is in no export of the vendor.
        sources = {
            name
            for name in mapping.sources() - set(mapping.explode)
            if not name.rpartition(".")[2].startswith("_")
        }
        if len(names) < _LEAST * len(sources) or not _is_whole(mapping, names, export):
            continue
        # A name that is written otherwise is worth less than the very same one.
        known = sum(
            1.0 if folded(ours) == folded(theirs) else 0.8 for ours, theirs in names.items()
        )
        rank = known * known / max(len(sources), 1)
        if best and mapping.files == best[0][0].files:
            if _says_more_than_key(mapping, names):
                best.append((mapping, names))
        elif rank > most and known >= _FEWEST:
            best, most = [(mapping, names)], rank
    # Rows that only fill others are nothing without those.
    return best if any(not mapping.fill for mapping, _ in best) else []


def _names_in(export: Export, mapping: Mapping) -> dict[str, str]:
    """The export's names of the columns that the mapping reads, as far as it has them."""
    exact = {folded(path): path for path in export.paths}
    alike = {_inner(path, export.explode): path for path in sorted(export.paths, reverse=True)}
    found = {}
    for name in mapping.sources() - set(mapping.explode):
        path = exact.get(folded(name)) or alike.get(_inner(name, mapping.explode[:1]))
        if path is not None:
            found[name] = path
    return found


def columns_read(mapping: Mapping, names: dict[str, str]) -> Iterator[tuple[str, Column]]:
    """Each of the export's columns that the mapping reads, with the contract's column."""
    for column in ENTITIES[mapping.entity].columns:
        rule = mapping.rules.get(column.name)
        for name in rule.sources() if rule else ():
            if name in names:
                yield names[name], column


def _inner(path: str, explode: Sequence[str]) -> str:
    """A path below the list, without case, marks and what only wraps a value."""
    for above in explode:
        path = path.removeprefix(f"{above}.")
    steps = [step for step in path.lower().split(".") if not step.isdigit()]
    kept = [step for step in steps if step not in ("properties", "value")]
    return re.sub(r"[\W_]+", "", re.sub(r"^propert(y|ies)_", "", "".join(kept)))


def _is_whole(mapping: Mapping, names: dict[str, str], export: Export) -> bool:
    """Whether the export has all that a row of the mapping needs."""
    if len(mapping.explode) > 1 and mapping.explode[:1] != export.explode:
        return False
    required = [
        mapping.rules[column.name]
        for column in ENTITIES[mapping.entity].columns
        if column.required and column.name in mapping.rules
    ]
    can_be_met = bool(_own_where(mapping, names)) or not mapping.where
    return can_be_met and all(is_filled(rule, names) for rule in required)


def _own_where(mapping: Mapping, names: dict[str, str]) -> list[dict[str, Any]]:
    """The sets of conditions that rows of the export can meet, with its names."""
    return [
        {
            names[name]: condition.model_dump(mode="json", by_alias=True, exclude_unset=True)
            for name, condition in conditions.items()
            if name in names
        }
        for conditions in mapping.where
        if all(name in names or each.asks_for_empty for name, each in conditions.items())
    ]


def _says_more_than_key(mapping: Mapping, names: dict[str, str]) -> bool:
    key = ENTITIES[mapping.entity].key
    return any(is_filled(rule, names) for name, rule in mapping.rules.items() if name not in key)


def is_filled(rule: Rule, names: dict[str, str]) -> bool:
    """Whether the export has something that the rule reads."""
    if rule.value is not None or any(name in names for name in rule.sources()):
        return True
    return rule.fallback is not None and is_filled(rule.fallback, names)


def own_document(mapping: Mapping, names: dict[str, str], export: Export) -> dict[str, Any]:
    """The mapping for this export: without what the export has not, with its own names."""
    if len(mapping.explode) > 1:
        # Inside a second list the mapping's own name is right: the first member was looked at.
        names = {name: name for name in names}
    said = mapping.model_dump(mode="json", by_alias=True, exclude_unset=True)
    columns = {name: _renamed(rule, names) for name, rule in said.pop("columns").items()}
    said.pop("where", None)
    attributes = {name: _renamed(rule, names) for name, rule in said.pop("attributes", {}).items()}
    attributes = {name: rule for name, rule in attributes.items() if rule is not None}
    where = _own_where(mapping, names)
    inner = list(said.pop("explode", ()))[1:]
    kept = {key: value for key, value in said.items() if key not in ("name", "files", "entity")}
    return {
        "name": f"own_{mapping.name}" + (f"_{slug(export.sheet)}" if export.sheet else ""),
        **taking(export.name, export.sheet),
        "entity": mapping.entity,
        **({"explode": [*export.explode, *inner]} if export.explode else {}),
        **kept,
        "columns": {name: rule for name, rule in columns.items() if rule is not None},
        **({"attributes": attributes} if attributes else {}),
        **({"where": where[0] if len(where) == 1 else where} if where else {}),
    }


def _renamed(rule: Any, names: dict[str, str]) -> Any:
    """The rule with the export's names; its fallback, or nothing, where that has not the column."""
    if isinstance(rule, str):
        return names.get(rule)
    rule = dict(rule)
    fallback = _renamed(rule.pop("fallback"), names) if "fallback" in rule else None
    if "column" in rule:
        if rule["column"] not in names:
            return fallback
        rule["column"] = names[rule["column"]]
    if "until" in rule:
        until = rule.pop("until")
        rule |= {"until": names[until]} if until in names else {}
    return short_rule(rule if fallback is None else rule | {"fallback": fallback})
