"""What a mapping does to a file's rows before its rules see them.

``explode`` makes a row of each member of a list, ``lookup`` gives each row the columns of its row
in another file of the delivery.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb

from ingestion import readers
from ingestion.cells import Cells
from ingestion.inventory import LookupFile, Target
from ingestion.mapping.model import Lookup
from ingestion.masking import masked_names
from ingestion.readers.reading import Reading, Source, folded
from leadhouse import sqltext as sql
from leadhouse.errors import RefusedFile


def reshaped(con: duckdb.DuckDBPyConnection, target: Target, reading: Reading) -> Reading:
    """The reading as the target's rules see it; :func:`read_lookups` comes before.

    Raises :class:`RefusedFile` for a looked-up column that the file has, too.
    """
    if target.mapping is None:
        return reading
    for path in target.mapping.explode:
        reading = _exploded(con, reading, path)
    for number, lookup in enumerate(target.mapping.lookup):
        reading = _joined(reading, lookup, number, target)
    return reading


def _exploded(con: duckdb.DuckDBPyConnection, reading: Reading, path: str) -> Reading:
    """A row for each member of the list, which stands in a column named as the path.

    A record whose list is empty keeps one row, without a member. Rows are numbered anew: several of
    them come from one line.
    """
    cells = Cells(reading.columns)
    here = cells.locate(path)
    place = cells.place(path)
    names = reading.columns if place is not None else (*reading.columns, path)
    member = f"s{len(names) - 1 if place is None else place}"
    kept = ", ".join(
        ["_end", "_raw", "_kinds", *(cell for cell in cells.columns if cell != member)]
    )
    no_list = sql.text(f"{path}{chr(31)}{path}: the value is neither a list nor a record")
    listed = (
        f"select _row as _record, _reject, {kept}, {here} as _text, "
        f"case when json_valid({here}) then cast({here} as json) end as _json "
        f"from ({reading.relation})"
    )
    listed = (
        "select *, case when json_type(_json) = 'OBJECT' then [_json] "
        "when json_type(_json) = 'ARRAY' and json_array_length(_json) > 0 "
        f"""then from_json(_json, '["JSON"]') else [null] end as _members from ({listed})"""
    )
    relation = (
        f"select row_number() over (order by _record, _at) as _row, {kept}, "
        "case when _text is not null "
        "and coalesce(json_type(_json), '') not in ('ARRAY', 'OBJECT') "
        f"then coalesce(_reject, {no_list}) else _reject end as _reject, "
        f"json_extract_string(_member, '$') as {member} from (select *, "
        f"unnest(_members) as _member, generate_subscripts(_members, 1) as _at from ({listed}))"
    )
    records = reading.records
    if records is not None:
        # What the reading misses of its records stays missing.
        counted = f"select coalesce(sum(len(_members) - 1), 0) from ({listed})"
        records += int(con.execute(counted).fetchall()[0][0])
    return replace(reading, relation=relation, columns=names, records=records)


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
    alike = " and ".join(f"{_folded(key)} = alike.k{at}" for at, key in enumerate(keys))
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


def _folded(key: str) -> str:
    """SQL of a key as people mean it: without case, a run of blanks as one."""
    return f"lower(regexp_replace({key}, '\\s+', ' ', 'g'))"


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
            (f"{_table(number)}_alike", [_folded(key) for key in keys]),
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
    )
    for reading in readers.read(con, source):
        cells = Cells(reading.columns)
        if missing := [name for name in wanted if cells.find(name) is None]:
            raise RefusedFile(
                f"{file.shown_as} lacks the column {missing[0]}, which a mapping looks up. "
                f"It has: {masked_names(reading.columns)}.",
                missing[0],
            )
        try:
            read, last, bad = con.execute(
                "select count(*), max(_end), min(_row) filter (where _reject is not null) "
                f"from ({reading.relation})"
            ).fetchall()[0]
        except duckdb.InvalidInputException:
            continue
        if bad is not None:
            raise RefusedFile(f"{file.shown_as}, line {bad} cannot be read. Correct it there.")
        if read == reading.records if reading.lines is None else last in (None, reading.lines):
            taken = ", ".join(sql.cleaned_sql(cells.locate(name)) for name in wanted)
            con.execute(f"insert into looked_up_rows select {taken} from ({reading.relation})")
            return
    raise RefusedFile(f"{file.shown_as} cannot be read so that all of its rows are accounted for.")
