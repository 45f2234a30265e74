"""What every command shares: its settings, what people see and what goes to the log, failures."""

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
from time import monotonic
from typing import IO, TYPE_CHECKING, Any

import click

from leadhouse.errors import LeadhouseError, RefusedFile
from leadhouse.settings import Settings, load_settings, reading_settings

if TYPE_CHECKING:
    from rich.live import Live

_KEPT_LOGS = 50
_TOLD_TO_PEOPLE = ("leadhouse.lock", "leadhouse.progress")
_STEPS = "leadhouse.steps"
_LEAST_SECONDS = 3
_SHARE_OF_TIME = 0.2

quiet_option = click.option("--quiet", is_flag=True, help="Say nothing but warnings and failures.")


class Terminal:
    """Stdout for people, and a log file that gets everything else this process writes.

    A ``quiet`` one passes on warnings only.
    """

    def __init__(self, settings: Settings, command: str, quiet: bool = False) -> None:
        settings.logs_dir.mkdir(parents=True, exist_ok=True)
        for old in sorted(settings.logs_dir.glob("*.log"))[: -_KEPT_LOGS + 1]:
            old.unlink(missing_ok=True)
        self.log = settings.logs_dir / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{command}.log"
        self._stdout = os.fdopen(os.dup(1), "w", buffering=1)
        self._file: IO[str] = self.log.open("a", buffering=1)
        can_update = self._stdout.isatty() and os.environ.get("TERM") != "dumb"
        self._steps = _UpdatedLine(self._stdout) if can_update else _PlainLines(self._stdout)
        self._quiet = quiet

    def say(self, text: str) -> None:
        """One line for the person at the terminal."""
        if not self._quiet:
            self._tell(text)

    def _tell(self, text: str) -> None:
        self._steps.end()
        print(text, file=self._stdout)

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
        heard = [(name, _People(self._tell, self._quiet)) for name in _TOLD_TO_PEOPLE]
        heard.append((_STEPS, _People(self._steps.show, self._quiet)))
        for name, people in heard:
            logging.getLogger(name).addHandler(people)
        os.dup2(self._file.fileno(), 1)
        os.dup2(self._file.fileno(), 2)
        try:
            yield
        except BaseException:
            # A full disk must not hide what is being reported.
            with suppress(OSError):
                self._file.write(traceback.format_exc())
            raise
        finally:
            self._steps.end()
            with suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)
            os.close(kept[0])
            os.close(kept[1])
            root.removeHandler(handler)
            for name, people in heard:
                logging.getLogger(name).removeHandler(people)


class _UpdatedLine:
    """Long work's state in one line of a terminal, which is updated; whoever writes ends it."""

    def __init__(self, stdout: IO[str]) -> None:
        self._stdout = stdout
        self._live: Live | None = None

    def show(self, text: str) -> None:
        """Put ``text`` in the place of the line before."""
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        if self._live is None:
            self._live = Live(
                console=Console(file=self._stdout),
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        self._live.update(Text(text, no_wrap=True, overflow="ellipsis"), refresh=True)

    def end(self) -> None:
        """Remove the line."""
        if self._live is not None:
            self._live.stop()
            self._live = None


class _PlainLines:
    """Long work's state where no line can be updated: a line now and then, ever more seldom."""

    def __init__(self, stdout: IO[str]) -> None:
        self._stdout = stdout
        self._began = self._said = 0.0

    def show(self, text: str) -> None:
        """Write ``text``, unless the work or the line before began a short while ago."""
        now = monotonic()
        if not self._began:
            self._began = self._said = now
        if now - self._said >= max(_LEAST_SECONDS, _SHARE_OF_TIME * (now - self._began)):
            self._said = now
            print(text, file=self._stdout)

    def end(self) -> None:
        """Nothing to remove."""


class _People(logging.Handler):
    """Tells the person at the terminal how far the run is, and what it waits for."""

    def __init__(self, say: Callable[[str], None], quiet: bool) -> None:
        super().__init__(logging.WARNING if quiet else logging.INFO)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Pass the line on."""
        self._say(record.getMessage())


def command(work: Callable[..., None]) -> Callable[..., None]:
    """A command that writes: gets settings and a terminal; all else it prints goes to its log."""

    def run(logs: list[Path], arguments: dict[str, Any]) -> None:
        settings = load_settings()
        terminal = Terminal(settings, work.__name__, arguments.pop("quiet", False))
        logs.append(terminal.log)
        with terminal.captured():
            work(settings, terminal, **arguments)

    return _told(work, run)


def reading_command(work: Callable[..., None]) -> Callable[..., None]:
    """A command that reads published files: gets settings without the key, and leaves no log."""

    def run(_logs: list[Path], arguments: dict[str, Any]) -> None:
        work(reading_settings(), **arguments)

    return _told(work, run)


def _told(
    work: Callable[..., None], run: Callable[[list[Path], dict[str, Any]], None]
) -> Callable[..., None]:
    """Every failure is one clear message and exit status 1."""

    @wraps(work)
    def wrapped(**arguments: Any) -> None:
        logs: list[Path] = []
        try:
            run(logs, arguments)
        except (LeadhouseError, RefusedFile) as error:
            _fail(str(error))
        except (SystemExit, BrokenPipeError):
            # click ends quietly when whoever reads its output has read enough.
            raise
        except OSError as error:
            _fail(_system_message(error, logs))
        except Exception as error:
            _fail(_unexpected(error, logs))
        except BaseException:
            _fail("Stopped. Nothing was published by this run; run again when you like.")

    return wrapped


def _fail(message: str) -> None:
    click.echo(message, err=True)
    raise SystemExit(1)


def _system_message(error: OSError, logs: list[Path]) -> str:
    """A folder that is not writable or a full disk: what to fix instead of what went wrong."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return (
            f"The disk is full ({error.filename or 'LEADHOUSE_HOME'}). Free some space and run "
            "again; what was published stays."
        )
    if not logs:
        return (
            f"{error.filename or 'LEADHOUSE_HOME'} is not writable ({error.strerror}). Make it "
            "writable, or name another folder in LEADHOUSE_HOME."
        )
    return _unexpected(error, logs)


def _unexpected(error: Exception, logs: list[Path]) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    where = "".join(f" Details are in {log}." for log in logs)
    return f"Unexpected failure: {lines[0]}{where}"
