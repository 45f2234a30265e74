"""Landing of the drop folder: every new or changed file, whole and exactly once.

A file is parsed by the database, checked by one generated SQL pass, written as immutable Parquet
and loaded in one transaction with its ledger row. What a load's identity depends on is content
alone, so that a repeated, forced or interrupted load ends in the same warehouse.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from ingestion import readers
from ingestion.contract import ENTITIES, Entity
from ingestion.inventory import Inventory, Target, UnknownFile, take_inventory
from ingestion.mapping import Compiled, Rows, compile_spec, compile_where
from ingestion.quarantine import Check, checks_of, code, described
from ingestion.readers import Stage, folded
from ingestion.textfile import read_text_file, sha256_of
from ingestion.warehouse import (
    LEDGER,
    RAW,
    SOURCE,
    open_warehouse,
    raw_columns,
)
from leadhouse import sqltext as sql
from leadhouse.database import explain, failures_explained
from leadhouse.errors import LandingError, RefusedFile
from leadhouse.files import make_durable, move_durably
from leadhouse.settings import Settings

__all__ = [
    "Inventory",
    "LandingError",
    "LoadResult",
    "Target",
    "failure_message",
    "land",
    "land_pending",
    "pending",
    "take_inventory",
]

log = logging.getLogger(__name__)

RULES_VERSION = 1
"""Raise it when the same bytes would land differently than before: every file is then read anew."""

UNKNOWN_ENTITY = "(unknown)"

_APART = "temp.rows_set_apart"
_EXCLUDED = -1
_REJECTED = 0


@dataclass(frozen=True)
class LoadResult:
    """What became of one target.

    ``status`` is loaded, refused, withdrawn (the file has gone, its rows were taken back) or
    unchanged. ``rows_read = rows_loaded + rows_quarantined + rows_excluded``, always.
    """

    target: Target
    status: str
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_excluded: int = 0
    unknown_columns: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class _Current:
    """The ledger's current row of a target."""

    load_id: str
    status: str
    sha256: str
    fingerprint: str
    size: int | None
    mtime_ns: int | None
    counts: tuple[int, int, int, int]


_Key = tuple[str, date, str]


def _key(target: Target) -> _Key:
    return target.entity, target.delivery_date, target.file


# --- what there is to do ---------------------------------------------------------------------


def pending(
    con: duckdb.DuckDBPyConnection, settings: Settings, inventory: Inventory
) -> list[Target]:
    """Targets that are new, changed, refused last time or withdrawn, by delivery, file and entity.

    A file whose size and time are the ledger's is not read. A delivery folder that has gone
    altogether was archived and stays landed (its refused files are forgotten).
    """
    current = _current_loads(con)
    result = []
    for target in inventory.targets:
        known = current.get(_key(target))
        if known is None or known.status != "loaded" or _changed(con, settings, target, known):
            result.append(target)
    present = {_key(target) for target in inventory.targets}
    for (entity, delivery, file), known in current.items():
        if entity == UNKNOWN_ENTITY or (entity, delivery, file) in present:
            continue
        if delivery in inventory.deliveries or known.status != "loaded":
            path = settings.drop / str(delivery) / file
            result.append(Target(entity, delivery, file, path, format="", withdrawn=True))
    return sorted(result, key=lambda target: (target.delivery_date, target.file, target.entity))


def _current_loads(con: duckdb.DuckDBPyConnection) -> dict[_Key, _Current]:
    rows = con.execute(
        "select entity, delivery_date, file, load_id, status, sha256, fingerprint, file_size, "
        "file_mtime_ns, rows_read, rows_loaded, rows_quarantined, rows_excluded "
        f"from {LEDGER}.loads where is_current and source_system = ?",
        [SOURCE],
    ).fetchall()
    return {
        (row[0], row[1], row[2]): _Current(
            row[3], row[4], row[5], row[6], row[7], row[8], (row[9], row[10], row[11], row[12])
        )
        for row in rows
    }


def _changed(
    con: duckdb.DuckDBPyConnection, settings: Settings, target: Target, known: _Current
) -> bool:
    rules = _rules(settings, target)
    if known.fingerprint != _fingerprint(known.sha256, rules):
        return True
    try:
        stat = target.path.stat()
        if (stat.st_size, stat.st_mtime_ns) == (known.size, known.mtime_ns):
            return False
        if sha256_of(target.path) != known.sha256:
            return True
    except OSError:
        return True
    con.execute(
        f"update {LEDGER}.loads set file_size = ?, file_mtime_ns = ? where load_id = ?",
        [stat.st_size, stat.st_mtime_ns, known.load_id],
    )
    return False


def _rules(settings: Settings, target: Target) -> str:
    """Everything besides the bytes that decides how a file lands."""
    entity = ENTITIES[target.entity]
    text = target.format in ("csv", "jsonl")
    zones = [settings.timezone, settings.source_timezone] if entity.event_time else []
    return json.dumps(
        [
            RULES_VERSION,
            repr(entity),
            target.mapping.digest if target.mapping else None,
            target.encoding if text else None,
            target.keeps_extra,
            zones,
        ]
    )


def _fingerprint(sha256: str, rules: str) -> str:
    return hashlib.sha256(f"{sha256}\n{rules}".encode()).hexdigest()


def _load_id(target: Target | UnknownFile, entity: str, fingerprint: str) -> str:
    parts = [SOURCE, entity, str(target.delivery_date), target.file, fingerprint]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


# --- landing ---------------------------------------------------------------------------------


def land_pending(
    settings: Settings,
    entity: str | None = None,
    days: Collection[date] | None = None,
) -> list[LoadResult]:
    """Land what is new or changed: of all entities or one, of all deliveries or those of ``days``.

    With ``days``, exactly those deliveries' files are landed again, changed or not. Refused files
    do not raise: see :func:`failure_message`. Call it under
    :func:`leadhouse.lease.writer_lease`. Raises :class:`LeadhouseError`.
    """
    inventory = take_inventory(settings)
    with failures_explained(settings):
        con = open_warehouse(settings)
        try:
            targets = pending(con, settings, inventory)
            if days is not None:
                gone = [target for target in targets if target.withdrawn]
                targets = [
                    target for target in (*inventory.targets, *gone) if target.delivery_date in days
                ]
            if entity is not None:
                targets = [target for target in targets if target.entity == entity]
            _record_unknown(con, inventory)
            results = land(con, settings, targets, force=days is not None)
            con.execute("checkpoint")
        finally:
            con.close()
    return results


def failure_message(results: Sequence[LoadResult], problems: Sequence[str] = ()) -> str | None:
    """One message about every refused file and every problem of the inventory, else ``None``."""
    refused = [result.error or "" for result in results if result.status == "refused"]
    said = list(dict.fromkeys([*refused, *problems]))
    if not said:
        return None
    lines = "\n".join(f"  - {line}" for line in said)
    number = "one problem" if len(said) == 1 else f"{len(said)} problems"
    return f"Landing found {number}; what was published before stays published:\n{lines}"


def land(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    targets: Sequence[Target],
    force: bool = False,
) -> list[LoadResult]:
    """Land each target in one transaction of its own with its ledger row.

    A bad file is refused whole and the others go on. Without ``force`` a target whose current load
    has the same content is left alone. Raises :class:`LeadhouseError` when the machine, not a file,
    is at fault (disk, memory).
    """
    results = []
    current = _current_loads(con)
    for target in targets:
        with failures_explained(settings), _scratch(settings) as scratch:
            load = _Load(con, settings, target, scratch)
            result = load.run(current.get(_key(target)), force)
        results.append(result)
        if result.status == "refused":
            log.error("%s was refused: %s", target.shown_as, result.error)
        elif result.status != "unchanged":
            log.info(
                "%s %s as %s: %d read, %d loaded, %d quarantined, %d excluded",
                target.shown_as,
                result.status,
                target.entity,
                result.rows_read,
                result.rows_loaded,
                result.rows_quarantined,
                result.rows_excluded,
            )
    return results


@contextmanager
def _scratch(settings: Settings) -> Iterator[Path]:
    folder = settings.scratch_dir / "load"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class _Plan:
    """The SQL of one reading of a file: rows with their code, and what quarantine needs."""

    coded: str
    checks: list[Check]
    names: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass
class _Load:
    con: duckdb.DuckDBPyConnection
    settings: Settings
    target: Target
    scratch: Path
    entity: Entity = field(init=False)
    sha256: str = ""
    fingerprint: str = ""
    load_id: str = ""

    def __post_init__(self) -> None:
        self.entity = ENTITIES[self.target.entity]

    def run(self, current: _Current | None, force: bool) -> LoadResult:
        if self.target.withdrawn:
            self.commit(current, lambda: None)
            return LoadResult(self.target, "withdrawn")
        try:
            before = self.stat()
            if current is not None and not force and current.status == "loaded":
                self.identify(sha256_of(self.target.path))
                if current.fingerprint == self.fingerprint:
                    return LoadResult(self.target, "unchanged", *current.counts)
            return self.load(current, before)
        except RefusedFile as refusal:
            return self.refuse(current, refusal)
        except OSError as error:
            if explain(error, self.settings) and not self.about_source(error):
                raise
            said = f"{self.target.shown_as} cannot be read ({error.strerror or error}). "
            return self.refuse(current, RefusedFile(said + "Check the file and its permissions."))

    def about_source(self, error: OSError) -> bool:
        return str(error.filename) in (str(self.target.path), str(self.link))

    @property
    def link(self) -> Path:
        """The file under a name without characters that a reader takes for a pattern."""
        return self.scratch / f"source.{self.target.format}"

    def stat(self) -> os.stat_result:
        return self.target.path.stat()

    def identify(self, sha256: str) -> None:
        self.sha256 = sha256
        self.fingerprint = _fingerprint(sha256, _rules(self.settings, self.target))
        self.load_id = _load_id(self.target, self.entity.name, self.fingerprint)

    # --- one good file ---

    def load(self, current: _Current | None, before: os.stat_result) -> LoadResult:
        self.link.symlink_to(self.target.path)
        folder = (
            self.settings.landing_dir
            / SOURCE
            / self.entity.name
            / f"delivery_date={self.target.delivery_date}"
        )
        folder.mkdir(parents=True, exist_ok=True)
        half_written = folder / f".{os.getpid()}.parquet"
        loaded_at = datetime.now(UTC)
        try:
            plan, counts = self.write(half_written, loaded_at)
            unknown = self.with_values(plan.unknown, half_written)
            after = self.stat()
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                raise RefusedFile(
                    f"{self.target.shown_as} changed while it was read. Copy files in under a name "
                    "that ends in .part and rename them when they are complete."
                )
            landed = folder / f"{self.load_id}.parquet"
            make_durable(half_written)
            move_durably(half_written, landed)
        finally:
            half_written.unlink(missing_ok=True)
        read, loaded, quarantined, excluded = counts
        if read != loaded + quarantined + excluded:
            raise AssertionError(f"{self.target.shown_as}: {counts} do not add up")
        columns = ", ".join(sql.name(column) for column in raw_columns(self.entity))

        def insert() -> None:
            inserted = self.count(
                f"insert into {RAW}.{sql.name(self.entity.name)} ({columns}) "
                f"select {columns} from read_parquet({sql.text(str(landed))}, "
                "hive_partitioning = false)"
            )
            kept = self.quarantine(plan) if quarantined else 0
            if (inserted, kept) != (loaded, quarantined):
                raise AssertionError(
                    f"{self.target.shown_as}: {inserted} rows and {kept} quarantined rows were "
                    f"written where {loaded} and {quarantined} were counted"
                )
            self.ledger("loaded", counts, unknown, None, loaded_at, before)

        self.commit(current, insert)
        self.con.execute(f"drop table if exists {_APART}")
        if unknown:
            log.warning(
                "%s has columns that %s does not know: %s. Their values are kept in _extra.",
                self.target.shown_as,
                self.target.mapping.name if self.target.mapping else self.entity.name,
                ", ".join(unknown),
            )
        return LoadResult(self.target, "loaded", *counts, unknown_columns=unknown)

    def with_values(self, unknown: tuple[str, ...], landed: Path) -> tuple[str, ...]:
        """``unknown`` without the nameless columns that are blank in every landed row.

        Spreadsheets saved as CSV end each line in such columns; nobody can be told anything by
        them.
        """
        nameless = [name for name in unknown if readers.is_nameless(name)]
        if not nameless:
            return unknown
        filled = ", ".join(
            f"coalesce(bool_or(json_exists(_extra, {sql.text('/' + name)})), false)"
            for name in nameless
        )
        found = self.con.execute(
            f"select {filled} from read_parquet({sql.text(str(landed))}, hive_partitioning = false)"
        ).fetchall()[0]
        blank = {name for name, has in zip(nameless, found, strict=True) if not has}
        return tuple(name for name in unknown if name not in blank)

    def write(self, target: Path, loaded_at: datetime) -> tuple[_Plan, tuple[int, int, int, int]]:
        """Write the rows that may land as Parquet; gives the plan and the four counts."""
        for stage, last in self.stages():
            plan = self.plan(stage)
            try:
                loaded = self.count(
                    f"copy (select {self.landed_columns(loaded_at)} from ({plan.coded}) "
                    f"where _code is null) to {sql.text(str(target))} "
                    "(format parquet, compression zstd)"
                )
                if stage.records is not None and stage.records == loaded:
                    return plan, (loaded, loaded, 0, 0)
                quarantined, excluded, ends = self.set_apart(plan, stage.lines)
            except duckdb.Error as error:
                if explain(error, self.settings):
                    raise
                if last:
                    raise RefusedFile(
                        f"{self.target.shown_as} cannot be read as {self.target.format} "
                        "(damaged, or not in that format). Deliver it again."
                    ) from error
                continue
            read = loaded + quarantined + excluded
            if read == stage.records if stage.lines is None else ends or read == 0:
                return plan, (read, loaded, quarantined, excluded)
        raise RefusedFile(
            f"{self.target.shown_as} cannot be read so that all of its rows are accounted for. "
            "Deliver it again, as UTF-8 CSV with every cell quoted."
        )

    def set_apart(self, plan: _Plan, lines: int | None) -> tuple[int, int, bool]:
        """Keep the rows that do not land in a temporary table, which quarantine reads.

        Gives how many are quarantined, how many excluded, and whether a row, landed or not, ends at
        the file's last line.
        """
        last = "false" if lines is None else f"_end >= {lines}"
        self.con.execute(
            f"create or replace temp table {_APART} as "
            f"select * from ({plan.coded}) where _code is not null or {last}"
        )
        quarantined, excluded, end = self.con.execute(
            f"select count(*) filter (where _code <> {_EXCLUDED}), "
            f"count(*) filter (where _code = {_EXCLUDED}), max(_end) from {_APART}"
        ).fetchall()[0]
        return quarantined, excluded, end is not None and end == lines

    def stages(self) -> Iterator[tuple[Stage, bool]]:
        """The readings to try in turn, each with whether it is the last one."""
        target, shown_as = self.target, self.target.shown_as
        if target.format == "parquet":
            self.identify(sha256_of(self.link))
            yield readers.stage_parquet(self.con, self.link, shown_as), True
            return
        if target.format == "xlsx":
            self.identify(sha256_of(self.link))
            sheet = target.mapping.sheet if target.mapping else None
            yield (
                readers.stage_excel(self.link, self.entity.name, sheet, self.scratch, shown_as),
                True,
            )
            return
        file = read_text_file(self.link, shown_as, target.compressed, target.encoding, self.scratch)
        self.identify(file.sha256)
        if target.format == "jsonl":
            if file.lines == 0:
                raise RefusedFile(
                    f"{shown_as} is empty: it has no line. Deliver it with its rows, or remove it."
                )
            try:
                native = readers.stage_json(self.con, file, shown_as)
            except duckdb.Error as error:
                if explain(error, self.settings):
                    raise
                native = None
            if native is not None:
                yield native, False
            yield readers.stage_json_slowly(file, self.scratch, shown_as), True
            return
        delimiter = target.mapping.delimiter if target.mapping else None
        header = readers.read_header(file, self.known_names(), delimiter, shown_as)
        names = readers.column_names(header.names, shown_as)
        fast = readers.stage_csv(file, header, names)
        if fast is not None:
            yield fast, False
        yield readers.stage_csv_slowly(file, header, names, self.scratch, shown_as), True

    def known_names(self) -> set[str]:
        """The column names, folded, that this file is expected to have."""
        mapping = self.target.mapping
        if mapping is None:
            return {folded(column.name) for column in self.entity.columns}
        sources = {folded(source) for _, spec in mapping.columns for source in spec.sources()}
        return sources | {folded(condition.column) for condition in mapping.where}

    # --- SQL ---

    def plan(self, stage: Stage) -> _Plan:
        cells = {folded(name): f"s{at}" for at, name in enumerate(stage.columns)}
        self.require_columns(stage, cells)
        known = self.known_names()
        unknown = tuple(
            name for name in stage.columns if self.target.keeps_extra and folded(name) not in known
        )
        mapping = self.target.mapping

        def locate(name: str) -> str:
            return cells.get(folded(name), "cast(null as varchar)")

        mapped: dict[str, Compiled] = {}
        keep = "true"
        whole = _json_object((name, cells[folded(name)]) for name in stage.columns)
        if mapping is not None:
            keep = compile_where(mapping.where, locate)
            rows = Rows(locate, keep, whole)
            for target, spec in mapping.columns:
                column = self.entity.column(target)
                if column is not None:
                    mapped[target] = compile_spec(spec, column, rows)
        outputs = []
        for column in self.entity.columns:
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
        checks = checks_of(
            self.entity,
            self.target.delivery_date,
            self.settings.timezone,
            self.settings.source_timezone,
            mapped,
        )
        extra = _json_object((name, cells[folded(name)]) for name in unknown)
        technical = "_row, _end, _reject, _raw"
        filled = ", ".join(f"{sql.filled(cell)} as {cell}" for cell in cells.values())
        coded = (
            f"select *, case when _reject is not null then {_REJECTED} when not _keep then "
            f"{_EXCLUDED} else {code(checks)} end as _code from ("
            f"select {technical}, {', '.join(outputs)}, {extra} as _extra, {keep} as _keep, "
            f"{whole} as _whole from ("
            f"select {technical}{', ' + filled if filled else ''} from ({stage.relation})))"
        )
        return _Plan(coded, checks, stage.columns, unknown)

    def require_columns(self, stage: Stage, cells: dict[str, str]) -> None:
        mapping = self.target.mapping
        if mapping is None:
            needed = [column.name for column in self.entity.columns if column.required]
            wanted_by = f"{self.entity.name} requires"
        else:
            needed = sorted(mapping.needed())
            wanted_by = f"mapping {mapping.name} ({mapping.origin}) requires"
        missing = [name for name in needed if folded(name) not in cells]
        if not missing:
            if mapping is not None:
                sources = {name for _, spec in mapping.columns for name in spec.sources()}
                absent = sorted(name for name in sources if folded(name) not in cells)
                if absent:
                    log.warning(
                        "%s lacks columns that mapping %s reads: %s. They are taken as empty.",
                        self.target.shown_as,
                        mapping.name,
                        ", ".join(absent),
                    )
            return
        if stage.records == 0 and not stage.columns:
            raise RefusedFile(f"{self.target.shown_as} has no column at all.")
        columns = ", ".join(missing)
        word = "column" if len(missing) == 1 else "columns"
        raise RefusedFile(
            f"{self.target.shown_as} lacks the {word} {columns}, which {wanted_by}. "
            f"It has: {', '.join(stage.columns)}. Deliver it with the {word}, or write a mapping.",
            missing[0],
            stage.records or 0,
        )

    def landed_columns(self, loaded_at: datetime) -> str:
        technical = {
            "_extra": "_extra",
            "_source_file": sql.text(self.target.file),
            "_row_number": "cast(_row as bigint)",
            "_delivery_date": f"date '{self.target.delivery_date}'",
            "_load_id": sql.text(self.load_id),
            "_loaded_at": f"timestamptz '{loaded_at.isoformat()}'",
        }
        own = {column.name: sql.name(column.name) for column in self.entity.columns}
        return ", ".join(
            f"{value} as {sql.name(name)}" for name, value in (own | technical).items()
        )

    def quarantine(self, plan: _Plan) -> int:
        named = "contains(_reject, chr(31))"
        column = (
            f"case when _code = {_REJECTED} then case when {named} then "
            f"split_part(_reject, chr(31), 1) end else {described(plan.checks, 'column')} end"
        )
        reason = (
            f"case when _code = {_REJECTED} then case when {named} then "
            "split_part(_reject, chr(31), 2) else _reject end "
            f"else {described(plan.checks, 'reason')} end"
        )
        value = f"case when _code <> {_REJECTED} then {described(plan.checks, 'value')} end"
        return self.count(
            f"insert into {LEDGER}.quarantine (load_id, source_system, entity, delivery_date, "
            "file, row_number, column_name, value, reason, row_json) "
            f"select ?, ?, ?, ?, ?, _row, {column}, {value}, {reason}, coalesce(_raw, _whole) "
            f"from {_APART} where _code is not null and _code <> {_EXCLUDED}",
            [
                self.load_id,
                SOURCE,
                self.entity.name,
                self.target.delivery_date,
                self.target.file,
            ],
        )

    # --- the ledger ---

    def commit(self, current: _Current | None, write: Callable[[], None]) -> None:
        """Replace the earlier load of the same file, in one transaction."""
        key = [self.target.entity, self.target.delivery_date, self.target.file]
        same = "entity = ? and delivery_date = ? and file = ?"
        with _transaction(self.con):
            if current is not None and current.status == "loaded":
                self.con.execute(
                    f"delete from {RAW}.{sql.name(self.entity.name)} "
                    "where _delivery_date = ? and _source_file = ?",
                    key[1:],
                )
            self.con.execute(f"delete from {LEDGER}.quarantine where {same}", key)
            self.con.execute(
                f"update {LEDGER}.loads set is_current = false where is_current and {same}", key
            )
            write()

    def ledger(
        self,
        status: str,
        counts: tuple[int, int, int, int],
        unknown: tuple[str, ...],
        error: str | None,
        loaded_at: datetime,
        stat: os.stat_result | None,
    ) -> None:
        _write_ledger(
            self.con,
            load_id=self.load_id,
            entity=self.entity.name,
            target=self.target,
            sha256=self.sha256,
            fingerprint=self.fingerprint,
            status=status,
            counts=counts,
            unknown=unknown,
            error=error,
            loaded_at=loaded_at,
            stat=stat,
        )

    def refuse(self, current: _Current | None, refusal: RefusedFile) -> LoadResult:
        """Take nothing from the file, and say so where quarantined rows are looked for."""
        error = str(refusal)
        if not self.load_id:
            try:
                self.identify(sha256_of(self.target.path))
            except OSError:
                self.identify("")
        rows = refusal.rows
        counts = (rows, 0, rows, 0)

        def insert() -> None:
            _write_refusal(self.con, self.load_id, self.entity.name, self.target, refusal)
            self.ledger("refused", counts, (), error, datetime.now(UTC), None)

        self.commit(current, insert)
        return LoadResult(self.target, "refused", *counts, error=error)

    def count(self, statement: str, values: list[Any] | None = None) -> int:
        """Run a statement that answers with its number of rows."""
        return int(self.con.execute(statement, values).fetchall()[0][0])


def _json_object(pairs: Any) -> str:
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


@contextmanager
def _transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    con.execute("begin")
    try:
        yield
        con.execute("commit")
    except BaseException:
        try:
            con.execute("rollback")
        except duckdb.Error as error:
            # A fatal error (full disk) has already ended the transaction; it is the one to report.
            log.debug("rollback was not possible: %s", type(error).__name__)
        raise


def _write_ledger(
    con: duckdb.DuckDBPyConnection,
    *,
    load_id: str,
    entity: str,
    target: Target | UnknownFile,
    sha256: str,
    fingerprint: str,
    status: str,
    counts: tuple[int, int, int, int],
    unknown: tuple[str, ...],
    error: str | None,
    loaded_at: datetime,
    stat: os.stat_result | None,
) -> None:
    row = {
        "load_id": load_id,
        "source_system": SOURCE,
        "entity": entity,
        "delivery_date": target.delivery_date,
        "file": target.file,
        "sha256": sha256,
        "fingerprint": fingerprint,
        "status": status,
        "rows_read": counts[0],
        "rows_loaded": counts[1],
        "rows_quarantined": counts[2],
        "rows_excluded": counts[3],
        "unknown_columns": json.dumps(unknown, ensure_ascii=False),
        "error": error,
        "loaded_at": loaded_at,
        "is_current": True,
        "file_size": stat.st_size if stat else None,
        "file_mtime_ns": stat.st_mtime_ns if stat else None,
    }
    con.execute(f"delete from {LEDGER}.loads where load_id = ?", [load_id])
    marks = ", ".join("?" for _ in row)
    con.execute(
        f"insert into {LEDGER}.loads ({', '.join(row)}) values ({marks})", list(row.values())
    )


def _write_refusal(
    con: duckdb.DuckDBPyConnection,
    load_id: str,
    entity: str,
    target: Target | UnknownFile,
    refusal: RefusedFile,
) -> None:
    con.execute(
        f"insert into {LEDGER}.quarantine (load_id, source_system, entity, delivery_date, file, "
        "column_name, reason) values (?, ?, ?, ?, ?, ?, ?)",
        [load_id, SOURCE, entity, target.delivery_date, target.file, refusal.column, str(refusal)],
    )


def _record_unknown(con: duckdb.DuckDBPyConnection, inventory: Inventory) -> None:
    """Keep the ledger's list of unknown files the same as the drop folder's."""
    current = {key: known for key, known in _current_loads(con).items() if key[0] == UNKNOWN_ENTITY}
    for unknown in inventory.unknown:
        known = current.pop((UNKNOWN_ENTITY, unknown.delivery_date, unknown.file), None)
        # The link or folder itself may not be followed, so the problem stands for its content.
        fingerprint = hashlib.sha256(unknown.problem.encode()).hexdigest()
        if known is not None and known.fingerprint == fingerprint:
            continue
        load_id = _load_id(unknown, UNKNOWN_ENTITY, fingerprint)
        with _transaction(con):
            _forget(con, unknown.delivery_date, unknown.file)
            _write_ledger(
                con,
                load_id=load_id,
                entity=UNKNOWN_ENTITY,
                target=unknown,
                sha256="",
                fingerprint=fingerprint,
                status="refused",
                counts=(0, 0, 0, 0),
                unknown=(),
                error=unknown.problem,
                loaded_at=datetime.now(UTC),
                stat=None,
            )
            _write_refusal(con, load_id, UNKNOWN_ENTITY, unknown, RefusedFile(unknown.problem))
    for _, delivery, file in current:
        with _transaction(con):
            _forget(con, delivery, file)


def _forget(con: duckdb.DuckDBPyConnection, delivery: date, file: str) -> None:
    key = [UNKNOWN_ENTITY, delivery, file]
    same = "entity = ? and delivery_date = ? and file = ?"
    con.execute(f"delete from {LEDGER}.quarantine where {same}", key)
    con.execute(f"update {LEDGER}.loads set is_current = false where {same}", key)
