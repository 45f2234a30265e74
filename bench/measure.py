"""Run a command and measure its whole process tree: wall time, CPU time and peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Cost:
    """Seconds of wall and CPU (user + system) time, and the peak resident memory in bytes."""

    wall: float
    cpu: float
    peak: int

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))


class CommandError(RuntimeError):
    """A measured command that failed: what it said, and what it had cost until then."""

    def __init__(self, message: str, cost: Cost) -> None:
        super().__init__(message)
        self.cost = cost


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each measure by itself."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        int(statistics.median(cost.peak for cost in costs)),
    )


def measure(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Cost:
    """Run ``command`` in ``folder`` to its end and return what it cost.

    CPU time is the kernel's own account of the process and all descendants that were waited for.
    Memory is the sum of the resident sizes in the tree, sampled every 50 ms; pages that processes
    share count once in each. Raises :class:`CommandError` with the command's output when it fails.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peak = 0
    ended = threading.Event()

    def sample() -> None:
        nonlocal peak
        while not ended.wait(_SAMPLE_SECONDS):
            peak = max(peak, _resident(process.pid))

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    ended.set()
    sampler.join()
    cost = Cost(wall, usage.ru_utime + usage.ru_stime, peak)
    if process.returncode != 0:
        raise CommandError(f"{' '.join(command)} failed with {process.returncode}:\n{output}", cost)
    return cost


def _resident(pid: int) -> int:
    """The resident bytes of a process and all its descendants, 0 when it is gone."""
    try:
        root = psutil.Process(pid)
        tree = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    total = 0
    for one in tree:
        try:
            total += int(one.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return total
