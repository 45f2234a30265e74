"""The SQL of one reading of a file: its rows as the entity's, with the code of each.

The code says what becomes of a row: NULL when it lands, 0 when the reader could not read it, -1
when the mapping leaves it out, else the number of the check that it fails.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from ingestion.cells import NOTHING, Cells, json_object
from ingestion.checks import Check, checks_of, code, described
from ingestion.contract import ENTITIES, further_column
from ingestion.inventory import Target
from ingestion.load_log import Identity
from ingestion.mapping.sql import (
    Compiled,
    Rows,
    compile_rule,
    compile_where,
    with_prefix,
    without_marks,
)
from ingestion.readers.reading import Reading, folded
from leadhouse import sqltext as sql
from leadhouse.errors import RefusedFile

log = logging.getLogger(__name__)

EXCLUDED = -1
_REJECTED = 0


@dataclass(frozen=True)
class RowQueries:
    """Queries over one reading of a file.

    ``coded`` gives every row with its ``_code``; ``unknown`` are the file's columns that neither
    the mapping nor the entity knows.
    """

    target: Target
    coded: str
    checks: list[Check]
    unknown: tuple[str, ...]

    def landed(self, identity: Identity, loaded_at: datetime) -> str:
        """The rows that land, with the columns of the raw table."""
        mapping = self.target.mapping
        columns = {
            column.name: sql.name(column.name) for column in ENTITIES[self.target.entity].columns
        } | {
            "_extra": "_extra",
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
        return f"select {listed} from ({self.coded}) where _code is null"

    def quarantined(self, table: str) -> str:
        """The quarantine's columns of the rows in ``table``, which holds some rows of ``coded``."""
        # A reject may name its column: name, unit separator, reason.
        named = "contains(_reject, chr(31))"
        rejected = f"case when _code = {_REJECTED}"
        column = f"case when {named} then split_part(_reject, chr(31), 1) end"
        reason = f"case when {named} then split_part(_reject, chr(31), 2) else _reject end"
        return (
            f"select _row, {rejected} then {column} else {described(self.checks, 'column')} end, "
            f"{rejected} then null else {described(self.checks, 'value')} end, "
            f"{rejected} then {reason} else {described(self.checks, 'reason')} end, "
            f"coalesce(_raw, _whole) from {table} "
            f"where _code is not null and _code <> {EXCLUDED}"
        )


def expected_columns(target: Target) -> frozenset[str]:
    """The names, folded, of the columns that the file should have."""
    mapping = target.mapping
    if mapping is None:
        return frozenset(folded(column.name) for column in ENTITIES[target.entity].columns)
    return frozenset(map(folded, mapping.sources()))


def queries_of(target: Target, reading: Reading) -> RowQueries:
    """The queries over that reading of the target's file.

    Raises :class:`RefusedFile` when the file lacks a column without which it cannot be read.
    """
    cells = Cells(reading.columns)
    _require_columns(target, reading, cells)
    unknown = _unknown_columns(target, reading)
    entity, mapping = ENTITIES[target.entity], target.mapping
    mapped: dict[str, Compiled] = {}
    attributes: dict[str, Compiled] = {}
    keep = "true"
    whole = json_object((name, cells.locate(name)) for name in reading.columns)
    if mapping is not None:
        marks = mapping.empty

        def cell(name: str) -> str:
            return without_marks(cells.locate(name), marks)

        members = [
            f"({cells.locate(path)} is not null or _reject is not null)" for path in mapping.explode
        ]
        keep = " and ".join([*members, compile_where(mapping.where, cell)])
        rows = Rows(cell, keep, whole)
        for column in entity.columns:
            if rule := mapping.rules.get(column.name):
                compiled = compile_rule(rule, column, rows)
                mapped[column.name] = with_prefix(compiled, rule, column, mapping.id_prefix)
        attributes = {
            name: compile_rule(rule, further_column(name), rows)
            for name, rule in mapping.attributes.items()
        }
    outputs = []
    for column in entity.columns:
        if column.name in mapped:
            outputs += _outputs(column.name, mapped[column.name])
        else:
            value = cells.locate(column.name) if mapping is None else NOTHING
            outputs.append(f"{value} as {sql.name(column.name)}")
    for name, compiled in attributes.items():
        outputs += _outputs(f"attributes.{name}", compiled)
    checks = checks_of(target, mapped, attributes)
    extra = json_object((name, cells.locate(name)) for name in unknown)
    brought = json_object((name, sql.name(f"attributes.{name}")) for name in attributes)
    technical = "_row, _end, _reject, _raw"
    filled = ", ".join(f"{sql.filled(cell)} as {cell}" for cell in cells.columns)
    coded = (
        # A row without any cell is one of which where could ask nothing.
        "select *, case when not _keep and (_reject is null or _whole is not null) "
        f"{_or_repeated(target)}then {EXCLUDED} when _reject is not null then {_REJECTED} "
        f"else {code(checks)} end as _code from (select *, {brought} as _attributes from ("
        f"select {technical}, {', '.join(outputs)}, {extra} as _extra, {keep} as _keep, "
        f"{whole} as _whole from ("
        f"select {technical}{', ' + filled if filled else ''} from ({reading.relation}))))"
    )
    return RowQueries(target, coded, checks, unknown)


def _outputs(name: str, compiled: Compiled) -> list[str]:
    """The value of a column and, under its name and a mark, what quarantine says of it."""
    outputs = [
        f"{compiled.value} as {sql.name(name)}",
        f"{compiled.source} as {sql.name(name + '?')}",
    ]
    if compiled.fault is not None:
        outputs.append(f"({compiled.fault}) as {sql.name(name + '!')}")
        outputs.append(f"{compiled.reason} as {sql.name(name + '>')}")
    return outputs


def _or_repeated(target: Target) -> str:
    """SQL: or the row has the key of an earlier one, where the first is to count."""
    if target.mapping is None or target.mapping.keep is None:
        return ""
    key = [sql.trimmed(sql.name(name)) for name in ENTITIES[target.entity].key]
    present = " and ".join(f"{part} is not null" for part in key)
    number = (
        f"row_number() over (partition by {', '.join(key)}, _keep, _reject is null order by _row)"
    )
    return f"or (_keep and _reject is null and {present} and {number} > 1) "


def _unknown_columns(target: Target, reading: Reading) -> tuple[str, ...]:
    """The file's columns that nothing reads, in the one reading of the file that keeps them."""
    if not target.keeps_extra:
        return ()
    expected = expected_columns(target)
    if target.mapping is not None:
        inside = [step for path in target.mapping.explode for step in _prefixes(path)]
        found = [name for lookup in target.mapping.lookup for name in lookup.columns]
        expected |= frozenset(map(folded, (*inside, *found)))
    return tuple(name for name in reading.columns if folded(name) not in expected)


def _prefixes(path: str) -> list[str]:
    steps = path.split(".")
    return [".".join(steps[:at]) for at in range(1, len(steps))]


def _text_or_nothing(text: str | None) -> str:
    return NOTHING if text is None else sql.text(text)


def _require_columns(target: Target, reading: Reading, cells: Cells) -> None:
    mapping = target.mapping
    if mapping is None:
        needed = [column.name for column in ENTITIES[target.entity].columns if column.required]
        wanted_by = f"{target.entity} requires"
    else:
        needed = sorted(mapping.needed())
        wanted_by = f"mapping {mapping.name} ({mapping.origin}) requires"
    missing = [name for name in needed if cells.find(name) is None]
    # An empty JSON array names no column; there is none to miss.
    if missing and (reading.columns or reading.records != 0):
        columns = ", ".join(missing)
        word = "column" if len(missing) == 1 else "columns"
        raise RefusedFile(
            f"{target.shown_as} lacks the {word} {columns}, which {wanted_by}. "
            f"It has: {', '.join(reading.columns)}. "
            f"Deliver it with the {word}, or write a mapping.",
            missing[0],
            reading.records or 0,
        )
    if mapping is None:
        return
    if absent := sorted(name for name in mapping.sources() if cells.find(name) is None):
        log.warning(
            "%s lacks columns that mapping %s reads: %s. They are taken as empty.",
            target.shown_as,
            mapping.name,
            ", ".join(absent),
        )
