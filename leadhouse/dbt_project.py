"""Where the dbt project lies, how dbt is called, and the manifest that Dagster is built from."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from leadhouse.dbt_process import PARENT_VARIABLE
from leadhouse.errors import LeadhouseError
from leadhouse.lock import hold
from leadhouse.paths import PROJECT_ROOT
from leadhouse.settings import Settings

RUN_ID_VARIABLE = "LEADHOUSE_RUN_ID"
STARTED_AT_VARIABLE = "LEADHOUSE_STARTED_AT"
PARTIAL_PARSE = "partial_parse.msgpack"


def dbt_command() -> list[str]:
    """The dbt that belongs to this Python, whatever ``PATH`` says; it ends with this process."""
    return [sys.executable, "-m", "leadhouse.dbt_process"]


def dbt_environment(
    settings: Settings,
    target: Path,
    run_id: str | None = None,
    started_at: datetime | None = None,
) -> dict[str, str]:
    """The environment of a dbt process of this run.

    The settings are handed over as values, so that a run over midnight has one ``as_of``.
    """
    environment = {
        **os.environ,
        PARENT_VARIABLE: str(os.getpid()),
        **settings.as_environment(),
        "DBT_PROJECT_DIR": str(PROJECT_ROOT),
        "DBT_PROFILES_DIR": str(PROJECT_ROOT),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "DBT_LOG_FORMAT": "json",
        # dbt's debug log costs a fifth of its time; `dbt --log-level-file debug` writes it by hand.
        "DBT_LOG_LEVEL_FILE": "info",
        "DBT_USE_COLORS": "false",
        "PYTHONUNBUFFERED": "1",
    }
    if run_id:
        environment[RUN_ID_VARIABLE] = run_id
    if started_at:
        environment[STARTED_AT_VARIABLE] = started_at.isoformat()
    return environment


def run_dbt(
    arguments: tuple[str, ...],
    environment: dict[str, str],
    on_message: Callable[[str], None] = lambda message: None,
) -> list[str] | None:
    """Run dbt to its end: ``None`` when it succeeded, else the errors it logged."""
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
        for line in process.stdout:
            if message := error_message(line):
                errors.append(message)
            on_message(line.rstrip("\n"))
    return errors if process.returncode else None


def prepare_manifest(settings: Settings) -> Path:
    """Parse the dbt project when its files have changed; return the manifest's path.

    Raises :class:`LeadhouseError` with dbt's own words when the project cannot be parsed.
    """
    folder = settings.manifest_dir
    folder.mkdir(parents=True, exist_ok=True)
    manifest, stamp = folder / "manifest.json", folder / "manifest.digest"
    with hold(settings.parse_lock):
        digest = _project_digest()
        if manifest.exists() and stamp.exists() and stamp.read_text() == digest:
            return manifest
        stamp.unlink(missing_ok=True)
        errors = run_dbt(("parse",), dbt_environment(settings, folder))
        if errors is not None:
            raise LeadhouseError(
                "The dbt project cannot be read. dbt says:\n"
                + ("\n".join(errors) or f"nothing; its log is {folder / 'dbt.log'}")
            )
        stamp.write_text(digest)
    return manifest


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


def error_message(line: str) -> str | None:
    """The message of a line of dbt's JSON log when that line is an error."""
    try:
        info = json.loads(line)["info"]
    except (ValueError, KeyError, TypeError):
        return None
    return str(info["msg"]).strip() if info.get("level") == "error" else None
