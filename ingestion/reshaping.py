"""What a mapping does to a file's rows before its rules see them.

``down`` gives a row what is written above it for several rows, ``explode`` makes a row of each
member of a list, ``lookup`` gives each row the columns of its row in another file of the delivery.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from ingestion import readers
from ingestion.cells import Cells
from ingestion.inventory import LookupFile, Target
from ingestion.mapping.model import Lookup
from ingestion.mapping.sql import folded_sql
from ingestion.masking import masked_names
from ingestion.readers.reading import TEXT, Reading, Source, folded, json_kind
from leadhouse import sqltext as sql
from leadhouse.errors import RefusedFile


def reshaped(con: duckdb.DuckDBPyConnection, target: Target, reading: Reading) -> Reading:
    """The reading as the target's rules see it; :func:`read_lookups` comes before.

    Raises :class:`RefusedFile` for a looked-up column that the file has, too.
    """
    if target.mapping is None:
        return reading
    mapping = target.mapping
    if mapping.down:
        reading = _filled_down(reading, mapping.down)
    for path in mapping.explode:
        reading = _exploded(con, reading, path, mapping.cells(), mapping.explode)
    for number, lookup in enumerate(mapping.lookup):
        reading = _joined(reading, lookup, number, target)
    return reading


def _filled_down(reading: Reading, names: Collection[str]) -> Reading:
    """The reading in which an empty cell of these columns has the value, and kind, above it.

    Every row above counts, those that ``where`` leaves out, too: a line alone may head a group. A
    line without any value stays one.
    """
    cells = Cells(reading.columns, reading.typed)
    filled = {cell for name in names if (cell := cells.find(name)) in cells.columns}
    if not filled:
        return reading
    is_row = f"coalesce({', '.join(cells.columns)}) is not null"
    above = "over (order by _row rows between unbounded preceding and current row)"
    values, kinds = [], []
    for at, cell in enumerate(cells.columns):
        kind = f"substr(_kinds, {at + 1}, 1)"
        if cell in filled:
            here = f"case when {sql.cleaned_sql(cell)} is not null then [{cell}, {kind}] end"
            last = f"last_value({here} ignore nulls) {above}"
            values.append(f"case when {is_row} then {last}[1] end as {cell}")
            kinds.append(f"coalesce({last}[2], ' ')")
        else:
            values.append(cell)
            kinds.append(kind)
    kept = f"concat({', '.join(kinds)}) as _kinds" if reading.typed else "_kinds"
    relation = (
        f"select _row, _end, _reject, _raw, {kept}, {', '.join(values)} from ({reading.relation})"
    )
    return replace(reading, relation=relation)


def _exploded(
    con: duckdb.DuckDBPyConnection,
    reading: Reading,
    path: str,
    read: Collection[str],
    lists: Collection[str],
) -> Reading:
    """A row for each member of the list, which stands in a column named as the path.

    What is ``read`` of a member, and the ``lists`` in it, get columns of their own, so that it is
    parsed once. A record whose list is empty keeps one row, without a member. Rows are numbered
    anew: several of them come from one line.
    """
    cells = Cells(reading.columns)
    here = cells.locate(path)
    place = cells.place(path)
    names = reading.columns if place is not None else (*reading.columns, path)
    at = len(names) - 1 if place is None else place
    others = [cell for cell in cells.columns if cell != f"s{at}"]
    kept = ", ".join(["_end", "_raw", "_kinds", *others])
    # Nothing of the whole list may stay beside a member: that would copy it as often as it is long.
    relieved = dict(zip(others, others, strict=True))
    if place is None and (found := cells.around(path)):
        outer, steps = found
        relieved[outer] = _without(outer, steps)
    no_list = sql.text(f"{path}{chr(31)}{path}: the value is neither a list nor a record")
    kinds = "_kinds" if place is not None else f"_kinds || {sql.text(TEXT)} as _kinds"
    listed = (
        f"select _row as _record, _reject, _end, _raw, {kinds}, {here} as _text"
        f"{''.join(f', {value} as {cell}' for cell, value in relieved.items())}, "
        f"case when json_valid({here}) then cast({here} as json) end as _json "
        f"from ({reading.relation})"
    )
    listed = (
        f"select _record, {kept}, case when _text is not null "
        "and coalesce(json_type(_json), '') not in ('ARRAY', 'OBJECT') "
        f"then coalesce(_reject, {no_list}) else _reject end as _reject, "
        "case when json_type(_json) = 'OBJECT' then [_json] "
        "when json_type(_json) = 'ARRAY' and json_array_length(_json) > 0 "
        f"""then from_json(_json, '["JSON"]') else [null] end as _members from ({listed})"""
    )
    relation = (
        f"select row_number() over (order by _record, _at) as _row, {kept}, _reject, "
        f"json_extract_string(_member, '$') as s{at} from (select _record, {kept}, _reject, "
        f"unnest(_members) as _member, generate_subscripts(_members, 1) as _at from ({listed}))"
    )
    records = reading.records
    if records is not None:
        # What the reading misses of its records stays missing.
        counted = f"select coalesce(sum(len(_members) - 1), 0) from ({listed})"
        records += int(con.execute(counted).fetchall()[0][0])
    exploded = replace(reading, relation=relation, columns=names, records=records)
    parted = _opened(exploded, path, at, {*read, *lists})
    return parted if path in read else replace(parted, opened=parted.opened | {at})


def _without(cell: str, steps: Sequence[str]) -> str:
    """SQL of a record as JSON without what lies at the end of those steps."""
    patch: Any = None
    for step in reversed(steps):
        patch = {step: patch}
    text = sql.text(json.dumps(patch, ensure_ascii=False))
    relieved = f"cast(json_merge_patch({cell}, {text}) as varchar)"
    return f"if(json_type({cell}) = 'OBJECT', {relieved}, {cell})"


def _opened(reading: Reading, path: str, at: int, read: Collection[str]) -> Reading:
    """The reading with a column for each part of the member in column ``at`` that is read."""
    inside = f"{path}."
    parts_read = [name.removeprefix(inside) for name in read if name.startswith(inside)]
    steps = sorted({name.partition(".")[0] for name in parts_read})
    if not steps:
        return reading
    pointers = sql.texts(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)
    member = f"if(json_type(s{at}) = 'OBJECT', s{at}, null)"
    kinds = (
        f"array_to_string(list_transform(json_type(_record, [{pointers}]), lambda kind: "
        f"{json_kind('kind')}), '')"
    )
    width = len(reading.columns)
    cells = [f"s{number}" for number in range(width)]
    parts = [f"_parts[{number}] as s{width + number - 1}" for number in range(1, len(steps) + 1)]
    relation = (
        f"select _row, _end, _reject, _raw, _kinds || {kinds} as _kinds, {', '.join(cells)}, "
        f"{', '.join(parts)} from (select *, json_extract_string(_record, [{pointers}]) as _parts "
        f"from (select *, case when json_valid(s{at}) then {member} end as _record "
        f"from ({reading.relation})))"
    )
    return replace(
        reading,
        relation=relation,
        columns=(*reading.columns, *(f"{path}.{step}" for step in steps)),
        parts=(*reading.parts, *range(width, width + len(steps))),
    )


def _joined(reading: Reading, lookup: Lookup, number: int, target: Target) -> Reading:
    """The reading with the columns of each row's row in the other file, empty where it has none."""
    cells = Cells(reading.columns)
    for name in lookup.columns:
        if cells.place(name) is not None:
            raise RefusedFile(
                f"{target.shown_as} has a column {name}, which a lookup in {lookup.file} brings, "
                f"too. Give the looked-up one another name: columns: {{{name} there: {name}}}.",
                name,
            )
    keys = [sql.cleaned_sql(cells.locate(name)) for name in lookup.key]
    exactly = " and ".join(f"{key} = exact.k{at}" for at, key in enumerate(keys))
    alike = " and ".join(f"{folded_sql(key)} = alike.k{at}" for at, key in enumerate(keys))
    said = ", ".join(lookup.key)
    several = sql.text(
        f"{said}{chr(31)}{said}: {lookup.file} has several rows for it, which do not agree"
    )
    width = len(reading.columns)
    taken = ", ".join(
        f"if(exact.k0 is null, alike.c{at}, exact.c{at}) as s{width + at}"
        for at in range(len(lookup.columns))
    )
    own = ", ".join(["_row", "_end", "_raw", "_kinds", *cells.columns])
    relation = (
        f"select {own}, case when if(exact.k0 is null, alike.several, exact.several) "
        f"then coalesce(_reject, {several}) else _reject end as _reject, {taken} "
        f"from ({reading.relation}) as own left join {_table(number)} as exact on {exactly} "
        f"left join {_table(number)}_alike as alike on {alike}"
    )
    return replace(reading, relation=relation, columns=(*reading.columns, *lookup.columns))


def _table(number: int) -> str:
    return f"temp.looked_up_{number}"


def read_lookups(con: duckdb.DuckDBPyConnection, target: Target, scratch: Path) -> None:
    """Read the files in which the target's mapping looks rows up.

    Raises :class:`RefusedFile` when there is none, or one that cannot be read whole.
    """
    lookups = target.mapping.lookup if target.mapping else ()
    for number, (lookup, files) in enumerate(zip(lookups, target.lookups, strict=True)):
        if not files:
            raise RefusedFile(
                f"{target.shown_as} needs a file {lookup.file} in the same delivery: mapping "
                f"{target.mapped_by} looks rows up in it. Deliver both together."
            )
        keys = [f"k{at}" for at in range(len(lookup.key))]
        columns = [f"c{at}" for at in range(len(lookup.columns))]
        types = ", ".join(f"{name} varchar" for name in (*keys, *columns))
        con.execute(f"create or replace temp table looked_up_rows ({types})")
        for at, file in enumerate(files):
            folder = scratch / f"lookup_{number}_{at}"
            folder.mkdir()
            _read_lookup(con, lookup, file, folder)
        values = ", ".join(f"min({name}) as {name}" for name in columns)
        for table, by in (
            (_table(number), keys),
            # A key that is written otherwise finds its row, too, unless another one is the same.
            (f"{_table(number)}_alike", [folded_sql(key) for key in keys]),
        ):
            named = ", ".join(f"{each} as {key}" for each, key in zip(by, keys, strict=True))
            con.execute(
                f"create or replace temp table {table} as select {named}, {values}, "
                f"count(distinct [{', '.join(columns)}]) > 1 as several "
                f"from looked_up_rows group by {', '.join(by)}"
            )
        con.execute("drop table looked_up_rows")


def _read_lookup(
    con: duckdb.DuckDBPyConnection, lookup: Lookup, file: LookupFile, folder: Path
) -> None:
    """Add the rows of one file, by the first of its readings that accounts for all of them."""
    link = folder / f"source.{file.format}"
    link.symlink_to(file.path)
    wanted = (*lookup.key.values(), *lookup.columns.values())
    source = Source(
        path=link,
        shown_as=file.shown_as,
        format=file.format,
        entity="",
        expected=frozenset(map(folded, wanted)),
        required=frozenset(wanted),
        scratch=folder,
        compressed=file.compressed,
        encoding=file.encoding,
        sheet=lookup.sheet,
        down=frozenset(map(folded, lookup.down)),
    )
    for delivered in readers.read(con, source):
        reading = _filled_down(delivered, lookup.down)
        cells = Cells(reading.columns)
        if missing := [name for name in wanted if cells.find(name) is None]:
            raise RefusedFile(
                f"{file.shown_as} lacks the column {missing[0]}, which a mapping looks up. "
                f"It has: {masked_names(reading.columns)}.",
                missing[0],
            )
        try:
            read, last, bad, reject = con.execute(
                "select count(*), max(_end), min(_row) filter (where _reject is not null), "
                f"arg_min(_reject, _row) from ({reading.relation})"
            ).fetchall()[0]
        except duckdb.InvalidInputException:
            continue
        if bad is not None:
            reason = reject.rpartition(chr(31))[2]
            raise RefusedFile(
                f"{file.shown_as}, line {bad} cannot be read: {reason}. Correct it there."
            )
        if read == reading.records if reading.lines is None else last in (None, reading.lines):
            for path in lookup.explode:
                reading = _exploded(con, reading, path, wanted, lookup.explode)
            _take(con, lookup, file, reading)
            return
    raise RefusedFile(f"{file.shown_as} cannot be read so that all of its rows are accounted for.")


def _take(
    con: duckdb.DuckDBPyConnection, lookup: Lookup, file: LookupFile, reading: Reading
) -> None:
    """Add the rows of a reading to those in which rows are looked up."""
    cells = Cells(reading.columns)
    wanted = (*lookup.key.values(), *lookup.columns.values())
    taken = ", ".join(sql.cleaned_sql(cells.locate(name)) for name in wanted)
    con.execute(f"create or replace temp table taken as select {taken} from ({reading.relation})")
    con.execute("insert into looked_up_rows from taken")
    keyed = " and ".join(f"count(#{at}) > 0" for at in range(1, len(lookup.key) + 1))
    (found,) = con.execute(f"select count(*) = 0 or {keyed} from taken").fetchall()[0]
    con.execute("drop table taken")
    if not found:
        said = ", ".join(lookup.key.values())
        raise RefusedFile(
            f"{file.shown_as} has no row with a value in {said}, by which a mapping looks rows up. "
            "If its rows are the members of a list, name that in the lookup: explode: results.",
            said,
        )
