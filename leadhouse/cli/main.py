"""The command line: one command, ``leadhouse``."""

from __future__ import annotations

import click

from leadhouse.cli.alert import alert
from leadhouse.cli.ask import changes, drill, sql, status
from leadhouse.cli.connectors import connect, extract
from leadhouse.cli.demo import demo
from leadhouse.cli.doctor import doctor
from leadhouse.cli.export import export, why
from leadhouse.cli.mapping import mapping
from leadhouse.cli.pipeline import build, dbt_by_hand, land, publish, run, what_if
from leadhouse.settings import settings_help


@click.group(
    epilog=f"\b\nSettings come from the environment:\n{settings_help()}",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="leadhouse")
def main() -> None:
    """Leadhouse turns the files of a drop folder into answers about leads, deals and spend.

    Put deliveries into the drop folder, one folder per day (drop/2024-03-01/contacts.csv), and
    call `leadhouse run`. The answers are tables in .leadhouse/published/leadhouse.duckdb. No data
    at hand? `leadhouse demo` makes up a company first.
    """


for _command in (
    *(run, land, build, publish, what_if, dbt_by_hand, demo, doctor, mapping, alert),
    *(extract, connect, sql, drill, status, changes, export, why),
):
    main.add_command(_command)


if __name__ == "__main__":
    main()
