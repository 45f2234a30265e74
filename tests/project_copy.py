"""A copy of the project that a test may change, with what dbt has parsed of the project."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from leadhouse.dbt_project import PARTIAL_PARSE, prepare_manifest
from leadhouse.paths import PROJECT_ROOT
from leadhouse.settings import load_settings

NOT_THE_PROJECT = (
    ".git",
    ".venv",
    ".leadhouse",
    ".*_cache",
    "__pycache__",
    "target",
    "logs",
    "drop",
)
"""Patterns of what a copy of the project leaves out."""


def copy_project(folder: Path) -> Path:
    """Copy the project to ``folder``, so that dbt parses there only what a test changes.

    The parse lies where ``leadhouse`` looks for it, and where a dbt that is called without a
    target path does. Call that as ``python -m leadhouse.dbt_process``: a bare dbt parses anew in
    every home.
    """
    shutil.copytree(PROJECT_ROOT, folder, ignore=shutil.ignore_patterns(*NOT_THE_PROJECT))
    with TemporaryDirectory() as home:
        parsed = prepare_manifest(load_settings({"LEADHOUSE_HOME": home})).parent
        shutil.copytree(parsed, folder / "target" / "parsed")
    shutil.copy(folder / "target" / "parsed" / PARTIAL_PARSE, folder / "target")
    return folder
