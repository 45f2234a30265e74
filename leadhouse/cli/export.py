"""The commands ``leadhouse export`` and ``leadhouse why``."""

from __future__ import annotations

from pathlib import Path

import click

from leadhouse.cli.terminal import reading_command
from leadhouse.settings import Settings


@click.command()
@click.argument("table", type=click.Choice(["deal-journal", "journey", "calls", "channel-return"]))
@click.option("--from", "first", metavar="DAY", help="First day (YYYY-MM-DD), inclusive.")
@click.option("--to", "last", metavar="DAY", help="Last day (YYYY-MM-DD), inclusive.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["csv", "xlsx", "parquet"]),
    required=True,
    help="csv and xlsx for people, parquet for machines.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The file to write; an earlier export of that name is replaced.",
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
@click.option("--pii", is_flag=True, help="deal-journal: with names, e-mails, phones, recordings.")
@reading_command
def export(
    settings: Settings,
    table: str,
    first: str | None,
    last: str | None,
    kind: str,
    out: Path,
    filters: tuple[str, ...],
    date_basis: str | None,
    pii: bool,
) -> None:
    """Write a published table as a file: deal-journal, journey, calls or channel-return.

    Without --from and --to everything is written; channel-return has whole months only. In csv
    and xlsx, times are local times of LEADHOUSE_TIMEZONE, and text that a spreadsheet would take
    for a formula begins with an apostrophe. Long ids survive opening in Excel in xlsx, not in csv.
    """
    from leadhouse.exports.export import export_table

    rows = export_table(settings, table, kind, out, first, last, filters, date_basis, pii)
    click.echo(f"wrote {rows:,} {'row' if rows == 1 else 'rows'} to {out}")


@click.command()
@click.argument("kind", type=click.Choice(["contact", "deal", "call"]))
@click.argument("subject_id", metavar="ID")
@reading_command
def why(settings: Settings, kind: str, subject_id: str) -> None:
    """Say where a contact, a deal or a call came from, and how Leadhouse knows."""
    from leadhouse.exports.why import explain

    click.echo(explain(settings, kind, subject_id))
