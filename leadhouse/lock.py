"""One writer at a time: locks of the kernel, which end with the process that holds them."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from leadhouse.errors import LeadhouseError
from leadhouse.settings import Settings

log = logging.getLogger(__name__)


@contextmanager
def writer_lock(settings: Settings) -> Iterator[None]:
    """Be the only run that writes; wait for the one that is writing, never fail because of it.

    A dbt process takes ``build.lock`` for itself, so that one whose run was killed is waited for
    too. Raises :class:`LeadhouseError` when the home folder is not writable.
    """
    with hold(settings.run_lock):
        with hold(settings.build_lock):
            pass
        yield


@contextmanager
def hold(file: Path) -> Iterator[None]:
    """Hold the lock ``file`` during the block; waits like :func:`acquire`."""
    lock = acquire(file)
    try:
        yield
    finally:
        lock.release()


def is_held(file: Path) -> bool:
    """Whether a process holds the lock ``file`` at this moment."""
    lock = FileLock(file, mode=0o600, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return True
    lock.release()
    return False


def acquire(file: Path) -> FileLock:
    """Hold the lock ``file`` until it is released or this process ends.

    While another process holds it, waits and logs which one. Raises :class:`LeadhouseError` when
    the file is not writable.
    """
    lock = FileLock(file, mode=0o600, thread_local=False, on_acquired=_sign)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        holder = file.read_text(errors="replace").strip() or "unknown"
        log.info("waiting for the run that holds %s (process %s)", file, holder)
        lock.acquire()
    except OSError as error:
        raise LeadhouseError(
            f"The lock {file} is not writable ({error.strerror}). Make its folder writable, or "
            "name another home in LEADHOUSE_HOME."
        ) from error
    return lock


def _sign(handle: int) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, str(os.getpid()).encode(), 0)
