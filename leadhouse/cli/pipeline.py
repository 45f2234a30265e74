"""The commands that bring data from the drop folder to the published files."""

from __future__ import annotations

import os
import uuid
from collections.abc import Collection
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadhouse.cli.terminal import Terminal, command, quiet_option
from leadhouse.errors import LeadhouseError, SettingsError
from leadhouse.paths import MAIN_FILE, PII_FILE
from leadhouse.settings import PREFIX, Settings, load_settings

if TYPE_CHECKING:
    from ingestion.plan import LandingPlan

# What lands, builds and publishes is imported by the command that needs it: `--help` is quick.


@click.command(
    epilog="Example: leadhouse run --as-of 2024-04-03 --as-known-at 2024-04-03 --into then"
)
@click.option("--full", is_flag=True, help="Build even when nothing changed since the last run.")
@click.option("--as-of", help="Only events before this exist (instead of LEADHOUSE_AS_OF).")
@click.option(
    "--as-known-at", help="Only deliveries up to this day exist (instead of LEADHOUSE_AS_KNOWN_AT)."
)
@click.option(
    "--target",
    type=click.Choice(("duckdb", "spark")),
    help="What builds (instead of LEADHOUSE_ENGINE).",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    help="Land nothing, and publish into this folder, beside what is published.",
)
@quiet_option
@command
def run(
    settings: Settings,
    terminal: Terminal,
    full: bool,
    as_of: str | None,
    as_known_at: str | None,
    target: str | None,
    into: Path | None,
) -> None:
    """Do everything: land what is new, build, check and publish.

    When no delivery, setting, clock or code changed since the run whose build is published, the
    command says so and ends.

    This is the job that the schedule and the web UI run as well. When a check fails, nothing is
    published and what was published before stays.

    With `--into` a past day is built once more from what has landed, beside what is published.
    """
    from leadhouse.alerts import watched

    settings = _with_given(settings, as_of=as_of, as_known_at=as_known_at, engine=target)
    if into is not None:
        from leadhouse.past import build_past

        build_past(settings, into.absolute(), terminal.say)
        return

    with watched(settings):
        if not full and (build := _unchanged_build(settings)):
            again = "`leadhouse run --full` builds again"
            terminal.say(f"nothing changed since build {build}; {again}")
        else:
            from orchestration.instance import use_instance

            use_instance(settings)
            from orchestration.run import run_daily

            run_daily(settings, terminal.say)
    _where_to_look(settings, terminal)


@click.command(epilog="Example: leadhouse land --day 2024-03-01 --entity contacts")
@click.option("--entity", help="Land the files of this entity only, for example contacts.")
@click.option("--day", "days", multiple=True, help="Land this delivery (YYYY-MM-DD) again.")
@click.option(
    "--withdraw",
    "withdrawn",
    multiple=True,
    help="Take back this delivery (YYYY-MM-DD), which is landed and no longer in the drop folder.",
)
@quiet_option
@command
def land(
    settings: Settings,
    terminal: Terminal,
    entity: str | None,
    days: tuple[str, ...],
    withdrawn: tuple[str, ...],
) -> None:
    """Load new and changed deliveries into the build file, and nothing more."""
    from ingestion import load
    from ingestion.contract import ENTITIES
    from ingestion.load_log import record_unknown
    from ingestion.plan import make_plan
    from ingestion.warehouse import open_warehouse
    from leadhouse.database import failures_explained
    from leadhouse.last_runs import failures_noted
    from leadhouse.lock import writer_lock
    from leadhouse.progress import (
        archived_in_words,
        in_words,
        warn_of_files_set_aside,
        warn_of_what_is_not_read,
    )

    if entity is not None and entity not in ENTITIES:
        names = ", ".join(ENTITIES)
        raise LeadhouseError(f"There is no entity {entity!r}. The entities are {names}.")
    chosen = {_day(text, "--day") for text in days} or None
    back = {_day(text, "--withdraw") for text in withdrawn}
    with failures_noted(settings):
        with writer_lock(settings), failures_explained(settings), open_warehouse(settings) as con:
            plan = make_plan(con, settings)
            record_unknown(con, plan.inventory)
            warn_of_files_set_aside(plan.inventory)
            _require_deliveries(plan, chosen or (), back)
            targets = plan.slice(None if entity is None else [entity], chosen)
            targets += [target for target in plan.archived if target.delivery_date in back]
            results = load.land(con, settings, targets, force=chosen is not None)
        warn_of_what_is_not_read(results)
        terminal.say(f"landed {in_words(results)}")
        if message := load.failure_message(results, plan.problems):
            archived = [day for day in plan.archived_days if day not in back]
            raise LeadhouseError(message + archived_in_words(archived))


@click.command(epilog="Example: leadhouse build")
@quiet_option
@command
def build(settings: Settings, terminal: Terminal) -> None:
    """Build and check everything from what has landed, without publishing it."""
    from ingestion.warehouse import open_warehouse
    from leadhouse.build import build_results
    from leadhouse.last_runs import failures_noted
    from leadhouse.lock import writer_lock

    with failures_noted(settings), writer_lock(settings):
        open_warehouse(settings).close()
        for _ in build_results(settings, str(uuid.uuid4()), datetime.now(UTC)):
            pass
    terminal.say("`leadhouse publish` makes them current")


@click.command(epilog="Example: leadhouse publish --rollback")
@click.option("--rollback", is_flag=True, help="Go back to the build published before this one.")
@quiet_option
@command
def publish(settings: Settings, terminal: Terminal, rollback: bool) -> None:
    """Publish what `leadhouse build` made, or go back to an earlier build."""
    from leadhouse import publishing
    from leadhouse.last_runs import failures_noted, note_success
    from leadhouse.lock import writer_lock

    with failures_noted(settings), writer_lock(settings):
        if rollback:
            terminal.say(f"went back to build {publishing.rollback(settings)}")
        else:
            done = publishing.publish(settings)
            note_success(settings)
            terminal.say(f"audited {done.tables} tables with {done.rows:,} rows")
    _where_to_look(settings, terminal)


@click.command(
    "dbt",
    context_settings={"ignore_unknown_options": True},
    epilog="Example: leadhouse dbt build --select rpt_top_deals",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="DBT_ARGUMENTS...")
@command
def dbt_by_hand(settings: Settings, terminal: Terminal, arguments: tuple[str, ...]) -> None:
    """Run dbt on chosen models, against the tables of the build published last.

    Nothing that it builds is published; the next run starts afresh.
    """
    from leadhouse.workbench import run_dbt_by_hand

    run_dbt_by_hand(settings, arguments, terminal.say)


@click.command("what-if", epilog="Example: leadhouse what-if scenario.yml")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    help="Write into this folder instead of LEADHOUSE_HOME/what-if/<name of FILE>.",
)
@click.option(
    "--most", type=click.IntRange(1), default=5, show_default=True, help="Moves to show of a kind."
)
@quiet_option
@command
def what_if(
    settings: Settings, terminal: Terminal, file: Path, into: Path | None, most: int
) -> None:
    """Build with other seeds' rows, vars, settings or lookbacks, and say what would move.

    FILE is YAML with the keys lookback_days, seeds (rows by their key), vars and settings:

    \b
      lookback_days: 30
      seeds:
        source_rules:
          - {priority: 1, utm_source: newsletter, source: crm, medium: email}

    The build lies in files of its own, whose table trust.rpt_what_if has every cell that differs
    from what is published. Nothing published changes.
    """  # noqa: D301
    from leadhouse.what_if import what_if as build_scenario

    folder = into.absolute() if into else settings.what_if_dir / file.stem
    build_scenario(settings, file, folder, most, terminal.say)


def _with_given(settings: Settings, **given: str | None) -> Settings:
    """The settings with those of the command line, where it has any."""
    variables = {f"{PREFIX}{name.upper()}": text for name, text in given.items() if text}
    try:
        return load_settings({**os.environ, **variables}) if variables else settings
    except SettingsError as error:
        said = str(error)
        for variable in variables:
            option = f"--{variable.removeprefix(PREFIX).lower().replace('_', '-')}"
            said = said.replace(variable, option)
        raise SettingsError(said) from None


def _unchanged_build(settings: Settings) -> str | None:
    """The published build, when there is nothing that a run could change about it."""
    from ingestion.load_log import current_load_ids, record_unknown
    from ingestion.plan import make_plan
    from ingestion.warehouse import open_warehouse
    from leadhouse.alerts import tell_lateness
    from leadhouse.database import failures_explained
    from leadhouse.lock import writer_lock
    from leadhouse.progress import warn_of_files_set_aside
    from leadhouse.unchanged import unchanged_build

    if not settings.published_state_file.exists():
        return None
    with writer_lock(settings), failures_explained(settings), open_warehouse(settings) as con:
        plan = make_plan(con, settings)
        if plan.pending or plan.problems:
            return None
        record_unknown(con, plan.inventory)
        build = unchanged_build(settings, current_load_ids(con))
        if build:
            warn_of_files_set_aside(plan.inventory)
            tell_lateness(settings, plan.delivered_days)
        return build


def _where_to_look(settings: Settings, terminal: Terminal) -> None:
    from leadhouse.build import run_of
    from leadhouse.database import open_published
    from leadhouse.kept_builds import current_build

    with open_published(settings) as con:
        through = run_of(con).get("data_through_date")
    data = f", with data through {through}" if through else ""
    terminal.say(f"Published build {current_build(settings)}{data}. Look here:")
    terminal.say("  make panels      the same as pages in a browser, on this machine")
    terminal.say(f"  {settings.published_dir / MAIN_FILE}      tables without personal data")
    terminal.say(f"  {settings.published_dir / PII_FILE}  with it, for its owner only")


def _require_deliveries(plan: LandingPlan, again: Collection[date], back: Collection[date]) -> None:
    """Raise :class:`LeadhouseError` for a day whose delivery is not where the option needs it."""
    from leadhouse.progress import days_in_words

    there = plan.inventory.deliveries
    for day in again:
        if day not in there:
            raise LeadhouseError(
                f"--day {day}: there is no such delivery in the drop folder. Those "
                f"in it: {days_in_words(there)}."
            )
    for day in back:
        if day in there:
            raise LeadhouseError(
                f"--withdraw {day}: this delivery is in the drop folder. Remove its files and "
                "leave the folder, and the next landing takes their rows back."
            )
        if day not in plan.archived_days:
            raise LeadhouseError(
                f"--withdraw {day}: no such delivery is landed. Landed and no longer in the drop "
                f"folder: {days_in_words(plan.archived_days)}."
            )


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise LeadhouseError(
            f"{option} is {text!r}. Write a delivery day like 2024-03-01."
        ) from None
