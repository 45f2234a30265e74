"""What a build publishes otherwise than the one before it did, cell by cell, and why.

The causes are those by which two builds can differ at all: their code, their configuration, what
was landed, their clock. A build notes what it is made of; the first difference in the order of
:func:`_causes` is the cause of every changed cell that it can explain.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from ingestion.inventory import own_mapping_files
from ingestion.load_log import SCHEMA
from leadhouse import sqltext as sql
from leadhouse.catalogue import Manifest, Node, published
from leadhouse.code_version import fingerprints
from leadhouse.comparing import BEFORE, Comparison, comparison
from leadhouse.database import attach_published, open_candidate, open_published
from leadhouse.files import sha256_of
from leadhouse.settings import AROUND_THE_DATA, SECRETS, Settings

MOST_CELLS = 10_000
"""Changed cells that are told of one table; the others are counted."""

CHANGES_TABLE = "trust.rpt_restatements"
_PERIODS = {"month": "month", "week": "week"}
_PERIOD_TYPE = "period_type"
_MONEY_SPENT = ("spend", "cost", "cpl", "cac", "roas", "romi")
_PERSONS = ("person", "contact", "client", "lead", "first", "new_", "journey", "touch", "acquired")
_IDENTITIES = frozenset({"contacts", "contact_merges"})
_SPEND = ("ad_spend", "manual_costs", "fx_rates")
_CLOCKS = frozenset({"as_of", "as_known_at"})
_FILES = "source_system || ' ' || cast(delivery_date as varchar) || '/' || file"
_NAMED = 5
_WITHDRAWN = "withdrawn: "
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class _Cause:
    """Why cells changed, what shows it, and what it explains: everything by default.

    ``columns`` are words of those that it explains, ``seeds`` those of which a table must be made,
    ``months`` the first days of those of which a row's period must have a day.
    """

    name: str
    evidence: str
    columns: tuple[str, ...] = ()
    seeds: frozenset[str] = frozenset()
    months: tuple[date, ...] = ()

    def explains(self, column: str, seeds: AbstractSet[str]) -> bool:
        """Whether it can change that column of a table that is made of these seeds."""
        return (not self.columns or any(word in column for word in self.columns)) and (
            not self.seeds or not self.seeds.isdisjoint(seeds)
        )


def note_restatements(settings: Settings, manifest_file: Path) -> None:
    """Fill the candidate's ``trust.rpt_run_inputs`` and ``trust.rpt_restatements``.

    Does only the first of them where nothing is published yet, or by a version that did not note
    what a build is made of.
    """
    manifest: Manifest = json.loads(manifest_file.read_text())
    with open_candidate(settings, read_only=False) as con:
        _note_inputs(con, settings)
        if not attach_published(con, settings, BEFORE):
            return
        through = _compared_through(con)
        if through is None:
            return
        causes = list(_causes(con, through))
        for model in published(manifest, "reports"):
            if compared := comparison(con, manifest, model):
                _compare(con, compared, through, causes, _seeds_of(manifest, model))
        con.execute(f"detach {BEFORE}")


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
                f"""
                select table_name, key, "column", old_value, new_value, difference is not null,
                    (
                        select list(column_name) from duckdb_columns() as known
                        where known.schema_name || '.' || known.table_name = changes.table_name
                    )
                from {CHANGES_TABLE} as changes
                where cause = ? and evidence = ?
                order by ends_with("column", '_rc') desc, abs(difference) desc nulls last,
                    table_name, key, "column"
                limit ?
                """,
                [cause, evidence, most],
            ).fetchall()
            for table, key, column, old, new, is_number, columns in shown:
                values = _numbers_in_words(old, new) if is_number else [old, new]
                change = " to ".join(value or "nothing" for value in values)
                said = f"{_cell_in_words(key, column, columns)}: {change}"
                yield f"  {said}, {_cause_in_words(cause, evidence)} ({table})"
        for table, more in con.execute(
            f"select table_name, difference from {CHANGES_TABLE} where cause is null order by all"
        ).fetchall():
            yield f"{table}: {int(more):,} more cells that are not told one by one"


def _cell_in_words(key: str, column: str, columns: list[str]) -> str:
    """A cell as people name it: ``March 2024 revenue of SEO, google``."""
    starts = re.split(f"(?:^|, )({'|'.join(map(re.escape, columns))}) ", key)[1:]
    named = dict(zip(starts[::2], starts[1::2], strict=True))
    day = next((name for name, value in named.items() if _DAY.fullmatch(value)), None)
    period = _period_in_words(day, named.pop(day)) if day else ""
    measure = column.removesuffix("_rc").replace("_", " ")
    members = ", ".join(
        # A number alone says nothing: which hour, which month of a cohort.
        f"{name.replace('_', ' ')} {value}" if value.isdecimal() else value
        for name, value in named.items()
        if value != "NULL"
    )
    return f"{period} {measure}{f' of {members}' if members else ''}".strip()


def _period_in_words(column: str, first_day: str) -> str:
    match next((unit for word, unit in _PERIODS.items() if word in column), None):
        case "month":
            return f"{date.fromisoformat(first_day):%B %Y}"
        case "week":
            return f"Week of {first_day}"
        case _:
            return first_day


def _numbers_in_words(*values: str | None) -> list[str | None]:
    """Numbers as money is written, with more decimals where two would show no difference."""
    for decimals in (2, 12):
        shown = [
            value and f"{Decimal(value):,.{decimals if '.' in value else 0}f}" for value in values
        ]
        if len(set(shown)) > 1:
            break
    return shown


def _cause_in_words(cause: str, evidence: str) -> str:
    days = ", ".join(dict.fromkeys(_DAY.findall(evidence)))
    if cause in ("late delivery", "merge"):
        taken_back = " that was withdrawn" if evidence.startswith(_WITHDRAWN) else ""
        return f"a {cause} of {days}{taken_back}"
    if cause in ("restated spend", "identity"):
        return f"{cause} of {days}"
    return f"{cause}: {evidence}"


def other_inputs(
    base: duckdb.DuckDBPyConnection, landed: duckdb.DuckDBPyConnection, settings: Settings
) -> str:
    """What is other now than when an opened build was made, in words; empty for nothing.

    ``landed`` is a build file with the load log of now.
    """
    inputs = base.execute("select kind, name, fingerprint from trust.rpt_run_inputs").fetchall()
    changed = {(kind, name) for kind, name, _ in set(inputs) ^ set(_inputs(settings))}
    loads = f"select entity, {_FILES}, sha256 from"
    known = set(base.execute(f"{loads} trust.rpt_load_log").fetchall())
    counts = f"{SCHEMA}.loads where is_current and delivery_date <= coalesce(?, delivery_date)"
    current = set(landed.execute(f"{loads} {counts}", [settings.as_known_at]).fetchall())
    return _shortened(
        [f"{kind} {name}" for kind, name in sorted(changed)]
        + sorted({file for _, file, _ in known ^ current})
    )


def _note_inputs(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    con.executemany("insert into trust.rpt_run_inputs values (?, ?, ?)", _inputs(settings))


def _inputs(settings: Settings) -> list[tuple[str, str, str]]:
    """Kind, name and fingerprint of whatever but the landed files and the clocks makes a build."""
    said = settings.model_dump(mode="json", exclude=AROUND_THE_DATA | SECRETS | _CLOCKS)
    rows = [("setting", name, _hashed(value)) for name, value in said.items()]
    for name, fingerprint in fingerprints().items():
        path = Path(name)
        is_seed = path.suffix == ".csv" and path.parts[0] == "seeds"
        kind = "seed" if is_seed else "setting" if name == "dbt_project.yml" else "code"
        rows.append((kind, path.stem if is_seed else name, fingerprint))
    for path in own_mapping_files(settings.drop):
        rows.append(("setting", f"{path.parent.name}/{path.name}", sha256_of(path)[:16]))
    return sorted(rows)


def _hashed(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]


def _compared_through(con: duckdb.DuckDBPyConnection) -> str | None:
    """The last day that both builds have whole, as text; None when the two cannot be compared."""
    try:
        days = con.execute(
            f"select old.data_through_date, new.data_through_date from trust.rpt_run as new, "
            f"{BEFORE}.trust.rpt_run as old where exists (from {BEFORE}.trust.rpt_run_inputs)"
        ).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):
        return None
    return min(days[0]).isoformat() if days and None not in days[0] else None


def _causes(con: duckdb.DuckDBPyConnection, through: str) -> Iterator[_Cause]:
    changed = con.execute(
        f"""
        select kind, string_agg(name, ', ' order by name)
        from (
            select coalesce(new.kind, old.kind) as kind, coalesce(new.name, old.name) as name
            from trust.rpt_run_inputs as new
            full join {BEFORE}.trust.rpt_run_inputs as old using (kind, name)
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
        seeds = inputs["seed"].split(", ") if "setting" not in inputs else ()
        yield _Cause("configuration", "; ".join(configured), seeds=frozenset(seeds))
    landed = dict(
        con.execute(
            f"""
            select entity, string_agg(distinct told, ', ' order by told)
            from (
                select entity, {_FILES} as told, sha256 from trust.rpt_load_log
                except select entity, {_FILES}, sha256 from {BEFORE}.trust.rpt_load_log
                union all
                select entity, '{_WITHDRAWN}' || {_FILES}, sha256
                from {BEFORE}.trust.rpt_load_log
                where (entity, {_FILES}) not in (select (entity, {_FILES}) from trust.rpt_load_log)
            )
            group by entity
            """
        ).fetchall()
    )
    spent = [landed[name] for name in _SPEND if name in landed]
    if spent and len(spent) == len(landed):
        yield _Cause("restated spend", _shortened(spent))
    elif spent and (months := _months_of_other_spend(con, through)):
        # Spend is shared out by months, and what it bought stands in their rows.
        yield _Cause("restated spend", _shortened(spent), _MONEY_SPENT, months=months)
    # Beside other files, who is who explains what is told of persons: no task is done by a merge.
    of_persons = _PERSONS if landed.keys() - _IDENTITIES else ()
    if "contact_merges" in landed:
        yield _Cause("merge", _shortened([landed["contact_merges"]]), of_persons)
    if "contacts" in landed and _persons_changed(con):
        yield _Cause("identity", _shortened([landed["contacts"]]), of_persons)
    if landed:
        yield _Cause("late delivery", _shortened(list(landed.values())))
    moved = con.execute(
        f"select old.as_of, new.as_of from trust.rpt_run as new, {BEFORE}.trust.rpt_run as old"
    ).fetchall()[0]
    yield _Cause("clock", f"as of {moved[0]} to {moved[1]}")


def _months_of_other_spend(con: duckdb.DuckDBPyConnection, through: str) -> tuple[date, ...]:
    """The months with a day that both builds have whole and whose spend differs."""
    node = "date_day, source, medium, campaign"
    spent = (
        f"select {node}, sum(cost_rc) as cost_rc from {{}}marts.fct_ad_spend "
        f"where date_day <= date {sql.text(through)} group by {node}"
    )
    now, then = spent.format(""), spent.format(f"{BEFORE}.")
    months = con.execute(
        "select distinct cast(date_trunc('month', date_day) as date) from "
        f"(({now} except {then}) union all ({then} except {now})) order by all"
    ).fetchall()
    return tuple(month for (month,) in months)


def _persons_changed(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether any contact that both builds know belongs to another person now."""
    return bool(
        con.execute(
            f"select 1 from marts.dim_contacts join {BEFORE}.marts.dim_contacts as old "
            "using (contact_id) where dim_contacts.person_id <> old.person_id limit 1"
        ).fetchall()
    )


def _shortened(told: list[str]) -> str:
    """The first of what lists of names tell, and how many more there are."""
    files = list(dict.fromkeys(file for each in told for file in each.split(", ")))
    more = [f"{len(files) - _NAMED} more"] if len(files) > _NAMED else []
    return ", ".join([*files[:_NAMED], *more])


def _seeds_of(manifest: Manifest, model: Node) -> set[str]:
    """The names of the seeds that a model is made of, by way of whatever other models."""
    nodes, met, waiting = manifest["nodes"], set[str](), [str(model["unique_id"])]
    while waiting:
        node = waiting.pop()
        if node in nodes and node not in met:
            met.add(node)
            waiting += nodes[node]["depends_on"].get("nodes", ())
    return {nodes[each]["name"] for each in met if nodes[each]["resource_type"] == "seed"}


def _compare(
    con: duckdb.DuckDBPyConnection,
    compared: Comparison,
    through: str,
    causes: list[_Cause],
    seeds: AbstractSet[str],
) -> None:
    """Note the changed cells of one report, whose days were whole in both builds."""
    day = next((column for column in compared.key if compared.types[column] == "date"), None)
    if day is None:
        return
    last_day = _last_day(day, compared.key)
    whole = f"{last_day} <= date {sql.text(through)}"
    period = {"first_day": sql.name(day), "last_day": last_day}
    caused = " ".join(
        f"when {_explained(cause, compared.values, seeds)} then {{'cause': {sql.text(cause.name)}, "
        f"'evidence': {sql.text(cause.evidence)}}}"
        for cause in causes
    )
    con.execute(
        f"""
        insert into {CHANGES_TABLE}
        with changed as ({compared.changed_cells(whole, period)}),
        told as (
            select key, cell, count(*) over () as cells,
                row_number() over (order by key, cell.name) as place,
                case {caused.replace("COLUMN", "cell.name")} end as why
            from changed
        )
        select {sql.text(compared.table)}, key, cell.name, cell.old, cell.new, cell.by,
            why.cause, why.evidence
        from told
        where place <= {MOST_CELLS}
        union all
        select {sql.text(compared.table)}, '(more)', null, null, null,
            any_value(cells) - {MOST_CELLS}, null, null
        from told
        having any_value(cells) > {MOST_CELLS}
        """
    )


def _last_day(day: str, key: Sequence[str]) -> str:
    """SQL for the last day of what begins on ``day``; NULL for a period that never ends."""
    if _PERIOD_TYPE in key:
        return f"{sql.name(day)} + try_cast('1 ' || {_PERIOD_TYPE} as interval) - interval 1 day"
    ends = next((unit for word, unit in _PERIODS.items() if word in day), None)
    return f"{sql.name(day)} + interval 1 {ends} - interval 1 day" if ends else sql.name(day)


def _explained(cause: _Cause, columns: Sequence[str], seeds: AbstractSet[str]) -> str:
    names = [column for column in columns if cause.explains(column, seeds)]
    if not names:
        return "false"
    within = " or ".join(
        f"date_trunc('month', first_day) <= date '{month}' and date '{month}' <= last_day"
        for month in cause.months
    )
    return f"COLUMN in ({sql.texts(names)})" + (f" and ({within})" if within else "")
