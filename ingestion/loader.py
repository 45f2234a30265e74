"""Loading one file: read whole, checked in one generated pass, written as Parquet, logged.

A load counts once its row is in the load log.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from ingestion import readers
from ingestion.contract import ENTITIES
from ingestion.inventory import Target
from ingestion.load_log import (
    Counts,
    CurrentLoad,
    Identity,
    Key,
    Unread,
    supersede,
    transaction,
    write_load,
    write_quarantine,
    write_refusal,
)
from ingestion.readers.reading import Reading, Source, folded, is_nameless
from ingestion.reshaping import read_lookups, reshaped
from ingestion.row_queries import (
    EXCLUDED,
    RowQueries,
    expected_columns,
    optional_moments,
    queries_of,
    required_columns,
)
from ingestion.warehouse import landed_file
from leadhouse import sqltext as sql
from leadhouse.database import explain
from leadhouse.errors import RefusedFile
from leadhouse.files import make_durable, move_durably, sha256_of
from leadhouse.settings import Settings

_LEAST_ROWS = 20
"""A share of fewer rows says little: such a file is refused only when none of its rows lands."""

_APART = "temp.rows_set_apart"


@dataclass(frozen=True)
class LoadResult:
    """What became of one target.

    ``status`` is loaded, refused, withdrawn (the file has gone, its rows were taken back) or
    unchanged. ``rows_read = rows_loaded + rows_quarantined + rows_excluded``, always. It took
    ``seconds``. Of its ``unknown_columns``, ``new_columns`` are those that no mapping of the file
    reads and that no earlier file had.
    """

    target: Target
    status: str
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_excluded: int = 0
    unknown_columns: tuple[str, ...] = ()
    new_columns: tuple[str, ...] = ()
    absent_columns: tuple[str, ...] = ()
    unread_sheets: tuple[str, ...] = ()
    error: str | None = None
    seconds: float = 0


class Loader:
    """Loads one file after the other into the open build file."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, settings: Settings, spend: dict[tuple[date, str], str]
    ) -> None:
        self.con = con
        self.settings = settings
        self.spend = spend

    def load(self, target: Target, current: CurrentLoad | None, force: bool) -> LoadResult:
        """Load, refuse or withdraw a target, or leave it as it is."""
        if target.withdrawn:
            self.replace(target, lambda: None)
            return LoadResult(target, "withdrawn")
        try:
            before = target.path.stat()
            identity = Identity.of(target, sha256_of(target.path))
            if (
                current is not None
                and current.status == "loaded"
                and current.fingerprint == identity.fingerprint
                and not force
            ):
                self.check_copy(target, identity, current.counts)
                return LoadResult(target, "unchanged", *current.counts)
            with self.scratch() as scratch:
                return self.load_file(target, identity, before, scratch)
        except RefusedFile as refusal:
            return self.refuse(target, refusal)
        except OSError as error:
            if explain(error, self.settings) and not _about(target, error):
                raise
            return self.refuse(target, _unreadable(target, error))

    def check_copy(self, target: Target, identity: Identity, counts: Counts) -> None:
        """Raises :class:`RefusedFile` for spend that the delivery has under another name.

        A second download beside the first would double it: unlike other rows, those of one
        delivery's files are added up. It is kept in mind for the files to come. Files without
        rows, such as the answers about accounts that spent nothing, are alike and do no harm.
        """
        if ENTITIES[target.entity].kind != "spend" or not counts.loaded:
            return
        place = target.delivery_date, identity.fingerprint
        if (other := self.spend.setdefault(place, target.file)) != target.file:
            raise RefusedFile(
                f"{target.shown_as} holds the same as {other} of the same delivery, and its spend "
                "would count twice. Remove one of the two."
            )

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty folder for the copies that a load makes."""
        folder = self.settings.scratch_dir / "load"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def load_file(
        self,
        target: Target,
        identity: Identity,
        before: os.stat_result,
        scratch: Path,
    ) -> LoadResult:
        """Write the file's rows as Parquet, then the load log."""
        source = _source(target, scratch)
        read_lookups(self.con, target, scratch)
        landed = landed_file(self.settings, identity.key, identity.load_id)
        landed.parent.mkdir(parents=True, exist_ok=True)
        half_written = landed.with_name(f".{os.getpid()}.parquet")
        loaded_at = datetime.now(UTC)
        readings = readers.read(self.con, source)
        try:
            queries, counts = self.write(target, identity, readings, half_written, loaded_at)
            self.check_copy(target, identity, counts)
            unread = Unread(
                self.without_blank(queries.unknown, half_written),
                queries.absent,
                _unread_sheets(target, source),
            )
            emptied = self.count_emptied(target, half_written)
            after = target.path.stat()
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                raise RefusedFile(
                    f"{target.shown_as} changed while it was read. Copy files in under a name "
                    "that ends in .part and rename them when they are complete."
                )
            make_durable(half_written)
            move_durably(half_written, landed)
        finally:
            half_written.unlink(missing_ok=True)
        if counts.read != counts.loaded + counts.quarantined + counts.excluded:
            raise AssertionError(f"{target.shown_as}: {counts} do not add up")

        def count_in() -> None:
            kept = 0
            if counts.quarantined:
                kept = write_quarantine(self.con, identity, queries.quarantined(_APART))
            if kept != counts.quarantined:
                raise AssertionError(
                    f"{target.shown_as}: {kept} quarantined rows were written where "
                    f"{counts.quarantined} were counted"
                )
            write_load(
                self.con,
                identity,
                "loaded",
                counts,
                loaded_at=loaded_at,
                unread=unread,
                moments_emptied=emptied,
                stat=before,
            )

        self.replace(target, count_in)
        self.con.execute(f"drop table if exists {_APART}")
        return LoadResult(target, "loaded", *counts, **unread._asdict())

    def write(
        self,
        target: Target,
        identity: Identity,
        readings: Iterator[Reading],
        path: Path,
        loaded_at: datetime,
    ) -> tuple[RowQueries, Counts]:
        """Write the rows that land as Parquet, by the first reading that accounts for all rows."""
        failure: duckdb.Error | None = None
        for delivered in readings:
            failure = None
            reading = reshaped(self.con, target, delivered)
            queries = queries_of(target, reading)
            try:
                records = self.records(reading)
                if records is None:
                    continue
                loaded = self.count(
                    f"copy ({queries.landed(identity, loaded_at)}) to {sql.text(str(path))} "
                    "(format parquet, compression zstd)"
                )
                quarantined, excluded = 0, 0
                if records != loaded:
                    quarantined, excluded = self.set_apart(queries, path)
            except duckdb.Error as error:
                if explain(error, self.settings):
                    raise
                failure = error
                continue
            if records == loaded + quarantined + excluded:
                self.check_share(target, queries, loaded, quarantined)
                excluded += reading.preamble
                read = loaded + quarantined + excluded
                return queries, Counts(read, loaded, quarantined, excluded)
        if failure is not None:
            raise RefusedFile(
                f"{target.shown_as} cannot be read as {target.format} "
                "(damaged, or not in that format). Deliver it again."
            ) from failure
        raise RefusedFile(
            f"{target.shown_as} cannot be read so that all of its rows are accounted for. "
            "Deliver it again, as UTF-8 CSV with every cell quoted."
        )

    def records(self, reading: Reading) -> int | None:
        """How many records a reading has to account for; ``None`` where it misses lines."""
        if reading.lines is None:
            return reading.records
        records, end = self.con.execute(
            f"select count(*), max(_end) from ({reading.relation})"
        ).fetchall()[0]
        return int(records) if end == reading.lines else None

    def set_apart(self, queries: RowQueries, landed: Path) -> tuple[int, int]:
        """Keep the rows that do not land in a temporary table, which quarantine reads.

        Gives how many are quarantined and how many excluded.
        """
        self.con.execute(
            f"create or replace temp table {_APART} as "
            f"select * from ({queries.coded_beside(_parquet(landed))}) where _code is not null"
        )
        quarantined, excluded = self.con.execute(
            f"select count(*) filter (where _code >= 0), "
            f"count(*) filter (where _code = {EXCLUDED}) from {_APART}"
        ).fetchall()[0]
        return quarantined, excluded

    def check_share(
        self, target: Target, queries: RowQueries, loaded: int, quarantined: int
    ) -> None:
        """Raises :class:`RefusedFile` for a file with too many rows that cannot be read."""
        limit = self.settings.max_quarantined
        rows = loaded + quarantined
        few = rows < _LEAST_ROWS or quarantined <= limit * rows
        # Of a file of one row nobody can say that it is bad as a whole.
        if not quarantined or limit == 1 or (few and (loaded or rows == 1)):
            return
        reasons = self.con.execute(queries.commonest(_APART)).fetchall()
        alike = reasons[0][0]
        why = ", for different reasons, such as"
        if alike > 1 or quarantined == 1:
            why = f". {alike:,} of them for one reason, such as"
        examples = "; ".join(f"line {line}: {reason}" for _, line, reason in reasons)
        raise RefusedFile(
            f"{target.shown_as} was not landed, because {quarantined:,} of its {rows:,} rows "
            f"cannot be read{why} {examples}. Correct the file or its mapping; "
            "LEADHOUSE_MAX_QUARANTINED says how many bad rows a file may have.",
            rows=rows,
        )

    def without_blank(self, unknown: tuple[str, ...], landed: Path) -> tuple[str, ...]:
        """``unknown`` without the nameless columns that are blank in every landed row.

        Spreadsheets saved as CSV end each line in such columns; they tell nobody anything.
        """
        nameless = [name for name in unknown if is_nameless(name)]
        if not nameless:
            return unknown
        filled = ", ".join(
            f"coalesce(bool_or(json_exists(_extra, {sql.text('/' + name)})), false)"
            for name in nameless
        )
        found = self.con.execute(f"select {filled} from {_parquet(landed)}").fetchall()[0]
        blank = {name for name, has in zip(nameless, found, strict=True) if not has}
        return tuple(name for name in unknown if name not in blank)

    def count_emptied(self, target: Target, landed: Path) -> int:
        """How many cells landed empty because what they hold is no moment."""
        landed_rows = f"{_parquet(landed)} where _delivered is not null"
        return sum(
            self.count(
                f"select count(*) from {landed_rows} and {sql.name(name)} is null "
                f"and json_exists(_delivered, '/{name}')"
            )
            for name in optional_moments(target)
        )

    def refuse(self, target: Target, refusal: RefusedFile) -> LoadResult:
        """Take nothing from the file, and say so where quarantined rows are looked for."""
        try:
            identity = Identity.of(target, sha256_of(target.path))
        except OSError:
            identity = Identity.of(target, "")
        self.replace(target, lambda: write_refusal(self.con, identity, refusal))
        rows = refusal.rows
        return LoadResult(
            target, "refused", rows_read=rows, rows_quarantined=rows, error=str(refusal)
        )

    def replace(self, target: Target, write: Callable[[], None]) -> None:
        """Replace what the file's earlier load left behind, in one transaction."""
        with transaction(self.con):
            supersede(self.con, Key.of(target))
            write()

    def count(self, statement: str) -> int:
        """Run a statement that answers with its number of rows."""
        return int(self.con.execute(statement).fetchall()[0][0])


def _source(target: Target, scratch: Path) -> Source:
    """The file for the readers, under a name that holds no pattern."""
    link = scratch / f"source.{target.format}"
    link.symlink_to(target.path)
    mapping = target.mapping
    return Source(
        path=link,
        shown_as=target.shown_as,
        format=target.format,
        entity=target.entity,
        expected=expected_columns(target),
        required=frozenset(required_columns(target)),
        scratch=scratch,
        compressed=target.compressed,
        encoding=target.encoding,
        delimiter=mapping.delimiter if mapping else None,
        sheet=mapping.sheet if mapping else None,
        skip=(mapping.skip if mapping else None) or 0,
        header=mapping.header if mapping else None,
        down=frozenset(map(folded, mapping.down)) if mapping else frozenset(),
    )


def _unread_sheets(target: Target, source: Source) -> tuple[str, ...]:
    """The sheets of a workbook that no mapping reads; they are told of once a file."""
    if not target.keeps_extra:
        return ()
    others: list[tuple[str | None, str]] = [(each.sheet, each.entity) for each in target.beside]
    others += [(sheet, "") for sheet in target.looked_up]
    return readers.unread_sheets(source, others)


def _about(target: Target, error: OSError) -> bool:
    """Whether the delivered file, not the machine, is at fault."""
    file = str(error.filename)
    return file == str(target.path) or Path(file).name == f"source.{target.format}"


def _unreadable(target: Target, error: OSError) -> RefusedFile:
    if isinstance(error, FileNotFoundError):
        return RefusedFile(
            f"{target.shown_as} was removed while this run was landing. Put it back, or run again "
            "to land without it."
        )
    return RefusedFile(
        f"{target.shown_as} cannot be read ({error.strerror or error}). "
        "Check the file and its permissions."
    )


def _parquet(path: Path) -> str:
    return f"read_parquet({sql.text(str(path))}, hive_partitioning = false)"
