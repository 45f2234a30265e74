"""How dbt is called, and the manifest that Dagster is built from."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from leadhouse.dbt_process import PARENT_VARIABLE, RUN_ID_VARIABLE, STARTED_AT_VARIABLE
from leadhouse.errors import DbtError
from leadhouse.lock import hold
from leadhouse.paths import PROJECT_ROOT
from leadhouse.settings import Settings
from leadhouse.spark.session import VARIABLE as SESSION_VARIABLE
from leadhouse.spark.session import configuration

PARTIAL_PARSE = "partial_parse.msgpack"
_MANIFEST, _SEMANTICS, _STAMP = "manifest.json", "semantic_manifest.json", "manifest.digest"
_PARSED = PROJECT_ROOT / "target" / "parsed"
"""What every home gets its manifest from."""


@dataclass(frozen=True)
class Project:
    """A dbt project: its folder, and the vars that are others than there."""

    folder: Path = PROJECT_ROOT
    vars: Mapping[str, bool | int | str] = field(default_factory=dict)

    def arguments(self) -> list[str]:
        """What dbt is called with because of the vars."""
        return ["--vars", json.dumps(dict(self.vars))] if self.vars else []


AS_IT_IS = Project()

DbtEvent = dict[str, Any]
"""A line of dbt's JSON log: ``info`` (name, level, msg) and ``data``."""


def dbt_command() -> list[str]:
    """The dbt that belongs to this Python, whatever ``PATH`` says; it ends with this process."""
    return [sys.executable, "-m", "leadhouse.dbt_process"]


def dbt_environment(
    settings: Settings,
    target: Path,
    run_id: str | None = None,
    started_at: datetime | None = None,
    project: Path = PROJECT_ROOT,
) -> dict[str, str]:
    """The environment of a dbt process of this run.

    The settings are handed over as values, so that a run over midnight has one ``as_of``.
    """
    inherited = {
        name: value for name, value in os.environ.items() if not settings.is_variable(name)
    }
    environment = {
        **inherited,
        PARENT_VARIABLE: str(os.getpid()),
        **settings.as_environment(),
        "DBT_PROJECT_DIR": str(project),
        "DBT_PROFILES_DIR": str(project),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "DBT_LOG_FORMAT": "json",
        # What dbt says is in this process's log; a second one costs time, a debug log a fifth.
        "DBT_LOG_LEVEL_FILE": "none",
        "DBT_USE_COLORS": "false",
        "PYTHONUNBUFFERED": "1",
    }
    if settings.engine == "spark":
        session = configuration(settings, run_id, started_at, project)
        environment |= {"DBT_TARGET": settings.engine, SESSION_VARIABLE: repr(session)}
    if run_id:
        environment[RUN_ID_VARIABLE] = run_id
    if started_at:
        environment[STARTED_AT_VARIABLE] = started_at.isoformat()
    return environment


def dbt_events(arguments: Sequence[str], environment: Mapping[str, str]) -> Iterator[DbtEvent]:
    """Run dbt to its end and give its log, event by event; this process's output has it too.

    Raises :class:`DbtError` at the end when dbt failed. A caller that stops early interrupts dbt.
    """
    errors: list[str] = []
    with subprocess.Popen(
        [*dbt_command(), *arguments],
        env=environment,
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None  # noqa: S101
        try:
            for line in process.stdout:
                event = _event(line)
                sys.stdout.write(f"{event['info']['msg'] if event else line.rstrip()}\n")
                if event is None:
                    continue
                if event["info"].get("level") == "error":
                    errors.append(str(event["info"]["msg"]).strip())
                yield event
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
    if process.returncode:
        raise DbtError(errors)


def run_dbt(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run dbt to its end. Raises :class:`DbtError` when it failed."""
    for _ in dbt_events(arguments, environment):
        pass


def _event(line: str) -> DbtEvent | None:
    """A line of dbt's JSON log; ``None`` for anything else that it writes."""
    try:
        event = json.loads(line)
        return event if "msg" in event["info"] else None
    except (ValueError, KeyError, TypeError):
        return None


def prepare_manifest(settings: Settings) -> Path:
    """Parse the dbt project when its files have changed; return the manifest's path.

    It is parsed once for every home that is used with it, since nothing of a home is in it, but
    where the project is another user's. Raises :class:`DbtError` with dbt's own words when the
    project is not valid.
    """
    folder = settings.manifest_dir
    folder.mkdir(parents=True, exist_ok=True)
    with hold(settings.parse_lock):
        digest = _project_digest()
        if not _is_parsed(folder, digest):
            lock = _PARSED / settings.parse_lock.name
            if os.access(next(each for each in (lock, *lock.parents) if each.exists()), os.W_OK):
                _PARSED.mkdir(parents=True, exist_ok=True)
                with hold(lock):
                    if not _is_parsed(_PARSED, digest):
                        _parse(settings, _PARSED, digest)
                    for name in (_MANIFEST, PARTIAL_PARSE, _SEMANTICS, _STAMP):
                        shutil.copyfile(_PARSED / name, folder / name)
            else:
                _parse(settings, folder, digest)
    return folder / _MANIFEST


def _is_parsed(folder: Path, digest: str) -> bool:
    stamp = folder / _STAMP
    return (folder / _MANIFEST).exists() and stamp.exists() and stamp.read_text() == digest


def _parse(settings: Settings, folder: Path, digest: str) -> None:
    (folder / _STAMP).unlink(missing_ok=True)
    environment = dbt_environment(settings, folder)
    # The target is the profile's own: what is parsed for a named one is of no use to a build.
    environment.pop("DBT_TARGET", None)
    run_dbt(("parse",), environment)
    (folder / _STAMP).write_text(digest)


def lend_parsed_project(settings: Settings, target: Path) -> None:
    """Give a folder of artifacts that has none the last parse, so that dbt parses what changed."""
    parsed = settings.manifest_dir / PARTIAL_PARSE
    if parsed.exists() and not (target / PARTIAL_PARSE).exists():
        shutil.copyfile(parsed, target / PARTIAL_PARSE)


def _project_digest() -> str:
    """Names, sizes and times of everything that dbt parses, and dbt's own version."""
    digest = hashlib.sha256()
    digest.update(f"{version('dbt-core')} {version('dbt-duckdb')}".encode())
    files = [PROJECT_ROOT / "dbt_project.yml", PROJECT_ROOT / "profiles.yml"]
    for folder in ("models", "macros", "seeds", "tests/data"):
        files += sorted(path for path in (PROJECT_ROOT / folder).rglob("*") if path.is_file())
    for path in files:
        state = path.stat()
        name = path.relative_to(PROJECT_ROOT).as_posix()
        digest.update(f"{name}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()
