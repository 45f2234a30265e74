"""From a published table to a file."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from leadhouse.database import open_published
from leadhouse.exports.files import STANDARD_OUTPUT, draft_of, format_of, write_rows
from leadhouse.exports.tables import choose_table, parse_day, select_rows
from leadhouse.paths import MAIN_FILE, PII_FILE
from leadhouse.settings import Settings


def export_table(
    settings: Settings,
    export: str,
    kind: str | None,
    out: Path,
    first: str | None = None,
    last: str | None = None,
    filters: Sequence[str] = (),
    date_basis: str | None = None,
    pii: bool = False,
) -> int:
    """Write rows of a published table to ``out`` and return how many (DJ-14).

    ``export`` is as :func:`leadhouse.exports.tables.choose_table` says, ``kind`` csv, xlsx or
    parquet if the ending of ``out`` does not tell; ``first`` and ``last`` are inclusive days
    (YYYY-MM-DD) of the table's own date, ``filters`` are ``column=value``. ``out`` appears complete
    or not at all; ``-`` is standard output. Raises :class:`LeadhouseError`.
    """
    kind = format_of(out, kind)
    days = parse_day("--from", first), parse_day("--to", last)
    with open_published(settings, PII_FILE if pii else MAIN_FILE) as con:
        table = choose_table(con, export, pii, date_basis)
    with (
        draft_of(settings, out, kind, private=pii) as draft,
        open_published(settings, table.file, draft.parent) as con,
        open_published(settings) if pii else nullcontext(con) as main,
    ):
        rows = select_rows(con, table, *days, filters, main=main)
        is_file = out != STANDARD_OUTPUT
        return write_rows(con, rows, draft, table.title, settings.timezone, with_mark=is_file)
