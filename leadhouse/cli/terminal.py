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
from typing import IO, Any

import click

from leadhouse.errors import LeadhouseError
from leadhouse.settings import Settings, load_settings, reading_settings

_KEPT_LOGS = 50
_TOLD_TO_PEOPLE = ("leadhouse.lock", "leadhouse.progress")


class Terminal:
    """Stdout for people, and a log file that gets everything else this process writes."""

    def __init__(self, settings: Settings, command: str) -> None:
        settings.logs_dir.mkdir(parents=True, exist_ok=True)
        for old in sorted(settings.logs_dir.glob("*.log"))[: -_KEPT_LOGS + 1]:
            old.unlink(missing_ok=True)
        self.log = settings.logs_dir / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{command}.log"
        self._stdout = os.fdopen(os.dup(1), "w", buffering=1)
        self._file: IO[str] = self.log.open("a", buffering=1)

    def say(self, text: str) -> None:
        """One line for the person at the terminal."""
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
        people = _People(self.say)
        for name in _TOLD_TO_PEOPLE:
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
            with suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)
            os.close(kept[0])
            os.close(kept[1])
            root.removeHandler(handler)


class _People(logging.Handler):
    """Tells the person at the terminal how far the run is, and what it waits for."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Pass the line on."""
        self._say(record.getMessage())


def command(work: Callable[..., None]) -> Callable[..., None]:
    """A command that writes: gets settings and a terminal; all else it prints goes to its log."""

    def run(logs: list[Path], arguments: dict[str, Any]) -> None:
        settings = load_settings()
        terminal = Terminal(settings, work.__name__)
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
        except LeadhouseError as error:
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
