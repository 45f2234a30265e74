"""From a published table to a file."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from leadhouse.database import open_published
from leadhouse.errors import LeadhouseError
from leadhouse.exports.files import FORMATS, draft_of, write_rows
from leadhouse.exports.tables import choose_table, parse_day, select_rows
from leadhouse.paths import MAIN_FILE
from leadhouse.settings import Settings


def export_table(
    settings: Settings,
    export: str,
    kind: str,
    out: Path,
    first: str | None = None,
    last: str | None = None,
    filters: Sequence[str] = (),
    date_basis: str | None = None,
    pii: bool = False,
) -> int:
    """Write rows of a published table to ``out`` and return how many (DJ-14).

    ``export`` is a name of :data:`leadhouse.exports.tables.TABLES`, ``kind`` csv, xlsx or parquet;
    ``first`` and ``last`` are inclusive days (YYYY-MM-DD) of the table's own date, ``filters`` are
    ``column=value``. ``out`` appears complete or not at all. Raises :class:`LeadhouseError`.
    """
    if kind not in FORMATS:
        raise LeadhouseError(f"--format is {kind!r}. It can be {', '.join(FORMATS)}.")
    table = choose_table(export, pii, date_basis)
    days = parse_day("--from", first), parse_day("--to", last)
    with (
        draft_of(settings, out, kind, private=pii) as draft,
        open_published(settings, table.file, draft.parent) as con,
        nullcontext(con) if table.file == MAIN_FILE else open_published(settings) as main,
    ):
        rows = select_rows(con, table, *days, filters, main=main)
        return write_rows(con, rows, draft, export, settings.timezone)
