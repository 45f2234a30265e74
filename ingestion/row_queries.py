"""The SQL of one reading of a file: its rows as the entity's, with the code of each.

The code says what becomes of a row: NULL when it lands, 0 when the reader could not read it, -1
when the mapping leaves it out, else the number of the check that it fails.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ingestion.checks import Check, checks_of, code, described
from ingestion.contract import ENTITIES
from ingestion.inventory import Target
from ingestion.load_log import Identity
from ingestion.mapping.sql import Compiled, Rows, compile_rule, compile_where, without_marks
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
        columns = {
            column.name: sql.name(column.name) for column in ENTITIES[self.target.entity].columns
        } | {
            "_extra": "_extra",
            "_source_file": sql.text(self.target.file),
            "_row_number": "cast(_row as bigint)",
            "_delivery_date": f"date '{self.target.delivery_date}'",
            "_load_id": sql.text(identity.load_id),
            "_loaded_at": f"timestamptz '{loaded_at.isoformat()}'",
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
    cells = {folded(name): f"s{at}" for at, name in enumerate(reading.columns)}
    _require_columns(target, reading, cells)
    expected = expected_columns(target)
    unknown = tuple(
        name for name in reading.columns if target.keeps_extra and folded(name) not in expected
    )

    def locate(name: str) -> str:
        return _cell(name, cells) or "cast(null as varchar)"

    entity, mapping = ENTITIES[target.entity], target.mapping
    mapped: dict[str, Compiled] = {}
    keep = "true"
    whole = _json_object((name, locate(name)) for name in reading.columns)
    if mapping is not None:
        marks = mapping.empty

        def cell(name: str) -> str:
            return without_marks(locate(name), marks)

        keep = compile_where(mapping.where, cell)
        rows = Rows(cell, keep, whole)
        for column in entity.columns:
            if rule := mapping.rules.get(column.name):
                mapped[column.name] = compile_rule(rule, column, rows)
    outputs = []
    for column in entity.columns:
        compiled = mapped.get(column.name)
        if compiled is None:
            value = locate(column.name) if mapping is None else "cast(null as varchar)"
            outputs.append(f"{value} as {sql.name(column.name)}")
            continue
        outputs.append(f"{compiled.value} as {sql.name(column.name)}")
        outputs.append(f"{compiled.source} as {sql.name(column.name + '?')}")
        if compiled.fault is not None:
            outputs.append(f"({compiled.fault}) as {sql.name(column.name + '!')}")
            outputs.append(f"{compiled.reason} as {sql.name(column.name + '>')}")
    checks = checks_of(target, mapped)
    extra = _json_object((name, locate(name)) for name in unknown)
    technical = "_row, _end, _reject, _raw"
    filled = ", ".join(f"{sql.filled(cell)} as {cell}" for cell in cells.values())
    coded = (
        # A row without any cell is one of which where could ask nothing.
        "select *, case when not _keep and (_reject is null or _whole is not null) "
        f"then {EXCLUDED} when _reject is not null then {_REJECTED} "
        f"else {code(checks)} end as _code from ("
        f"select {technical}, {', '.join(outputs)}, {extra} as _extra, {keep} as _keep, "
        f"{whole} as _whole from ("
        f"select {technical}{', ' + filled if filled else ''} from ({reading.relation})))"
    )
    return RowQueries(target, coded, checks, unknown)


def _cell(name: str, cells: dict[str, str]) -> str | None:
    """SQL of the source column of that name, or of what a path such as a.b names inside one."""
    if folded(name) in cells:
        return cells[folded(name)]
    steps = name.split(".")
    for at in range(len(steps) - 1, 0, -1):
        if cell := cells.get(folded(".".join(steps[:at]))):
            inner = [step.strip().replace("~", "~0").replace("/", "~1") for step in steps[at:]]
            pointer = sql.text("/" + "/".join(inner))
            found = f"json_extract_string({cell}, {pointer})"
            return sql.filled(f"case when json_valid({cell}) then {found} end")
    return None


def _require_columns(target: Target, reading: Reading, cells: dict[str, str]) -> None:
    mapping = target.mapping
    if mapping is None:
        needed = [column.name for column in ENTITIES[target.entity].columns if column.required]
        wanted_by = f"{target.entity} requires"
    else:
        needed = sorted(mapping.needed())
        wanted_by = f"mapping {mapping.name} ({mapping.origin}) requires"
    missing = [name for name in needed if _cell(name, cells) is None]
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
    if absent := sorted(name for name in mapping.sources() if _cell(name, cells) is None):
        log.warning(
            "%s lacks columns that mapping %s reads: %s. They are taken as empty.",
            target.shown_as,
            mapping.name,
            ", ".join(absent),
        )


def _json_object(pairs: Iterable[tuple[str, str]]) -> str:
    """SQL of a JSON object of the filled cells among (name, column) pairs, NULL without any."""
    parts = [
        f"case when {cell} is not null then "
        f"{sql.text(json.dumps(name, ensure_ascii=False) + ':')} "
        f"|| cast(to_json({cell}) as varchar) end"
        for name, cell in pairs
    ]
    if not parts:
        return "cast(null as varchar)"
    return f"nullif('{{' || concat_ws(',', {', '.join(parts)}) || '}}', '{{}}')"
