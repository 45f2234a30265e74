"""The commands ``leadhouse export`` and ``leadhouse why``."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from leadhouse.cli.terminal import reading_command
from leadhouse.errors import LeadhouseError
from leadhouse.settings import Settings, reading_settings

_TO_STDOUT = Path("-")


def _tables(context: click.Context, _argument: click.Parameter, begun: str) -> list[CompletionItem]:
    """What the shell may complete: short names, and the tables of the published file."""
    from leadhouse.database import open_published
    from leadhouse.exports.tables import SHORT_NAMES, published_tables

    names = list(SHORT_NAMES)
    try:
        with open_published(reading_settings()) as con:
            names += [f"{schema}.{table}" for schema, table in published_tables(con)]
    except LeadhouseError:
        pass
    return [CompletionItem(name) for name in names if name.startswith(begun)]


@click.command(
    epilog="Example: leadhouse export deal-journal --from 2024-01-01 --filter status=won "
    "--out won.xlsx"
)
@click.argument("table", shell_complete=_tables)
@click.option("--from", "first", metavar="DAY", help="First day (YYYY-MM-DD), inclusive.")
@click.option("--to", "last", metavar="DAY", help="Last day (YYYY-MM-DD), inclusive.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["csv", "xlsx", "parquet"]),
    help="csv and xlsx for people, parquet for machines. Not needed when --out has an ending.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, allow_dash=True),
    required=True,
    metavar="FILE",
    help="The file to write, which ends in .csv, .xlsx or .parquet; an earlier export of that name "
    "is replaced. `-` is standard output (csv, unless --format says something else).",
)
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="COLUMN=VALUE",
    help="Keep these rows only. Again with the same column: either value; with another column: "
    "both must hold. No value (`source=`): cells without one.",
)
@click.option(
    "--date-basis",
    type=click.Choice(["created", "outcome"]),
    help="deal-journal: the day a deal was created (default), or was won or lost.",
)
@click.option(
    "--pii", is_flag=True, help="The table with names, e-mails, phones, recordings, if it has one."
)
@reading_command
def export(
    settings: Settings,
    table: str,
    first: str | None,
    last: str | None,
    kind: str | None,
    out: Path,
    filters: tuple[str, ...],
    date_basis: str | None,
    pii: bool,
) -> None:
    """Write a published table as a file.

    TABLE is deal-journal, journey, calls, channel-return, leads, tasks, scorecard, missed-calls,
    pipeline-daily, forecast, attribution, costs, offline-conversions (with --pii), or any other
    published table, such as reports.rpt_funnel. Without --from and --to everything is written; they
    apply to the table's first date column. Tables by week, month or another period give every one
    that the days touch, whole. In csv and xlsx,
    times are local times of LEADHOUSE_TIMEZONE. Text that a spreadsheet would take for a formula
    begins with an apostrophe in csv. Long ids survive opening in Excel in xlsx, not in csv.
    """
    from leadhouse.exports.export import export_table

    rows = export_table(settings, table, kind, out, first, last, filters, date_basis, pii)
    if out != _TO_STDOUT:
        click.echo(f"wrote {rows:,} {'row' if rows == 1 else 'rows'} to {out}")


@click.command(epilog="Example: leadhouse why deal 4400000000000000104")
@click.argument("kind", type=click.Choice(["contact", "deal", "call"]))
@click.argument("subject_id", metavar="ID")
@reading_command
def why(settings: Settings, kind: str, subject_id: str) -> None:
    """Say where a contact, a deal or a call came from, and how Leadhouse knows."""
    from leadhouse.exports.why import explain

    click.echo(explain(settings, kind, subject_id))
