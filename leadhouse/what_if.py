"""What if a lookback, a seed's row, a var or a setting were another? A build aside, compared.

The base is what is published: the same landed rows, clocks, code and seeds but for the scenario's.
"""

from __future__ import annotations

import csv
import json
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from leadhouse import sqltext as sql
from leadhouse.aside import home_aside
from leadhouse.build import build_results, run_of
from leadhouse.catalogue import Manifest, published
from leadhouse.comparing import BEFORE, Comparison, comparison, is_number
from leadhouse.database import attach_published, open_candidate, open_published, open_warehouse_file
from leadhouse.dbt_project import Project, prepare_manifest
from leadhouse.errors import BuildFailed, LeadhouseError
from leadhouse.kept_builds import current_build
from leadhouse.paths import PROJECT_ROOT
from leadhouse.publishing import publish
from leadhouse.restatements import other_inputs
from leadhouse.scenario import Scenario, read_scenario
from leadhouse.settings import Settings

TABLE = "trust.rpt_what_if"
_COLUMNS = {
    "report": "The table, with its schema.",
    "key": "Columns and values that name the row.",
    "column": "The column whose value differs.",
    "base": "Value in what is published, as text. NULL when empty, or when the row is new.",
    "scenario": "Value in the scenario, as text. NULL when empty, or when the row is gone.",
    "difference": "scenario - base of numbers, an empty one as 0. NULL for texts.",
    "slice": "The part of the key over whose values differences never add up. Empty without any.",
    "channel": "The row's channel. NULL where the table has none.",
    "user_id": "The row's salesperson. NULL where the table has none.",
    "deal_id": "The row's deal. NULL where the table has none.",
}
_MEMBERS = {
    "channel": ("channel",),
    "user_id": ("user_id", "manager_user_id", "owner_user_id"),
    "deal_id": ("deal_id",),
}
"""What a row is of, and the columns of reports that say so."""

_ADDED_UP = ("source", "medium", "campaign", "keyword", "source_tag", "touch_id")
"""Beside days and members, the columns of keys over which a difference may be added up."""


@dataclass(frozen=True)
class _Kind:
    """Members whose moves are told: by which columns, and which rows of the table are theirs."""

    name: str
    by: tuple[str, ...]
    rows: str


_KINDS = (
    _Kind("channels", ("channel",), "channel is not null and deal_id is null"),
    _Kind("sellers", ("user_id",), "user_id is not null and deal_id is null"),
    _Kind("deals", ("deal_id", "channel"), "deal_id is not null"),
)


def what_if(
    settings: Settings, file: Path, folder: Path, most: int, say: Callable[[str], None]
) -> None:
    """Build the scenario of a file into ``folder``; tell ``say`` what moves, ``most`` of each kind.

    Raises :class:`LeadhouseError` for a file that is wrong, when nothing is published, when
    something else than the scenario differs from what is published, and when it does not build.
    """
    with open_published(settings) as con:
        base = run_of(con)
    settings = settings.model_copy(
        update={"as_of": base["as_of"].astimezone(UTC), "as_known_at": base["as_known_at"]}
    )
    manifest: Manifest = json.loads(prepare_manifest(settings).read_text())
    scenario = read_scenario(file, manifest, settings)
    with home_aside(settings, folder) as aside:
        _refuse_other_inputs(settings, aside)
        project = _project_of(scenario, aside.home / "project")
        say(f"What if, as {file} has it, against build {current_build(settings)}:")
        aside = aside.model_copy(update=dict(scenario.settings))
        lines: list[str] = []

        def note(candidate: Settings, manifest_file: Path) -> None:
            lines.extend(_note_differences(settings, candidate, manifest_file, file, most))

        try:
            for _ in build_results(aside, str(uuid.uuid4()), datetime.now(UTC), project, note):
                pass
        except BuildFailed as error:
            raise LeadhouseError(f"The scenario of {file} cannot be built. {error}") from None
        publish(aside)
    for line in lines:
        say(line)
    say(f"All of it is in {folder / settings.published_dir.name}. Ask it:")
    say(f'  LEADHOUSE_HOME={folder} leadhouse sql "from {TABLE}"')


def _refuse_other_inputs(settings: Settings, aside: Settings) -> None:
    """The difference shall be the scenario's alone."""
    with open_published(settings) as con, open_warehouse_file(aside) as landed:
        others = other_inputs(con, landed, settings)
    if others:
        raise LeadhouseError(
            f"Since what is published was built, something changed ({others}). Run `leadhouse run` "
            "first, so that the difference is the scenario's alone."
        )


def _project_of(scenario: Scenario, folder: Path) -> Project:
    """The dbt project with the scenario's seeds, in ``folder``."""
    folder.mkdir()
    for path in PROJECT_ROOT.iterdir():
        if path.name in ("models", "macros", "tests", "dbt_project.yml", "profiles.yml"):
            (folder / path.name).symlink_to(path)
    shutil.copytree(PROJECT_ROOT / "seeds", folder / "seeds")
    for seed, rows in scenario.seeds.items():
        with (folder / "seeds" / f"{seed}.csv").open("w", newline="", encoding="utf-8") as file:
            names = list(dict.fromkeys(name for row in rows for name in row))
            writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return Project(folder, scenario.vars)


# --- the differences ---------------------------------------------------------------------------


def _note_differences(
    settings: Settings, candidate: Settings, manifest_file: Path, file: Path, most: int
) -> Iterator[str]:
    """Write the table of differences into the candidate; say what moves most."""
    manifest: Manifest = json.loads(manifest_file.read_text())
    with open_candidate(candidate, read_only=False) as con:
        attach_published(con, settings, BEFORE)
        _create_table(con, file)
        tables = {}
        for model in published(manifest):
            further = model["config"]["meta"].get("what_if")
            if model["schema"] != "reports" and further is None:
                continue
            if compared := comparison(con, manifest, model):
                tables[compared.table] = table = _Table.of(compared, further or {})
                con.execute(f"insert into {TABLE} {table.differences()}")
        yield from _in_words(con, tables, most)
        con.execute(f"detach {BEFORE}")


@dataclass(frozen=True)
class _Table:
    """A table, the rows of it that are compared, and what each is of: SQL over a row.

    ``told_by`` has the members that its key has, so that its rows can be added up for each.
    """

    compared: Comparison
    rows: str
    slice: str
    members: Mapping[str, str]
    told_by: frozenset[str]

    @classmethod
    def of(cls, compared: Comparison, further: Mapping[str, str]) -> _Table:
        """What the columns of a table say; ``further`` has the columns that they do not name."""
        columns = {
            member: further.get(member)
            or next((name for name in names if name in compared.types), None)
            for member, names in _MEMBERS.items()
        }
        members = {
            member: sql.name(column) if column else "cast(null as varchar)"
            for member, column in columns.items()
        }
        parts = [
            f"'{name} ' || coalesce(cast({sql.name(name)} as varchar), 'NULL')"
            for name in compared.key
            if compared.types[name] != "date" and name not in (*columns.values(), *_ADDED_UP)
        ]
        slices = " || ', ' || ".join(parts) or "''"
        told_by = frozenset(name for name, column in columns.items() if column in compared.key)
        return cls(compared, further.get("rows", "true"), slices, members, told_by)

    def differences(self) -> str:
        """SQL of the rows of :data:`TABLE`."""
        more = {"slice": self.slice, **self.members}
        return (
            f"select {sql.text(self.compared.table)}, key, cell.name, cell.old, cell.new, cell.by, "
            f"{', '.join(more)} from ({self.compared.changed_cells(self.rows, more)})"
        )

    def total(self, side: str, column: str, members: Iterable[str]) -> str:
        """SQL of a column's sum over one slice (the first parameter) and these members."""
        of = " and ".join([f"{self.slice} = ?", *(f"{self.members[name]} = ?" for name in members)])
        return (
            f"select coalesce(sum({sql.name(column)}), 0) from {side}{self.compared.table} "
            f"where {self.rows} and {of}"
        )


def _create_table(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    types = {"difference": "decimal(38, 6)"}
    columns = ", ".join(f"{sql.name(name)} {types.get(name, 'varchar')}" for name in _COLUMNS)
    con.execute(f"create table {TABLE} ({columns})")
    said = f"One row per cell of a report that this scenario changes:\n{file.read_text('utf-8')}"
    con.execute(f"comment on table {TABLE} is {sql.text(said)}")
    for name, about in _COLUMNS.items():
        con.execute(f"comment on column {TABLE}.{sql.name(name)} is {sql.text(about)}")


def _in_words(
    con: duckdb.DuckDBPyConnection, tables: Mapping[str, _Table], most: int
) -> Iterator[str]:
    cells, differing = con.execute(
        f"select count(*), count(distinct report) from {TABLE}"
    ).fetchall()[0]
    yield f"Cells that differ: {cells:,}, in {differing} tables."
    names = dict(con.execute("select user_id, user_name from marts.dim_users").fetchall())
    for kind in _KINDS:
        yield from _moves(con, tables, kind, names, most)
    worded = con.execute(
        f"""
        select report, "column", count(distinct deal_id) from {TABLE}
        where deal_id is not null and difference is null
            and base is not null and scenario is not null
        group by all order by 3 desc, 1, 2 limit ?
        """,
        [most],
    ).fetchall()
    if worded:
        yield "Deals that say something else:"
    for report, column, deals in worded:
        yield f"  {column} of {deals:,} {'deal' if deals == 1 else 'deals'} ({report})"


def _moves(
    con: duckdb.DuckDBPyConnection,
    tables: Mapping[str, _Table],
    kind: _Kind,
    names: Mapping[str, str],
    most: int,
) -> Iterator[str]:
    """Of each member the sum that differs most: those of the members that move most."""
    sums = [
        f"({sql.text(table)}, {sql.text(name)})"
        for table, each in tables.items()
        for name in each.compared.values
        if kind.by[0] in each.told_by
        and is_number(each.compared.types[name])
        and each.compared.types[name] != "double"
    ]
    by = ", ".join(kind.by)
    moved = con.execute(
        f"""
        with sums as (
            select report, "column", slice, {by}, sum(difference) as moved
            from {TABLE}
            where {kind.rows} and (report, "column") in ({", ".join(sums)})
            group by all
            having sum(difference) <> 0
        ),
        most_of_each as (
            from sums
            qualify row_number() over (
                partition by {kind.by[0]} order by abs(moved) desc, report, "column", slice, {by}
            ) = 1
        )
        select report, "column", slice, count(*) over (), {by}
        from most_of_each order by abs(moved) desc, {by} limit ?
        """,
        [most],
    ).fetchall()
    if not moved:
        yield f"No number of {kind.name} moves."
        return
    yield f"{kind.name.capitalize()} that move, {len(moved)} of {moved[0][3]}:"
    for report, column, part, _, *members in moved:
        base, scenario = (
            con.execute(tables[report].total(side, column, kind.by), [part, *members]).fetchall()[
                0
            ][0]
            for side in (f"{BEFORE}.", "")
        )
        shown = " by ".join(names.get(member, member) for member in members)
        within = f", {part}" if part else ""
        yield (
            f"  {shown}: {column} {_shown(base)} to {_shown(scenario)} "
            f"({_shown(scenario - base, '+')}{within}; {report})"
        )


def _shown(number: Decimal | int, sign: str = "") -> str:
    return f"{number:{sign},.2f}" if number % 1 else f"{int(number):{sign},}"
