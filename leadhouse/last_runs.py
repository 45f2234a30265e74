"""How what was started by the command line ended last, for `leadhouse status`.

Dagster records only the runs that get as far as its job.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from leadhouse.errors import LeadhouseError
from leadhouse.files import write_whole
from leadhouse.progress import progress
from leadhouse.settings import Settings


@dataclass(frozen=True)
class LastRuns:
    """When a run failed last and what it said, when one succeeded last: seconds since 1970, UTC."""

    failed_at: float = 0.0
    failure: str = ""
    succeeded_at: float = 0.0


def last_runs(settings: Settings) -> LastRuns:
    """What was noted; nothing in a new home, and where the file is damaged."""
    try:
        return LastRuns(**json.loads(settings.last_runs_file.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return LastRuns()


@contextmanager
def failures_noted(settings: Settings) -> Iterator[None]:
    """Note what stops the block. Whoever stops it by hand is not noted."""
    try:
        yield
    except Exception as error:
        untold = f"an unexpected failure; its log in {settings.logs_dir} has its traceback"
        note_failure(settings, str(error) if isinstance(error, LeadhouseError) else untold)
        raise


def note_failure(settings: Settings, message: str) -> None:
    """Note that a run failed now. ``message`` holds no personal data."""
    _note(settings, replace(last_runs(settings), failed_at=time.time(), failure=message))


def note_success(settings: Settings) -> None:
    """Note that a run succeeded now."""
    _note(settings, replace(last_runs(settings), succeeded_at=time.time()))


def _note(settings: Settings, runs: LastRuns) -> None:
    """A note that cannot be kept is a warning and never the reason why a run fails."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        write_whole(settings.last_runs_file, json.dumps(asdict(runs)))
    except OSError as error:
        progress.warning("how this run ended could not be kept: %s", error)
