"""The commands ``leadhouse sql`` and ``leadhouse status``: what is published, for whoever asks."""

from __future__ import annotations

import shutil
import sys

import click

from leadhouse.cli.terminal import reading_command
from leadhouse.settings import Settings

_WIDE = 10_000


@click.command(epilog='Example: leadhouse sql "from trust.rpt_run"')
@click.argument("query", required=False)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="How to write the answer.",
)
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
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDE
    answer(settings, query, kind, width, pii)


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
