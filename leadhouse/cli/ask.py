"""The commands ``leadhouse sql``, ``drill``, ``status`` and ``changes``: what is published."""

from __future__ import annotations

import shutil
import sys

import click

from leadhouse.cli.terminal import reading_command
from leadhouse.settings import Settings

_WIDE = 10_000
_format_option = click.option(
    "--format",
    "kind",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="How to write the answer.",
)


@click.command(epilog='Example: leadhouse sql "from trust.rpt_run"')
@click.argument("query", required=False)
@_format_option
@click.option("--pii", is_flag=True, help="Ask the file with personal data.")
@reading_command
def sql(settings: Settings, query: str | None, kind: str, pii: bool) -> None:
    """Ask the published tables in SQL.

    Without QUERY, or with `-`, it is read from standard input: leadhouse sql < question.sql.
    It cannot change anything. `show all tables` lists what there is to ask.
    """
    from leadhouse.exports.queries import answer

    if query is None or query == "-":
        if sys.stdin.isatty():
            click.echo("Write the query, and end it with Ctrl-D:", err=True)
        query = sys.stdin.read()
    answer(settings, query, kind, _width(), pii)


@click.command(epilog="Example: leadhouse drill funnel pipeline=Inbound --measure deals_lost_here")
@click.argument("report")
@click.argument("cell", nargs=-1, metavar="[COLUMN=VALUE]...")
@click.option("--measure", help="The keys of this column of the report only.")
@_format_option
@reading_command
def drill(
    settings: Settings, report: str, cell: tuple[str, ...], measure: str | None, kind: str
) -> None:
    """List the rows behind a number of a report: their keys and what each adds to it.

    COLUMN=VALUE names the cell by columns of the report's grain; what is left out may have any
    value, and (none) stands for none.
    """
    from leadhouse.exports.drill import drill_query
    from leadhouse.exports.queries import answer

    answer(settings, drill_query(settings, report, cell, measure), kind, _width())


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDE


@click.command(epilog="Example: leadhouse status")
@reading_command
def status(settings: Settings) -> None:
    """Say which build is published and how old it is, what failed last and what runs next."""
    from leadhouse.status import published_state, run_state

    # Dagster takes longer to import than all the rest.
    if settings.dagster_dir.exists():
        from orchestration.history import run_state

    lines = published_state(settings) + run_state(settings)
    width = max(len(name) for name, _ in lines)
    for name, words in lines:
        click.echo(f"{name:{width}}  " + words.replace("\n", f"\n{'':{width}}  "))


@click.command(epilog="Example: leadhouse changes --most 50")
@click.option(
    "--most", type=click.IntRange(0), default=10, show_default=True, help="Cells to show per cause."
)
@reading_command
def changes(settings: Settings, most: int) -> None:
    """Say which published numbers of past days the last build changed, and why."""
    from leadhouse.restatements import changes_in_words

    for line in changes_in_words(settings, most):
        click.echo(line)
