"""One writer at a time: the lease that every run holds from its start to its end."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadhouse.errors import LeadhouseError
from leadhouse.settings import Settings

log = logging.getLogger(__name__)


@contextmanager
def writer_lease(settings: Settings) -> Iterator[None]:
    """Hold ``run.lock`` of the home folder; wait for whoever holds it, never fail because of them.

    A dbt process takes ``build.lock`` for itself, so that one whose run was killed is waited for
    too. The kernel gives both up when their holder ends. Raises
    :class:`LeadhouseError` when the home folder cannot be written.
    """
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        run = _open(settings.run_lock)
    except OSError as error:
        raise LeadhouseError(
            f"The home folder {settings.home} cannot be written ({error.strerror}). "
            "Make it writable or name another in LEADHOUSE_HOME."
        ) from error
    try:
        _take(run, settings.run_lock)
        build = _open(settings.build_lock)
        try:
            _take(build, settings.build_lock)
        finally:
            os.close(build)
        os.ftruncate(run, 0)
        os.pwrite(run, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(run)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _take(handle: int, path: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(handle, 32, 0).decode(errors="replace").strip()
        log.info("waiting for the run that holds %s (process %s)", path, holder or "unknown")
        fcntl.flock(handle, fcntl.LOCK_EX)
