"""Which of an export's columns are those of an entity, by name and content."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingestion.contract import Column, Entity
from ingestion.proposing.looking import Export, Seen
from ingestion.proposing.naming import bare_names, called, whole_names, words

_HINTS = {
    "deals": (
        "deal",
        "opportunit",
        "lead",
        "order",
        "pipeline",
        "sales",
        "transakc",
        "szans",
        "vorg",
        "сделк",
    ),
    "contacts": ("contact", "person", "people", "client", "customer", "kontakt", "osob", "контакт"),
    "calls": ("call", "phone", "pbx", "cdr", "anruf", "rozm", "połącz", "звонк"),
    "ad_spend": ("spend", "ads", "campaign", "kampa", "direct", "insight", "расход"),
    "users": ("user", "team", "agent", "staff", "employee", "owner"),
    "sessions": ("session", "visit"),
    "payments": ("payment", "invoice", "оплат"),
    "enquiries": ("enquir", "inquir", "form", "request", "заявк"),
    "deal_stages": ("stage", "history", "event"),
    "tasks": ("task",),
    "meetings": ("meeting",),
    "targets": ("target", "quota", "plan", "goal"),
}
"""By entity, what the name of its file is likely to hold."""
CONSTANTS = {
    ("deals", "pipeline"): "sales",
    ("deals", "status"): "open",
    ("deal_stages", "pipeline"): "sales",
    ("calls", "direction"): "in",
    ("enquiries", "channel"): "form",
    ("ad_spend", "platform"): "ads",
    ("ad_spend", "account_id"): "main",
    ("targets", "level"): "user",
    ("targets", "metric"): "revenue",
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


def matches_of(entity: Entity, export: Export) -> dict[str, Seen]:
    """For each column of the entity the export's column that is called like it and fits it.

    One id is not the id of two things.
    """
    by_name: dict[str, list[Seen]] = {}
    for written in (whole_names(export), bare_names(export)):
        for seen in export.columns:
            by_name.setdefault(written[seen.path], []).append(seen)
    found: dict[str, Seen] = {}
    ids: list[Seen] = []
    for column in entity.columns:
        own = words()["own_ids"] if column.is_id and entity.key == (column.name,) else ()
        first, *others = called(entity, column)
        for word in (first, *own, *others):
            fitting = [
                seen
                for seen in by_name.get(word, ())
                if _fits(entity, column, seen) and not (column.is_id and seen in ids)
            ]
            if fitting:
                found[column.name] = fitting[0]
                ids += fitting[:1] if column.is_id else ()
                break
    return found


def called_alike(entity: Entity, matches: dict[str, Seen], export: Export) -> Iterator[str]:
    """What is called as a column of the entity and does not hold what that holds."""
    used = {seen.path for seen in matches.values()}
    whole, bare = whole_names(export), bare_names(export)
    for column in entity.columns:
        names = called(entity, column)
        for seen in export.columns:
            if column.name in matches or seen.path in used or seen.kind == "empty":
                continue
            if column.type in _KINDS and not {whole[seen.path], bare[seen.path]}.isdisjoint(names):
                yield (
                    f"{column.name}: {seen.path} is called like it, but not all of its values are "
                    f"written as one {column.type}. Name it with its format, number or values, and "
                    "leave out lines of totals by where."
                )


def _fits(entity: Entity, column: Column, seen: Seen) -> bool:
    if seen.kind == "empty" and column.required:
        return False
    if column.allowed:
        known = [value for value in seen.values if allowed_value(value, column) is not None]
        return bool(known) or seen.kind == "empty"
    if not column.is_id and not column.personal and re.search(r"\.\d+\.", seen.path):
        # A member of a list, such as a team of a user, is called by its own name.
        return False
    if column.is_id and entity.key == (column.name,):
        # An id of each record, not a number that several share.
        return len(seen.values) == seen.filled
    return seen.kind in _KINDS.get(column.type, (seen.kind,))


def score(entity: Entity, matches: dict[str, Seen], export: Export) -> float:
    """How well the export looks like the entity; more is better, and only the order counts."""
    required = [column.name for column in entity.columns if column.required]
    missing = [name for name in required if name not in matches]
    guessed = [
        name
        for name in missing
        if (entity.name, name) in CONSTANTS or (entity.key == (name,) and matches)
    ]
    hinted = any(hint in export.name.lower() for hint in _HINTS.get(entity.name, ()))
    used = {seen.path for seen in matches.values()}
    told = len(used) + len(required) - 3 * len(missing) + 2 * len(guessed)
    # What the cells say counts for more than how their column is called.
    by_content = sum(
        2 * _share_known(matches[column.name], column) - 1
        for column in entity.columns
        if column.allowed and column.name in matches
    )
    # Of two that are told as well, the smaller one says more of the file.
    return 3 * hinted + told + by_content - len(entity.columns) / 100


def _share_known(seen: Seen, column: Column) -> float:
    """The share of the values that mean one of those that the column allows."""
    known = sum(allowed_value(value, column) is not None for value in seen.values)
    return known / len(seen.values) if seen.values else 0.5


def allowed_value(value: str, column: Column) -> str | None:
    """The allowed value that a file means by its own."""
    here = value.strip().lower()
    known = words()["values"]
    return next(
        (each for each in column.allowed if here == each or here in known.get(each, ())), None
    )
