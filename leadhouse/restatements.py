"""What a build publishes otherwise than the one before it did, cell by cell, and why.

The causes are those by which two builds can differ at all: their code, their configuration, what
was landed, their clock. A build notes what it is made of; the first difference in the order of
:func:`_causes` is the cause of every changed cell that it can explain.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from leadhouse import sqltext as sql
from leadhouse.catalogue import Manifest, Node, key_of, published
from leadhouse.code_version import fingerprints
from leadhouse.database import attach_published, open_candidate, open_published
from leadhouse.settings import AROUND_THE_DATA, SECRETS, Settings

MOST_CELLS = 10_000
"""Changed cells that are told of one table; the others are counted."""

CHANGES_TABLE = "trust.rpt_restatements"
_BEFORE = "before"
_PERIODS = {"month": "month", "week": "week"}
_MONEY_SPENT = ("spend", "cost", "cpl", "cac", "roas", "romi")
_SPEND = ("ad_spend", "manual_costs", "fx_rates")
_CLOCKS = frozenset({"as_of"})
_FILES = "source_system || ' ' || cast(delivery_date as varchar) || '/' || file"
_NAMED = 5


@dataclass(frozen=True)
class _Cause:
    """Why cells changed, what shows it, and which columns it explains (all of them by default)."""

    name: str
    evidence: str
    columns: tuple[str, ...] = ()

    def explains(self, column: str) -> bool:
        return not self.columns or any(word in column for word in self.columns)


def note_restatements(settings: Settings, manifest_file: Path) -> None:
    """Fill the candidate's ``trust.rpt_run_inputs`` and ``trust.rpt_restatements``.

    Does only the first of them where nothing is published yet, or by a version that did not note
    what a build is made of.
    """
    manifest: Manifest = json.loads(manifest_file.read_text())
    with open_candidate(settings, read_only=False) as con:
        _note_inputs(con, settings)
        if not attach_published(con, settings, _BEFORE):
            return
        through = _compared_through(con)
        if through is None:
            return
        causes = list(_causes(con))
        for model in published(manifest, "reports"):
            _compare(con, manifest, model, through, causes)
        con.execute(f"detach {_BEFORE}")


def changes_in_words(settings: Settings, most: int) -> Iterator[str]:
    """What the current build changed of the one before: by cause, then the largest ``most`` cells.

    Raises :class:`LeadhouseError` when nothing is published, or by a version that does not tell.
    """
    with open_published(settings) as con:
        causes = con.execute(
            f"select cause, evidence, count(*), count(distinct table_name) from {CHANGES_TABLE} "
            "where cause is not null group by all order by all"
        ).fetchall()
        if not causes:
            yield "No number of a day that was complete before has changed."
        for cause, evidence, cells, tables in causes:
            of = f"{tables} {'report' if tables == 1 else 'reports'}"
            yield f"{cause} ({evidence}): {cells:,} {'cell' if cells == 1 else 'cells'} of {of}"
            shown = con.execute(
                f'select table_name, key, "column", old_value, new_value from {CHANGES_TABLE} '
                "where cause = ? and evidence = ? "
                'order by abs(difference) desc nulls last, table_name, key, "column" limit ?',
                [cause, evidence, most],
            ).fetchall()
            for table, key, column, old, new in shown:
                yield f"  {table}, {key}: {column} {old or 'nothing'} to {new or 'nothing'}"
        for table, more in con.execute(
            f"select table_name, difference from {CHANGES_TABLE} where cause is null order by all"
        ).fetchall():
            yield f"{table}: {int(more):,} more cells that are not told one by one"


def _note_inputs(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    said = settings.model_dump(mode="json", exclude=AROUND_THE_DATA | SECRETS | _CLOCKS)
    rows = [("setting", name, _hashed(value)) for name, value in said.items()]
    for name, fingerprint in fingerprints().items():
        path = Path(name)
        is_seed = path.suffix == ".csv" and path.parts[0] == "seeds"
        kind = "seed" if is_seed else "setting" if name == "dbt_project.yml" else "code"
        rows.append((kind, path.stem if is_seed else name, fingerprint))
    con.executemany("insert into trust.rpt_run_inputs values (?, ?, ?)", sorted(rows))


def _hashed(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]


def _compared_through(con: duckdb.DuckDBPyConnection) -> str | None:
    """The last day that both builds have whole, as text; None when the two cannot be compared."""
    try:
        days = con.execute(
            f"select old.data_through_date, new.data_through_date from trust.rpt_run as new, "
            f"{_BEFORE}.trust.rpt_run as old where exists (from {_BEFORE}.trust.rpt_run_inputs)"
        ).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):
        return None
    return min(days[0]).isoformat() if days and None not in days[0] else None


def _causes(con: duckdb.DuckDBPyConnection) -> Iterator[_Cause]:
    changed = con.execute(
        f"""
        select kind, string_agg(name, ', ' order by name)
        from (
            select coalesce(new.kind, old.kind) as kind, coalesce(new.name, old.name) as name
            from trust.rpt_run_inputs as new
            full join {_BEFORE}.trust.rpt_run_inputs as old using (kind, name)
            where new.fingerprint is distinct from old.fingerprint
        )
        group by kind
        """
    ).fetchall()
    inputs = dict(changed)
    if "code" in inputs:
        yield _Cause("code", _shortened([inputs["code"]]))
    configured = [
        f"{kind} {_shortened([inputs[kind]])}" for kind in ("seed", "setting") if kind in inputs
    ]
    if configured:
        yield _Cause("configuration", "; ".join(configured))
    landed = dict(
        con.execute(
            f"""
            select entity, string_agg(distinct told, ', ' order by told)
            from (
                select entity, {_FILES} as told, sha256 from trust.rpt_load_log
                except select entity, {_FILES}, sha256 from {_BEFORE}.trust.rpt_load_log
                union all
                select entity, 'withdrawn: ' || {_FILES}, sha256
                from {_BEFORE}.trust.rpt_load_log
                where (entity, {_FILES}) not in (select (entity, {_FILES}) from trust.rpt_load_log)
            )
            group by entity
            """
        ).fetchall()
    )
    spent = [landed[name] for name in _SPEND if name in landed]
    if spent:
        only = len(spent) == len(landed)
        yield _Cause("restated spend", _shortened(spent), () if only else _MONEY_SPENT)
    if "contact_merges" in landed:
        yield _Cause("merge", _shortened([landed["contact_merges"]]))
    if "contacts" in landed and _persons_changed(con):
        yield _Cause("identity", _shortened([landed["contacts"]]))
    if landed:
        yield _Cause("late delivery", _shortened(list(landed.values())))
    moved = con.execute(
        f"select old.as_of, new.as_of from trust.rpt_run as new, {_BEFORE}.trust.rpt_run as old"
    ).fetchall()[0]
    yield _Cause("clock", f"as of {moved[0]} to {moved[1]}")


def _persons_changed(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether any contact that both builds know belongs to another person now."""
    return bool(
        con.execute(
            f"select 1 from marts.dim_contacts join {_BEFORE}.marts.dim_contacts as old "
            "using (contact_id) where dim_contacts.person_id <> old.person_id limit 1"
        ).fetchall()
    )


def _shortened(told: list[str]) -> str:
    """The first of what lists of names tell, and how many more there are."""
    files = list(dict.fromkeys(file for each in told for file in each.split(", ")))
    more = [f"{len(files) - _NAMED} more"] if len(files) > _NAMED else []
    return ", ".join([*files[:_NAMED], *more])


def _compare(
    con: duckdb.DuckDBPyConnection,
    manifest: Manifest,
    model: Node,
    through: str,
    causes: list[_Cause],
) -> None:
    """Note the changed cells of one report, whose days were whole in both builds."""
    key, name = key_of(manifest, model), str(model["alias"])
    types = {column: said["data_type"] for column, said in model["columns"].items()}
    day = next((column for column in key if types[column] == "date"), None)
    known = {
        column
        for (column,) in con.execute(
            "select column_name from duckdb_columns() where database_name = ? "
            "and schema_name = 'reports' and table_name = ?",
            [_BEFORE, name],
        ).fetchall()
    }
    values = [column for column in types if column in known and column not in key]
    if day is None or not values or not known.issuperset(key):
        return
    ends = next((unit for word, unit in _PERIODS.items() if word in day), None)
    last_day = f"{sql.name(day)} + interval 1 {ends} - interval 1 day" if ends else sql.name(day)
    whole = f"where {last_day} <= date {sql.text(through)}"
    same = " and ".join(f"new.{n} is not distinct from old.{n}" for n in map(sql.name, key))
    shown = " || ', ' || ".join(
        f"'{column} ' || coalesce(cast(coalesce(new.{n}, old.{n}) as varchar), 'NULL')"
        for column, n in ((column, sql.name(column)) for column in key)
    )
    cells = ", ".join(
        f"{{'name': {sql.text(column)}, 'old': cast(old.{n} as varchar), "
        f"'new': cast(new.{n} as varchar), 'by': {_difference(n, types[column])}}}"
        for column, n in ((column, sql.name(column)) for column in values)
    )
    changed = " or ".join(f"new.{n} is distinct from old.{n}" for n in map(sql.name, values))
    caused = " ".join(
        f"when {_explained(cause, values)} then {{'cause': {sql.text(cause.name)}, "
        f"'evidence': {sql.text(cause.evidence)}}}"
        for cause in causes
    )
    con.execute(
        f"""
        insert into {CHANGES_TABLE}
        with changed as (
            select {shown} as key, unnest([{cells}]) as cell
            from (from reports.{sql.name(name)} {whole}) as new
            full join (from {_BEFORE}.reports.{sql.name(name)} {whole}) as old on {same}
            where {changed}
        ),
        told as (
            select key, cell, count(*) over () as cells,
                row_number() over (order by key, cell.name) as place,
                case {caused.replace("COLUMN", "cell.name")} end as why
            from changed
            where cell.old is distinct from cell.new
        )
        select {sql.text(f"reports.{name}")}, key, cell.name, cell.old, cell.new, cell.by,
            why.cause, why.evidence
        from told
        where place <= {MOST_CELLS}
        union all
        select {sql.text(f"reports.{name}")}, '(more)', null, null, null,
            any_value(cells) - {MOST_CELLS}, null, null
        from told
        having any_value(cells) > {MOST_CELLS}
        """
    )


def _difference(column: str, data_type: str) -> str:
    if data_type.split("(")[0] not in ("bigint", "integer", "double", "decimal"):
        return "cast(null as decimal(38, 6))"
    sides = (f"coalesce(cast({side}.{column} as decimal(38, 6)), 0)" for side in ("new", "old"))
    return " - ".join(sides)


def _explained(cause: _Cause, columns: list[str]) -> str:
    names = [column for column in columns if cause.explains(column)]
    return f"COLUMN in ({sql.texts(names)})" if names else "false"
