"""The SQL of one reading of a file: its rows as the entity's, with the code of each.

The code says what becomes of a row: NULL when it lands, 0 when the reader could not read it, -1
when the mapping leaves it out, -2 when it is none because it is empty throughout, else the number
of the check that it fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ingestion.cells import NOTHING, Cells, json_object
from ingestion.checks import Check, as_delivered, checks_of, code, described, landing, with_shown
from ingestion.connectors.vendor import ACCOUNT
from ingestion.contract import ENTITIES, Column, further_column
from ingestion.inventory import Target
from ingestion.load_log import Identity
from ingestion.mapping.compiled import Compiled
from ingestion.mapping.model import Mapping
from ingestion.mapping.sql import (
    Rows,
    as_seconds,
    compile_rule,
    compile_where,
    with_prefix,
    without_marks,
)
from ingestion.masking import masked_names
from ingestion.moments import is_no_moment, iso
from ingestion.readers.reading import TECHNICAL, Reading, folded, place_of, twins
from leadhouse import sqltext as sql
from leadhouse.errors import RefusedFile

EXCLUDED = -1
_REJECTED = 0
_NAMED = "contains(_reject, chr(31))"
"""A reject may name its column: name, unit separator, reason."""


@dataclass(frozen=True)
class RowQueries:
    """Queries over one reading of a file.

    ``coding`` gives rows of a relation as :class:`Reading` has it their ``_code``; ``unknown`` are
    the file's columns in which neither the mapping nor the entity reads anything, ``absent`` those
    that the mapping reads and the file has not. ``unified`` are the entity's columns whose values
    land written in one way.
    """

    target: Target
    relation: str
    coding: Callable[[str], str]
    checks: list[Check]
    unknown: tuple[str, ...]
    absent: tuple[str, ...]
    unified: tuple[str, ...]

    @property
    def coded(self) -> str:
        """Every row with its ``_code``."""
        return self.coding(self.relation)

    def coded_beside(self, landed: str) -> str:
        """The same, if it can be told so, of the rows only that are not in ``landed``."""
        mapping = self.target.mapping
        filled = any(column.filled for column in ENTITIES[self.target.entity].columns)
        if filled or (mapping and (mapping.footer is not None or mapping.keep is not None)):
            # What becomes of a row depends on the others.
            return self.coded
        others = f"_row not in (select _row_number from {landed})"
        return self.coding(f"select * from ({self.relation}) where {others}")

    def landed(self, identity: Identity, loaded_at: datetime) -> str:
        """The rows that land, with the columns of the raw view."""
        mapping = self.target.mapping
        entity = ENTITIES[self.target.entity]
        columns = {
            column.name: landing(column.name)
            if column.name in self.unified
            else sql.name(column.name)
            for column in entity.columns
        }
        rewritten = json_object(
            (
                name,
                f"case when {sql.name(name)} is distinct from {landing(name)} "
                f"then {as_delivered(name)} end",
            )
            for name in self.unified
        )
        columns |= {
            "_extra": "_extra",
            "_delivered": "cast(coalesce(json_merge_patch(_rewritten, _delivered), _delivered, "
            "_rewritten) as varchar)",
            "_source_file": sql.text(self.target.file),
            "_row_number": "cast(_row as bigint)",
            "_delivery_date": f"date '{self.target.delivery_date}'",
            "_load_id": sql.text(identity.load_id),
            "_loaded_at": f"timestamptz '{loaded_at.isoformat()}'",
            "_attributes": "_attributes",
            "_fills": "true" if mapping and mapping.fill else "false",
            "_mapping": _text_or_nothing(self.target.mapped_by),
            "_source_system": _text_or_nothing(mapping.source_system if mapping else None),
        }
        listed = ", ".join(f"{value} as {sql.name(name)}" for name, value in columns.items())
        rows = f"select *, {rewritten} as _rewritten from ({self.coded}) where _code is null"
        return f"select {listed} from ({rows})"

    def quarantined(self, table: str) -> str:
        """The quarantine's columns of the rows in ``table``, which holds some rows of ``coded``."""
        name = "split_part(_reject, chr(31), 1)"
        step = f"replace(replace({name}, '~', '~0'), '/', '~1')"
        column = f"case when {_NAMED} then {name} end"
        found = f"json_extract_string(coalesce(_raw, _whole), '/' || {step})"
        value = f"case when {_NAMED} then {found} end"
        rejected = f"case when _code = {_REJECTED}"
        return (
            f"select _row, {rejected} then {column} else {described(self.checks, 'column')} end, "
            f"{rejected} then {value} else _value end, {self.reason}, coalesce(_raw, _whole) "
            f"from ({with_shown(f'from {table} where _code >= 0', self.checks)})"
        )

    def commonest(self, table: str) -> str:
        """Three of the rows for quarantine, with how many are of their kind, and their reason.

        They are of the commonest kind, or of several where no two rows are of one.
        """
        kinds = (
            "select *, count(*) over (partition by _code, _reject) as alike "
            f"from {table} where _code >= 0"
        )
        return (
            f"select alike, _row, {self.reason} from ({with_shown(kinds, self.checks)}) "
            "qualify max(alike) over () = 1 "
            "or rank() over (order by alike desc, _code, _reject) = 1 order by _row limit 3"
        )

    @property
    def reason(self) -> str:
        """SQL of why a row of :func:`with_shown` is in quarantine."""
        said = f"case when {_NAMED} then split_part(_reject, chr(31), 2) else _reject end"
        checked = described(self.checks, "reason")
        return f"case when _code = {_REJECTED} then {said} else {checked} end"


def optional_moments(target: Target) -> list[str]:
    """The columns that land empty where the file holds no moment in them."""
    columns = ENTITIES[target.entity].columns
    return [column.name for column in columns if column.is_optional_moment]


def _unified(column: Column) -> str | None:
    """SQL of a value that lands written in one way, however it was delivered."""
    here = sql.name(column.name)
    if column.name == "currency":
        return f"upper({here})"
    if column.type == "month":
        return f"left({here}, 7)"
    if column.is_optional_moment:
        return f"case when not {is_no_moment(here)} then {here} end"
    if column.allowed:
        return f"lower({sql.trimmed(here)})"
    return None


def expected_columns(target: Target) -> frozenset[str]:
    """The names, folded, of the columns that the file should have."""
    mapping = target.mapping
    if mapping is None:
        return frozenset(folded(column.name) for column in ENTITIES[target.entity].columns)
    return frozenset(map(folded, mapping.sources()))


def required_columns(target: Target) -> list[str]:
    """The names of the columns without which a file cannot be read."""
    if target.mapping is None:
        return [column.name for column in ENTITIES[target.entity].columns if column.required]
    return sorted(target.mapping.needed())


def queries_of(target: Target, reading: Reading) -> RowQueries:
    """The queries over that reading of the target's file.

    Raises :class:`RefusedFile` when the file lacks a column without which it cannot be read, or has
    two of the name of one that is read.
    """
    cells = Cells(reading.columns, reading.typed)
    _require_columns(target, reading, cells)
    absent = _absent_columns(target, cells)
    unknown = _unknown_columns(target, reading)
    entity, mapping = ENTITIES[target.entity], target.mapping
    mapped: dict[str, Compiled] = {}
    attributes: dict[str, Compiled] = {}
    once = _Once(cells.columns)
    keep = "true"
    whole = json_object(
        (name, cells.locate(name))
        for at, name in enumerate(reading.columns)
        if at not in reading.parts
    )
    if mapping is not None:
        marks = mapping.empty

        def cell(name: str) -> str:
            return without_marks(once(cells.text(name)), marks)

        def kind(name: str) -> str | None:
            found = cells.kind(name)
            return None if found is None else once(found)

        members = [
            f"({cells.locate(path)} is not null or _reject is not null)" for path in mapping.explode
        ]
        keep = " and ".join([*members, f"({compile_where(mapping.where, cell)})"])
        rows = Rows(cell, kind, keep, whole)
        for column in entity.columns:
            if rule := mapping.rules.get(column.name):
                compiled = compile_rule(rule, column, rows)
                if rule.column and not (rule.fallback or rule.plus or rule.minus):
                    compiled = replace(compiled, source=cells.delivered(rule.column))
                mapped[column.name] = with_prefix(compiled, rule, column, mapping.id_prefix)
        attributes = {
            name: compile_rule(rule, further_column(name), rows)
            for name, rule in mapping.attributes.items()
        }
    outputs: list[str] = []
    valueless: set[str] = set()
    for column in entity.columns:
        if column.name in mapped:
            outputs += _outputs(column, mapped[column.name])
        else:
            value = NOTHING
            if mapping is None:
                read = cells.text if column.type == "text" else cells.locate
                value = once(read(column.name))
                plain = Compiled.as_it_is(value)
                value = as_seconds(plain, column, value, cells.kind(column.name)).value
            if value == NOTHING:
                valueless.add(column.name)
            outputs.append(f"{_canonical(column, value)} as {sql.name(column.name)}")
            shown = NOTHING if mapping else cells.delivered(column.name)
            outputs.append(f"{shown} as {sql.name(column.name + '?')}")
    for name, compiled in attributes.items():
        outputs += _outputs(further_column(f"attributes.{name}"), compiled)
    checks = checks_of(target, mapped, attributes, valueless)
    extra = json_object((name, cells.locate(name)) for name in unknown)
    unified = {
        column.name: f"{written} as {landing(column.name)}"
        for column in entity.columns
        if column.name not in valueless and (written := _unified(column)) is not None
    }
    brought = json_object((name, sql.name(f"attributes.{name}")) for name in attributes)
    # A line without any value is no row; one that could not be read into cells, of which where
    # could ask nothing, is kept for quarantine.
    left_out = (
        f"case when _reject is null then _is_empty or not _keep else not _is_empty and not _keep "
        f"end or {_in_footer(mapping)}"
    )

    def coding(relation: str) -> str:
        return (
            f"select *, case when {left_out} {_or_repeated(target)}then {EXCLUDED} "
            f"when _reject is not null then {_REJECTED} "
            f"else {code(checks)} end as _code from ("
            f"select {', '.join(['*', *unified.values()])}, {brought} as _attributes from ("
            f"select {TECHNICAL}, {', '.join(outputs)}, {extra} as _extra, _delivered, "
            f"{keep} as _keep, {whole} as _whole, _is_empty "
            f"from ({once.beside(_cleaned(replace(reading, relation=relation)))})))"
        )

    # Of a record that is read in part the whole is kept, and nothing is told of it.
    touched = _touched_by(mapping) if mapping else frozenset()
    told = tuple(name for name in unknown if folded(name) not in touched)
    return RowQueries(target, reading.relation, coding, checks, told, absent, tuple(unified))


class _Once:
    """SQL that rules repeat: each expression is computed once, as a column of its own."""

    def __init__(self, columns: Iterable[str]) -> None:
        self._columns = {NOTHING, *columns}
        self._named: dict[str, str] = {}

    def __call__(self, expression: str) -> str:
        if expression in self._columns:
            return expression
        return self._named.setdefault(expression, f"t{len(self._named)}")

    def beside(self, relation: str) -> str:
        """The relation with those columns."""
        named = "".join(f", {expression} as {name}" for expression, name in self._named.items())
        return f"select *{named} from ({relation})"


def _canonical(column: Column, value: str) -> str:
    """The value as the contract writes it, where other programs write it otherwise."""
    return iso(value) if column.type == "timestamp" and value != NOTHING else value


def _outputs(column: Column, compiled: Compiled) -> list[str]:
    """The value of a column and, under its name and a mark, what quarantine says of it."""
    name = column.name
    outputs = [
        f"{_canonical(column, compiled.value)} as {sql.name(name)}",
        f"{compiled.source} as {sql.name(name + '?')}",
    ]
    if compiled.fault is not None:
        outputs.append(f"({compiled.fault}) as {sql.name(name + '!')}")
        outputs.append(f"{compiled.reason} as {sql.name(name + '>')}")
    return outputs


def _cleaned(reading: Reading) -> str:
    """The reading's rows with cleaned cells; ``_delivered`` keeps those that cleaning changed."""
    cells = [f"s{at}" for at in range(len(reading.columns))]
    if not cells:
        nothing = "cast(null as varchar) as _delivered, true as _is_empty"
        return f"select {TECHNICAL}, {nothing} from ({reading.relation})"
    bare = [cell for at, cell in enumerate(cells) if at not in reading.opened]
    cleaned = ", ".join(
        f"{sql.cleaned_sql(cell) if cell in bare else cell} as {cell}, {cell} as d{cell}"
        for cell in cells
    )
    kept = ", ".join([*cells, *(f"d{cell}" for cell in cells)])
    changed = " or ".join(f"{cell} <> d{cell}" for cell in bare) or "false"
    delivered = json_object(
        (name, f"case when {cell} <> d{cell} then d{cell} end")
        for name, cell in zip(reading.columns, cells, strict=True)
        if cell in bare
    )
    return (
        f"select {TECHNICAL}, {kept}, coalesce({', '.join(cells)}) is null "
        f"as _is_empty, case when {changed} then {delivered} end as _delivered "
        f"from (select {TECHNICAL}, {cleaned} from ({reading.relation}))"
    )


def _in_footer(mapping: Mapping | None) -> str:
    """SQL: the row is one of the last filled ones, which the mapping leaves out."""
    if mapping is None or mapping.footer is None:
        return "false"
    last = "row_number() over (partition by _is_empty order by _row desc)"
    return f"{last} <= {mapping.footer}"


def _or_repeated(target: Target) -> str:
    """SQL: or the row has the key of the one that is to count, the first or the newest."""
    if target.mapping is None or target.mapping.keep is None:
        return ""
    order = "_row"
    if target.mapping.keep == "newest":
        order = "try_cast(updated_at as timestamptz) desc nulls last, _row desc"
    key = [sql.trimmed(sql.name(name)) for name in ENTITIES[target.entity].key]
    present = " and ".join(f"{part} is not null" for part in key)
    number = (
        f"row_number() over (partition by {', '.join(key)}, _keep, _reject is null "
        f"order by {order})"
    )
    return f"or (_keep and _reject is null and {present} and {number} > 1) "


def _unknown_columns(target: Target, reading: Reading) -> tuple[str, ...]:
    """The file's columns that nothing reads, in the one reading of the file that keeps them."""
    if not target.keeps_extra:
        return ()
    expected = expected_columns(target)
    if target.mapping is not None:
        expected |= _known_to(target.mapping)
    return tuple(
        name
        for at, name in enumerate(reading.columns)
        if at not in reading.parts and folded(name) not in expected
    )


def unread_columns(target: Target, unknown: Iterable[str]) -> tuple[str, ...]:
    """Those of the ``unknown`` columns that no other mapping of the file reads, either."""
    known = {name for mapping in target.beside for name in _touched_by(mapping)}
    return tuple(name for name in unknown if folded(name) not in known)


def _places(name: str, columns: Sequence[str]) -> str:
    """The columns of that folded name as the file writes them, with their places."""
    places = enumerate(columns, 1)
    return " and ".join(
        f"{written.removesuffix(place)}{place}"
        for written, place in ((column, f" (column {at})") for at, column in places)
        if folded(written.removesuffix(place)) == name
    )


def _known_to(mapping: Mapping) -> frozenset[str]:
    """The columns, folded, that the mapping reads, brings, or finds its lists in.

    What a connector puts beside each record is there to be read, and nothing lost when it is not.
    """
    inside = [step for path in mapping.explode for step in _prefixes(path)]
    found = [name for lookup in mapping.lookup for name in lookup.columns]
    return frozenset(map(folded, (*mapping.sources(), *inside, *found, ACCOUNT)))


def _touched_by(mapping: Mapping) -> frozenset[str]:
    """The same, with the columns in which the mapping reads a path."""
    read = _known_to(mapping)
    return read | {inside for path in read for inside in _prefixes(path)}


def _absent_columns(target: Target, cells: Cells) -> tuple[str, ...]:
    """The columns that the mapping reads and the file has not: they are taken as empty.

    A ready mapping names whatever the vendor's exports may have, of which each has some.
    """
    sources = target.mapping.sources() if target.mapping and not target.is_ready else ()
    return tuple(sorted(name for name in sources if cells.find(name) is None))


def _prefixes(path: str) -> list[str]:
    steps = path.split(".")
    return [".".join(steps[:at]) for at in range(1, len(steps))]


def _text_or_nothing(text: str | None) -> str:
    return NOTHING if text is None else sql.text(text)


def _has(target: Target, reading: Reading) -> str:
    """The file's own columns, and where else those may be that it lacks."""
    lookups = target.mapping.lookup if target.mapping else ()
    brought = {name for lookup in lookups for name in lookup.columns}
    own = [name for name in reading.columns if name not in brought]
    said = f"It has: {masked_names(own)}."
    if len(own) == 1 and target.format == "csv" and re.search(r"\w\W\w", own[0]):
        said += " If that is several names, say in a mapping what stands between them: delimiter."
    if len(reading.sheets) > 1:
        first, *others = reading.sheets
        said += f" That is the sheet {first}; name another one in a mapping: {', '.join(others)}."
    return said


def _require_columns(target: Target, reading: Reading, cells: Cells) -> None:
    mapping = target.mapping
    wanted_by = f"{target.entity} requires"
    if mapping is not None:
        wanted_by = f"mapping {mapping.name} ({mapping.origin}) requires"
    missing = [name for name in required_columns(target) if cells.find(name) is None]
    # An empty JSON array names no column; there is none to miss.
    if missing and (reading.columns or reading.records != 0):
        lacking = ", ".join(missing)
        word = "column" if len(missing) == 1 else "columns"
        raise RefusedFile(
            f"{target.shown_as} lacks the {word} {lacking}, which {wanted_by}. "
            f"{_has(target, reading)} Deliver it with the {word}, or write a mapping.",
            missing[0],
            reading.records or 0,
        )
    columns = set(map(folded, reading.columns))
    read = {place[0] for name in expected_columns(target) if (place := place_of(name, columns))}
    if doubled := sorted(twins(reading.columns) & read):
        line = f", line {reading.header}," if reading.header else ""
        raise RefusedFile(
            f"{target.shown_as}{line} has two columns named {doubled[0]!r}: "
            f"{_places(doubled[0], reading.columns)}. Rename or remove one of them.",
            doubled[0],
        )
