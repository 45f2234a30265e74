"""What dbt knows of the project, for both engines, parsed into a folder of the lint's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadhouse.dbt_project import PARTIAL_PARSE, dbt_command
from tests.lints.findings import Finding

_SPARK = ("compile", "--target", "spark", "--no-introspect", "--no-populate-cache")
_DUCKDB = ("parse",)

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Parsed:
    """The manifest for DuckDB, the models compiled for Spark, and what dbt refused."""

    manifest: Manifest
    spark_models: Path
    findings: tuple[Finding, ...]


def parse(root: Path, scratch: Path) -> Parsed:
    """Parse the project in ``root`` for DuckDB and compile it for Spark, without any server."""
    runs = [
        (_start(root, scratch, words), words, scratch / words[0]) for words in (_DUCKDB, _SPARK)
    ]
    findings = []
    for process, words, _ in runs:
        said, _ = process.communicate()
        if process.returncode:
            findings.append(Finding(f"dbt {' '.join(words)}", said[-2000:]))
    written = scratch / _DUCKDB[0] / "manifest.json"
    manifest = json.loads(written.read_text()) if written.exists() else {}
    project = manifest.get("metadata", {}).get("project_name", "")
    return Parsed(manifest, scratch / _SPARK[0] / "compiled" / project / "models", tuple(findings))


def _start(root: Path, scratch: Path, words: tuple[str, ...]) -> subprocess.Popen[str]:
    target = scratch / words[0]
    target.mkdir(parents=True)
    if words == _DUCKDB and (known := root / "target" / "parsed" / PARTIAL_PARSE).exists():
        shutil.copy(known, target)
    environment = os.environ | {
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target),
        "LEADHOUSE_HOME": str(scratch / "home"),
    }
    return subprocess.Popen(
        [
            *(*dbt_command(), "--no-use-colors", "--log-level-file", "none"),
            *words,
            *("--project-dir", str(root), "--profiles-dir", str(root)),
        ],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
