"""A mapping file for an export as it was seen, and what could not be told of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from ingestion.contract import ENTITIES, Column, Entity
from ingestion.mapping.model import Mapping
from ingestion.mapping.reading import read_mappings
from ingestion.proposing.looking import Export, Seen
from ingestion.readers.reading import folded

_WORDS = Path(__file__).with_name("words.yml")
_HINTS = {
    "deals": ("deal", "opportunit", "lead", "order", "pipeline", "sales", "сделк"),
    "contacts": ("contact", "person", "people", "client", "customer", "контакт"),
    "calls": ("call", "phone", "pbx", "cdr", "звонк"),
    "ad_spend": ("spend", "ads", "campaign", "direct", "insight", "расход"),
    "users": ("user", "team", "agent", "staff", "employee", "owner"),
    "sessions": ("session", "visit"),
    "payments": ("payment", "invoice", "оплат"),
    "enquiries": ("enquir", "inquir", "form", "request", "заявк"),
    "deal_stages": ("stage", "history", "event"),
    "tasks": ("task",),
    "meetings": ("meeting",),
}
"""By entity, what the name of its file is likely to hold."""
_CONSTANTS = {
    ("deals", "pipeline"): "sales",
    ("deals", "status"): "open",
    ("deal_stages", "pipeline"): "sales",
    ("calls", "direction"): "in",
    ("enquiries", "channel"): "form",
    ("ad_spend", "platform"): "ads",
    ("ad_spend", "account_id"): "main",
}
"""What a required column is taken for where no column of the file looks like it."""
_KINDS = {
    "timestamp": ("moment", "day", "empty"),
    "date": ("day", "moment", "empty"),
    "integer": ("number", "duration", "empty"),
    "decimal": ("number", "empty"),
    "boolean": ("boolean", "empty"),
    "month": ("text", "day"),
}
_LEAST = 0.4
"""Share of a ready mapping's columns that an export must have to be taken for that vendor's."""


@dataclass
class Proposal:
    """The text of a mapping file, and in words what it was made of and what could not be told."""

    text: str
    made_of: str
    doubts: list[str] = field(default_factory=list)


def known_names(mappings: Iterable[Mapping]) -> frozenset[str]:
    """Every name that a column of an export may have, as names are compared."""
    names = {column.name for entity in ENTITIES.values() for column in entity.columns}
    for mapping in mappings:
        names |= mapping.sources()
    return frozenset(map(folded, names))


def propose(export: Export, ready: Sequence[Mapping], entity: str | None = None) -> Proposal:
    """A mapping for the export: a ready one that knows it, else one made of its columns' names."""
    known = [] if entity else _vendor(export, ready)
    if known:
        names = ", ".join(mapping.name for mapping in known)
        proposal = Proposal(
            _dumped([_own(mapping, export) for mapping in known]), f"It is {names}."
        )
    else:
        proposal = _of_names(export, entity)
    proposal.doubts += _problems(proposal.text)
    return proposal


# --- ready mappings ----------------------------------------------------------------------------


def _vendor(export: Export, ready: Sequence[Mapping]) -> list[Mapping]:
    """The ready mappings that know the most of the export's columns and take the same files."""
    there = {folded(path) for path in export.paths}

    def has(name: str) -> bool:
        here = folded(name)
        return here in there or any(path.startswith(f"{here}.") for path in there)

    best: list[Mapping] = []
    most = 0.0
    for mapping in ready:
        sources = mapping.sources()
        found = [name for name in sources if has(name)]
        required = [
            mapping.rules[column.name]
            for column in ENTITIES[mapping.entity].columns
            if column.required and column.name in mapping.rules
        ]
        whole = all(
            any(map(has, named)) for rule in required if (named := [*rule.sources()])
        ) and all(map(has, (*mapping.where, *mapping.explode)))
        share = len(found) / len(sources)
        if mapping.explode[:1] != export.explode or not whole or share < _LEAST:
            continue
        if best and mapping.files == best[0].files:
            best.append(mapping)
        elif len(found) * share > most:
            best, most = [mapping], len(found) * share
    return best


def _own(mapping: Mapping, export: Export) -> dict[str, Any]:
    said = mapping.model_dump(mode="json", by_alias=True, exclude_unset=True)
    said = {"name": f"own_{mapping.name}", "files": _pattern(export.name)} | {
        key: value for key, value in said.items() if key not in ("name", "files")
    }
    said["columns"] = {name: _short(rule) for name, rule in said["columns"].items()}
    return said


def _short(rule: Any) -> Any:
    """A rule that only names a column, as that name."""
    if not isinstance(rule, dict):
        return rule
    short = {key: _short(value) if key == "fallback" else value for key, value in rule.items()}
    return short["column"] if set(short) == {"column"} else short


def _pattern(name: str) -> str:
    """The files that are named alike: dates and numbers may differ."""
    return re.sub(r"\d[\d._-]*(?=\D|$)", "*", name.rsplit("/", 1)[-1]).replace("[", "?")


# --- columns by their names --------------------------------------------------------------------


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    return words


def _plain(text: str) -> str:
    """A name without case, blanks and marks; of a path the last step that says something."""
    steps = [step for step in text.split(".") if not step.isdigit() and step.lower() != "value"]
    return re.sub(r"[\W_]+", "", steps[-1] if steps else text).casefold()


def _of_names(export: Export, asked: str | None) -> Proposal:
    found = {
        entity.name: _matches(entity, export)
        for entity in ENTITIES.values()
        if asked in (None, entity.name)
    }
    name = max(found, key=lambda name: _score(ENTITIES[name], found[name], export))
    entity, matches = ENTITIES[name], found[name]
    doubts: list[str] = []
    if not matches:
        doubts.append("No column looks like one of an entity: name the columns yourself.")
    columns: dict[str, Any] = {}
    missing = []
    for column in entity.columns:
        if seen := matches.get(column.name):
            columns[column.name] = _rule(column, seen, doubts)
        elif rule := _without(entity, column, matches, export, doubts):
            columns[column.name] = rule
        elif column.required:
            missing.append(column)
    document: dict[str, Any] = {
        "name": re.sub(r"\W+", "_", export.name.partition(".")[0]).strip("_").lower() or "export",
        "files": _pattern(export.name),
        "entity": name,
    }
    if export.explode:
        document["explode"] = list(export.explode)
    if marks := sorted({mark for seen in export.columns for mark in seen.empty_marks}):
        document["empty"] = marks
    document["columns"] = columns
    used = {seen.path for seen in matches.values()}
    if unused := [seen.path for seen in export.columns if seen.path not in used and seen.filled]:
        doubts.append(f"Not used: {', '.join(unused)}. Add what is worth it, or attributes.")
    text = _dumped([document])
    for column in missing:
        text += f"  # {column.name}: required, and no column looks like it. {column.description}\n"
        doubts.append(f"{column.name} is required, and no column looks like it.")
    if any(seen.kind == "moment" and not _has_offset(seen) for seen in matches.values()):
        doubts.append("Times without an offset are read in LEADHOUSE_SOURCE_TIMEZONE.")
    return Proposal(text, f"It looks like {name}.", doubts)


def _matches(entity: Entity, export: Export) -> dict[str, Seen]:
    """For each column of the entity the export's column that is called like it and fits it."""
    words = _words()["columns"]
    by_name: dict[str, list[Seen]] = {}
    for seen in export.columns:
        by_name.setdefault(_plain(seen.path), []).append(seen)
    found: dict[str, Seen] = {}
    for column in entity.columns:
        for word in (_plain(column.name), *words.get(column.name, ())):
            fitting = [seen for seen in by_name.get(word, ()) if _fits(column, seen)]
            if fitting:
                found[column.name] = fitting[0]
                break
    return found


def _fits(column: Column, seen: Seen) -> bool:
    if seen.kind == "empty" and column.required:
        return False
    if column.allowed:
        known = [value for value in seen.values if _allowed(value, column) is not None]
        return bool(known) or seen.kind == "empty"
    if column.key and column.required and column.is_id:
        # An id of each record, not the number of a list.
        return len(seen.values) == seen.filled or column.name != _only_key(column)
    return seen.kind in _KINDS.get(column.type, (seen.kind,))


def _only_key(column: Column) -> str | None:
    """The column's name if it is the whole key of some entity."""
    return next((column.name for e in ENTITIES.values() if e.key == (column.name,)), None)


def _score(entity: Entity, matches: dict[str, Seen], export: Export) -> float:
    required = [column.name for column in entity.columns if column.required]
    missing = [name for name in required if name not in matches]
    guessed = [name for name in missing if (entity.name, name) in _CONSTANTS]
    hinted = any(hint in export.name.lower() for hint in _HINTS.get(entity.name, ()))
    used = {seen.path for seen in matches.values()}
    told = len(used) + len(required) - 3 * len(missing) + 2 * len(guessed)
    # Of two that are told as well, the smaller one says more of the file.
    return 3 * hinted + told - len(entity.columns) / 100


def _rule(column: Column, seen: Seen, doubts: list[str]) -> Any:
    rule: dict[str, Any] = {"column": seen.path}
    if column.type in ("timestamp", "date", "month") and seen.formats:
        first = seen.formats[0]
        rule["format"] = first
        if any(each[:2] != first[:2] for each in seen.formats):
            doubts.append(
                f"{column.name}: {seen.path} may be written as {' or as '.join(seen.formats)}; the "
                "first is taken."
            )
    elif column.type in ("integer", "decimal") and seen.kind == "duration":
        rule["duration"] = "h:mm:ss"
    elif column.type in ("integer", "decimal") and seen.formats:
        rule["number"] = seen.formats[0]
        if {"1,234.56", "1.234,56"} <= set(seen.formats) and any("," in v for v in seen.values):
            doubts.append(
                f"{column.name}: {seen.path} may have a decimal comma or commas between thousands; "
                "the latter is taken."
            )
    elif column.allowed:
        values = {value: _allowed(value, column) for value in seen.values}
        if any(old != new for old, new in values.items()):
            rule["values"] = {old: new for old, new in values.items() if new is not None}
        if unknown := [old for old, new in values.items() if new is None]:
            shown = ", ".join(unknown[:10])
            if "open" in column.allowed:
                rule.setdefault("values", {})
                rule["otherwise"] = "open"
                doubts.append(f"{column.name}: taken as open: {shown}.")
            else:
                doubts.append(
                    f"{column.name}: of {seen.path} these values mean none of "
                    f"{', '.join(column.allowed)} that could be told: {shown}. Rows with them "
                    "go to quarantine until values lists them."
                )
    if "micros" in _plain(seen.path) and column.type == "decimal":
        rule["divide_by"] = "1000000"
    return _short(rule)


def _allowed(value: str, column: Column) -> str | None:
    """The allowed value that a file means by its own."""
    here = value.strip().lower()
    words = _words()["values"]
    return next(
        (each for each in column.allowed if here == each or here in words.get(each, ())), None
    )


def _without(
    entity: Entity, column: Column, matches: dict[str, Seen], export: Export, doubts: list[str]
) -> dict[str, Any] | None:
    """What fills a required column that no column of the file looks like, if anything does."""
    if not column.required:
        return None
    if column.name == "currency":
        for seen in matches.values():
            if code := re.search(r"\(([A-Z]{3})\)", seen.path):
                return {"value": code[1]}
    if column.name == "platform":
        for word, platform in _words()["platforms"].items():
            if word in export.name.lower():
                return {"value": platform}
    if column.name == "campaign_id" and "campaign" in matches:
        return {"column": matches["campaign"].path}
    if constant := _CONSTANTS.get((entity.name, column.name)):
        doubts.append(f"{column.name}: no column looks like it; all rows are taken as {constant}.")
        return {"value": constant}
    if column.key and column.is_id and entity.key == (column.name,):
        parts = [seen.path for seen in matches.values() if seen.kind in ("text", "moment", "day")]
        if parts:
            doubts.append(
                f"{column.name}: rows have no id; one is made of {', '.join(parts[:4])}. Name the "
                "columns that do not change."
            )
            return {"row_key": parts[:4], "prefix": entity.name.rstrip("s")}
    return None


def _has_offset(seen: Seen) -> bool:
    return seen.formats[:1] in (("epoch",), ("epoch_ms",)) or all(
        re.search(r"(Z|UTC|[+-]\d{2}:?\d{2})$", value) for value in seen.values
    )


# --- the text ----------------------------------------------------------------------------------


def _dumped(documents: Sequence[dict[str, Any]]) -> str:
    content: Any = documents[0] if len(documents) == 1 else {"mappings": list(documents)}
    text: str = yaml.safe_dump(
        content, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
    return text


def _problems(text: str) -> list[str]:
    """What still keeps the mapping from loading."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "proposed.yml"
        path.write_text(text, encoding="utf-8")
        return list(read_mappings(path, "as proposed").problems)
