"""The command line: one command, ``leadhouse``."""

from __future__ import annotations

import errno
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import IO, Any

import click

from leadhouse.cli.export import export, why
from leadhouse.errors import LeadhouseError
from leadhouse.paths import MAIN_FILE, PII_FILE
from leadhouse.settings import Settings, load_settings, settings_help

_KEPT_LOGS = 50
TOLD_TO_PEOPLE = ("leadhouse.lock", "leadhouse.progress")

SETTINGS_HELP = "\b\nSettings come from the environment:\n" + settings_help()


class _Output:
    """Stdout for people, and a log file that gets everything else this process writes."""

    def __init__(self, settings: Settings, command: str) -> None:
        folder = settings.logs_dir
        folder.mkdir(parents=True, exist_ok=True)
        for old in sorted(folder.glob("*.log"))[: -_KEPT_LOGS + 1]:
            old.unlink(missing_ok=True)
        self.log = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{command}.log"
        self._stdout = os.fdopen(os.dup(1), "w", buffering=1)
        self._file: IO[str] = self.log.open("a", buffering=1)

    @contextmanager
    def captured(self) -> Iterator[None]:
        """Send file descriptors 1 and 2 (this process's and its children's) to the log."""
        sys.stdout.flush()
        sys.stderr.flush()
        kept = os.dup(1), os.dup(2)
        handler = logging.StreamHandler(self._file)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        root = logging.getLogger()
        root.addHandler(handler)
        root.setLevel(logging.INFO)
        people = _People(self.say)
        for name in TOLD_TO_PEOPLE:
            logging.getLogger(name).addHandler(people)
        os.dup2(self._file.fileno(), 1)
        os.dup2(self._file.fileno(), 2)
        try:
            yield
        finally:
            with suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)
            os.close(kept[0])
            os.close(kept[1])
            root.removeHandler(handler)

    def say(self, text: str) -> None:
        """One line for the person at the terminal."""
        print(text, file=self._stdout)

    def note(self, text: str) -> None:
        """One line for the log alone; a full disk must not hide what is being reported."""
        with suppress(OSError):
            self._file.write(text + "\n")


class _People(logging.Handler):
    """Tells the person at the terminal how far the run is, and what it waits for."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Pass the line on."""
        self._say(record.getMessage())


def _command(work: Callable[..., None]) -> Callable[..., None]:
    """Settings in, output captured, every failure one clear message and exit status 1."""

    @wraps(work)
    def wrapped(**arguments: Any) -> None:
        log: Path | None = None
        try:
            settings = load_settings()
            output = _Output(settings, work.__name__.rstrip("_"))
            log = output.log
            with output.captured():
                try:
                    work(settings, output, **arguments)
                except BaseException:
                    output.note(traceback.format_exc())
                    raise
        except LeadhouseError as error:
            _fail(str(error))
        except SystemExit:
            raise
        except OSError as error:
            _fail(_system_message(error, log))
        except Exception as error:
            _fail(_unexpected(error, log))
        except BaseException:
            _fail("Stopped. Nothing was published by this run; run again when you like.")

    return wrapped


def _fail(message: str) -> None:
    click.echo(message, err=True)
    raise SystemExit(1)


def _system_message(error: OSError, log: Path | None) -> str:
    """A folder that cannot be written or a full disk: what to fix instead of what went wrong."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return (
            f"The disk is full ({error.filename or 'LEADHOUSE_HOME'}). Free some space and run "
            "again; what was published stays."
        )
    if log is None:
        return (
            f"{error.filename or 'LEADHOUSE_HOME'} cannot be written ({error.strerror}). Make it "
            "writable, or name another folder in LEADHOUSE_HOME."
        )
    return _unexpected(error, log)


def _unexpected(error: Exception, log: Path | None) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    where = f" The whole story is in {log}." if log else ""
    return f"Unexpected failure: {lines[0]}{where}"


@click.group(epilog=SETTINGS_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="leadhouse")
def main() -> None:
    """Leadhouse turns the files of a drop folder into answers about leads, deals and spend.

    Put deliveries into the drop folder, one folder per day (drop/2024-03-01/contacts.csv), and
    call `leadhouse run`. The answers are tables in .leadhouse/published/leadhouse.duckdb. No data
    at hand? `leadhouse demo` makes up a company first.
    """


@main.command()
@_command
def run(settings: Settings, output: _Output) -> None:
    """Do everything: land what is new, build, check and publish.

    This is the job that the schedule and the web UI run as well. When a check fails, nothing is
    published and what was published before stays.
    """
    from orchestration.instance import use_instance

    use_instance(settings)
    from orchestration.run import run_daily

    run_daily(settings, output.say)
    _where_to_look(settings, output)


@main.command()
@click.option("--entity", help="Land the files of this entity only, for example contacts.")
@click.option("--day", "days", multiple=True, help="Land this delivery (YYYY-MM-DD) again.")
@_command
def land(settings: Settings, output: _Output, entity: str | None, days: tuple[str, ...]) -> None:
    """Load new and changed deliveries into the build file, and nothing more."""
    from leadhouse.cli.commands import land as work

    work(settings, output.say, entity, days)


@main.command()
@_command
def build(settings: Settings, output: _Output) -> None:
    """Build and check everything from what has landed, without publishing it."""
    from leadhouse.cli.commands import build as work

    work(settings, output.say)


@main.command()
@click.option("--rollback", is_flag=True, help="Go back to the build published before this one.")
@_command
def publish(settings: Settings, output: _Output, rollback: bool) -> None:
    """Publish what `leadhouse build` made, or go back to an earlier build."""
    from leadhouse.cli.commands import publish as work

    work(settings, output.say, rollback)
    _where_to_look(settings, output)


@main.command()
@click.option(
    "--scale",
    type=click.Choice(["S", "M", "L"], case_sensitive=False),
    default="S",
    show_default=True,
    help="S takes seconds; M has 200,000 contacts; L is ten times M.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same bytes.")
@click.option(
    "--drop",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write here instead of the drop folder.",
)
@_command
def demo(settings: Settings, output: _Output, scale: str, seed: int, drop: Path | None) -> None:
    """Write the files of a made-up company into the drop folder, a year of them."""
    from leadhouse.cli.commands import demo as work

    work(drop or settings.drop, output.say, scale.upper(), seed)


@main.command()
@_command
def doctor(settings: Settings, output: _Output) -> None:
    """Check folders, settings, mappings, seeds and panels, and say what to fix."""
    from leadhouse.cli.doctor import examine

    examine(settings, output.say)


def _where_to_look(settings: Settings, output: _Output) -> None:
    from leadhouse.publishing import current_build

    output.say(f"Published build {current_build(settings)}. Look here:")
    output.say(f"  {settings.published_dir / MAIN_FILE}      tables without personal data")
    output.say(f"  {settings.published_dir / PII_FILE}  with it, for its owner only")


main.add_command(export)
main.add_command(why)


if __name__ == "__main__":
    main()
