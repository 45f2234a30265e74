"""A mapping file for an export as it was seen, and what could not be told of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from ingestion.contract import ENTITIES, Column, Entity
from ingestion.mapping.model import Mapping
from ingestion.mapping.rule import Rule
from ingestion.proposing.days import (
    clock_of,
    clock_path,
    has_offset,
    in_utc,
    last_day_of,
    of_several_days,
    with_clock,
)
from ingestion.proposing.documents import dumped, short_rule, slug, taking
from ingestion.proposing.looking import Export, Seen, holds_contact, shape
from ingestion.proposing.matching import (
    CONSTANTS,
    allowed_value,
    called_alike,
    matches_of,
    score,
)
from ingestion.proposing.naming import bare_names, called, plain, whole_names, words
from ingestion.proposing.ready import columns_read, is_filled, mappings_knowing, own_document
from ingestion.readers.reading import folded

_LACKING = {
    ("deals", "status"): "no column has a value that says won or lost; a deal is then what "
    "pipeline_stages calls its stage, else open",
    ("deals", "amount"): "no column looks like it; without amounts there is no revenue",
}
"""What it means that no column looks like one that is not required but decides numbers."""
_AMOUNTS = ("amount", "margin", "cost")
_OF_CLIENTS = ("company", "country", "region", "city")
"""What a row of deals may say of its client, beside what is personal."""
_FEW = 20
_CHANGING = ("status", "stage", "closed_at", "updated_at", "lost_reason", "owner_user_id", "tags")
"""What becomes another value while a row stays the same record."""
_PERSONAL = [column for column in ENTITIES["contacts"].columns if column.personal]
_KEY = 5
"""So many columns tell rows apart that have no id."""


@dataclass
class Proposal:
    """The text of a mapping file, and in words what it was made of and what could not be told.

    ``personal`` are the paths of the export's columns whose values are not to be shown.
    """

    text: str
    made_of: str
    doubts: list[str] = field(default_factory=list)
    personal: frozenset[str] = frozenset()


def known_names(mappings: Iterable[Mapping]) -> frozenset[str]:
    """Every name that a column of an export may have, as names are compared."""
    names = {column.name for entity in ENTITIES.values() for column in entity.columns}
    for mapping in mappings:
        names |= mapping.sources()
    return frozenset(map(folded, names))


def propose(export: Export, ready: Sequence[Mapping], entity: str | None = None) -> Proposal:
    """A mapping for the export: a ready one that knows it, else one made of its columns' names."""
    proposal = _proposal(export, ready, entity)
    if export.other_sheets:
        proposal.doubts.append(
            f"Not looked at: {'sheet' if len(export.other_sheets) == 1 else 'sheets'} "
            f"{_listed(export.other_sheets)} Each sheet lands through a mapping of its own: "
            "--sheet proposes it."
        )
    return proposal


def _proposal(export: Export, ready: Sequence[Mapping], entity: str | None) -> Proposal:
    known = [] if entity else mappings_knowing(export, ready)
    if known:
        names = ", ".join(mapping.name for mapping, _ in known)
        doubts: list[str] = []
        text = dumped([_own(mapping, found, export, doubts) for mapping, found in known])
        read = [each for mapping, found in known for each in columns_read(mapping, found)]
        used = {name for _, found in known for name in found.values()}
        doubts += _unused(export, used)
        return Proposal(text, f"It looks like {names}.", doubts, _personal(export, read))
    return _of_names(export, entity)


def _own(
    mapping: Mapping, names: dict[str, str], export: Export, doubts: list[str]
) -> dict[str, Any]:
    """The ready mapping's document for this export, and a currency if its amounts tell one."""
    document = own_document(mapping, names, export)
    doubts += _unlisted(mapping, names, export)
    column = ENTITIES[mapping.entity].column("currency")
    rule = mapping.rules.get("currency")
    if column is None or (rule is not None and is_filled(rule, names)):
        return document
    seen = {each.path: each for each in export.columns}
    amounts = {
        amount.name: seen[path]
        for path, amount in columns_read(mapping, names)
        if amount.name in _AMOUNTS and path in seen
    }
    if currency := _currency(column, amounts, doubts):
        document["columns"]["currency"] = currency
    return document


def _unlisted(mapping: Mapping, names: dict[str, str], export: Export) -> Iterator[str]:
    """What a column becomes none of whose values the mapping lists."""
    seen = {each.path: each for each in export.columns}
    for name, rule in mapping.rules.items():
        at: Rule | None = rule
        while at is not None:
            found = seen.get(names.get(at.column or "", ""))
            if found and found.values and at.values and at.otherwise:
                known = {old.lower() for old in at.values}
                if not known & {value.lower() for value in found.values}:
                    listed = _listed([old for old in at.values if old])
                    yield (
                        f"{name}: {found.path} has none of the values that the mapping lists, so "
                        f"all would be {at.otherwise}: write your own for {listed}"
                    )
            at = at.fallback


def _unused(export: Export, used: Collection[str]) -> list[str]:
    """A sentence on the filled columns that the proposal does not read, if there are any."""
    unused = [seen.path for seen in export.columns if seen.path not in used and seen.filled]
    if not unused:
        return []
    more = f" and {len(unused) - _FEW} more." if len(unused) > _FEW else ""
    listed = ", ".join(unused[:_FEW]) + more if more else _listed(unused)
    return [f"Not used: {listed} Add what is worth it, or attributes."]


def _personal(export: Export, read: Iterable[tuple[str, Column]]) -> frozenset[str]:
    """The columns not to be shown: personal by name or value, or by what is ``read`` of them.

    Of a column that nothing reads, also what may be names.
    """
    said = _personal_words()
    read = list(read)
    known = {path for path, _ in read}
    return frozenset(
        {path for path, column in read if column.personal}
        | {
            seen.path
            for seen in export.columns
            if seen.personal
            or plain(seen.path) in said
            or (seen.may_be_names and seen.path not in known)
        }
    )


@cache
def _personal_words() -> frozenset[str]:
    """The words for columns that are personal in every entity that has them."""
    columns = [column for entity in ENTITIES.values() for column in entity.columns]
    others = {column.name for column in columns if not column.personal}
    names = {column.name for column in columns if column.personal} - others
    known = words()["columns"]
    return frozenset(word for name in names for word in (plain(name), *known.get(name, ())))


def _of_names(export: Export, asked: str | None) -> Proposal:
    found = {
        entity.name: matches_of(entity, export)
        for entity in ENTITIES.values()
        if asked in (None, entity.name)
    }
    name = max(found, key=lambda name: score(ENTITIES[name], found[name], export))
    entity, matches = ENTITIES[name], found[name]
    doubts: list[str] = []
    if not matches:
        doubts.append("No column looks like one of an entity: name the columns yourself.")
    else:
        matches |= _only_moment(entity, matches, export, doubts)
    columns: dict[str, Any] = {}
    missing = []
    clocks = []
    lasts = []
    for column in entity.columns:
        if seen := matches.get(column.name):
            rule = _rule(column, seen, doubts)
            if clock := clock_of(column, seen, export):
                rule = with_clock(seen, *clock)
                clocks.append(clock[0])
            elif last := last_day_of(entity, column, seen, export):
                rule = {
                    **(rule if isinstance(rule, dict) else {"column": rule}),
                    "until": last.path,
                }
                lasts.append(last)
                doubts += of_several_days(seen, last)
            columns[column.name] = rule
        elif rule := _without(entity, column, matches, export, doubts):
            columns[column.name] = rule
        elif column.required:
            missing.append(column)
    document: dict[str, Any] = {
        "name": slug(f"{export.name.partition('.')[0]} {export.sheet or ''}") or "export",
        **taking(export.name, export.sheet),
        "entity": name,
    }
    if export.explode:
        document["explode"] = list(export.explode)
    doubts += called_alike(entity, matches, export)
    if marks := sorted({mark for seen in export.columns for mark in seen.empty_marks}):
        document["empty"] = marks
    document["columns"] = columns
    used = {seen.path for seen in (*matches.values(), *clocks, *lasts)}
    documents = [document]
    brought = None if missing else _contacts_of(document, matches, export)
    if brought:
        documents.append(brought)
        columns["contact_id"] = brought["columns"]["contact_id"]
        used |= {rule for rule in brought["columns"].values() if isinstance(rule, str)}
        doubts.append(
            "Each row brings its client as a contact of its own; contacts with one phone or e-mail "
            "are one person. Where a column identifies the client, make it the contact_id of both."
        )
    doubts += _unused(export, used)
    text = dumped(documents)
    for column in missing:
        text += f"  # {column.name}: required, and no column looks like it. {column.description}\n"
        doubts.append(f"{column.name} is required, and no column looks like it.")
    if any(
        not has_offset(seen) and not in_utc(seen)
        for seen in (*clocks, *matches.values())
        if seen in clocks or seen.kind == "moment"
    ):
        doubts.append("Times without an offset are read in LEADHOUSE_SOURCE_TIMEZONE.")
    read = [
        (matches[column.name].path, column) for column in entity.columns if column.name in matches
    ]
    made_of = f"It looks like {name}."
    if asked is None and not matches:
        made_of = "It looks like none of the entities: --entity names the one that it is."
    elif asked is None and missing:
        made_of = f"It looks most like {name}, but lacks a part of it: --entity names another one."
    return Proposal(text, made_of, doubts, _personal(export, read))


def _only_moment(
    entity: Entity, matches: dict[str, Seen], export: Export, doubts: list[str]
) -> dict[str, Seen]:
    """The only moment or day of the export, for a required one that no column is called like."""
    used = {seen.path for seen in matches.values()}
    found = [seen for seen in export.columns if seen.kind in ("moment", "day")]
    free = [seen for seen in found if seen.path not in used]
    for column in entity.columns:
        if column.required and column.type in ("timestamp", "date") and column.name not in matches:
            if len(free) != 1:
                break
            doubts.append(f"{column.name}: taken from {free[0].path}, the only one that fits.")
            return {column.name: free[0]}
    return {}


def _contacts_of(
    document: dict[str, Any], matches: dict[str, Seen], export: Export
) -> dict[str, Any] | None:
    """The mapping of the clients whom each row of deals names beside its deal."""
    deal: dict[str, Any] = document["columns"]
    used = {seen.path for seen in matches.values()}
    free = [seen for seen in export.columns if seen.path not in used]
    found = matches_of(ENTITIES["contacts"], replace(export, columns=tuple(free)))
    is_of_deals = document["entity"] == "deals" and {"deal_id", "created_at"} <= deal.keys()
    if not is_of_deals or "contact_id" in matches or not {"email", "phone"} & found.keys():
        return None
    key = deal["deal_id"]
    if isinstance(key, dict) and "row_key" in key:
        key = {**key, "prefix": key["prefix"].replace("deal", "contact", 1)}
    columns = {"contact_id": key, "created_at": deal["created_at"]}
    for column in ENTITIES["contacts"].columns:
        if column.name in found and (column.personal or column.name in _OF_CLIENTS):
            columns[column.name] = found[column.name].path
    name = f"{document['name']}_contacts"
    return {**document, "name": name, "entity": "contacts", "columns": columns}


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
        taken = seen.formats[0]
        others = [each for each in seen.formats if each[-3] != taken[-3]]
        if taken != "1234.56":
            rule["number"] = taken
        marks = [mark for mark in ",." if any(mark in value for value in seen.values)]
        if others and len(marks) == 1:
            doubts.append(
                f"{column.name}: what follows the {marks[0]!r} in {seen.path} may be decimals or "
                f"thousands. It is read as in {taken}; number: {others[0]!r} reads the other."
            )
    elif column.allowed:
        values = {value: allowed_value(value, column) for value in seen.values}
        if any(old != new for old, new in values.items()):
            rule["values"] = {old: new for old, new in values.items() if new is not None}
        if unknown := [old for old, new in values.items() if new is None]:
            shown = _listed([shape(old) if holds_contact(old) else old for old in unknown[:10]])
            if "open" in column.allowed:
                rule.setdefault("values", {})
                rule["otherwise"] = "open"
                doubts.append(f"{column.name}: taken as open: {shown}")
            else:
                doubts.append(
                    f"{column.name}: of {seen.path} these values mean none of "
                    f"{', '.join(column.allowed)} that could be told: {shown} Rows with them "
                    "go to quarantine until values lists them."
                )
    if column.type == "timestamp" and in_utc(seen):
        rule = {"format": "iso", **rule, "timezone": "UTC"}
    if "micros" in plain(seen.path) and column.type == "decimal":
        rule["divide_by"] = "1000000"
    return short_rule(rule)


def _without(
    entity: Entity, column: Column, matches: dict[str, Seen], export: Export, doubts: list[str]
) -> dict[str, Any] | None:
    """What fills a column that no column of the file looks like, if anything does."""
    if column.name == "currency":
        return _currency(column, matches, doubts)
    if not column.required:
        if lacking := _LACKING.get((entity.name, column.name)):
            doubts.append(f"{column.name}: {lacking}.")
        return None
    if column.name == "name" and (whole := _whole_name(export)):
        return {"concat": whole, "separator": " "}
    if column.name == "platform":
        for word, platform in words()["platforms"].items():
            if word in export.name.lower():
                return {"value": platform}
    if constant := CONSTANTS.get((entity.name, column.name)):
        doubts.append(f"{column.name}: no column looks like it; all rows are taken as {constant}.")
        return {"value": constant}
    if column.key and column.is_id and entity.key == (column.name,):
        lasting = {name: seen for name, seen in matches.items() if name not in _CHANGING}
        telling = [
            path
            for name, seen in (lasting or matches).items()
            if seen.kind in ("text", "moment", "day")
            for path in (seen.path, *clock_path(entity, name, seen, export))
        ]
        clients = matches_of(ENTITIES["contacts"], export)
        people = [clients[each.name].path for each in _PERSONAL if each.name in clients]
        parts = list(dict.fromkeys([*telling, *people]))
        if parts:
            if shared := _shared_id(entity, column, export):
                doubts.append(
                    f"{column.name}: {shared} is called like it, but several rows share it. Where "
                    "they are states of one record, name it: the last one counts, with keep: "
                    "newest the latest."
                )
            doubts.append(
                f"{column.name}: rows have no id; one is made of {_listed(parts[:_KEY])} Name the "
                "columns that do not change."
            )
            one = re.sub(r"ies$", "y", entity.name).rstrip("s")
            # Rows alike on two sheets are two rows.
            prefix = f"{one}-{slug(export.sheet)}" if export.sheet else one
            return {"row_key": parts[:_KEY], "prefix": prefix}
    return None


def _shared_id(entity: Entity, column: Column, export: Export) -> str | None:
    """The column that is called like an id of the entity, though several rows share one."""
    names = {*called(entity, column), *words()["own_ids"]}
    whole, bare = whole_names(export), bare_names(export)
    return next(
        (
            seen.path
            for seen in export.columns
            if len(seen.values) < seen.filled == export.records
            and names & {whole[seen.path], bare[seen.path]}
        ),
        None,
    )


def _whole_name(export: Export) -> list[str]:
    """The columns of a given and a family name, if the export has both."""
    known = words()["columns"]
    of_people = [seen for seen in export.columns if not re.search(r"\.\d+\.", seen.path)]
    found = (
        next((seen.path for seen in of_people if plain(seen.path) in known[name][:2]), None)
        for name in ("first_name", "last_name")
    )
    parts = [path for path in found if path is not None]
    return parts if len(parts) == 2 else []


def _currency(column: Column, matches: dict[str, Seen], doubts: list[str]) -> dict[str, Any] | None:
    """The one currency that the names or cells of the amounts name."""
    amounts = [matches[name] for name in _AMOUNTS if name in matches]
    codes = sorted({code for seen in amounts for code in seen.currencies})
    if len(codes) == 1:
        doubts.append(f"{column.name}: no column has it; all rows are taken as {codes[0]}.")
        return {"value": codes[0]}
    if amounts and not column.required:
        several = f", and the amounts name {', '.join(codes)}" if codes else ""
        doubts.append(
            f"{column.name}: no column has it{several}. An amount without one counts as nothing in "
            "the reporting currency: say {value: EUR}, or whichever it is."
        )
    return None


def _listed(names: Sequence[str]) -> str:
    """The names and a full stop, which may be the last one's own."""
    return ", ".join(names).removesuffix(".") + "."
