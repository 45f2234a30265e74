"""Run every lint on the project; exit status 1 and one line per finding when a rule is broken."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from leadhouse.generated import contract_files, manifest_files
from tests.lints.clocks import lint_clocks
from tests.lints.dialect import lint_dispatch, lint_spark_sql, lint_spellings
from tests.lints.documentation import (
    lint_descriptions,
    lint_grain,
    lint_joins,
    lint_rules_in_words,
)
from tests.lints.findings import ROOT, Finding, project_files, sql_files
from tests.lints.generated import lint_generated
from tests.lints.layers import (
    lint_contracts,
    lint_edges,
    lint_names,
    lint_one_home,
    lint_python_layers,
)
from tests.lints.manifest import Parsed, parse
from tests.lints.references import lint_references
from tests.lints.repository import lint_lock, lint_readers, lint_texts

PYTHON = ("leadhouse/", "ingestion/", "orchestration/", "panels/", "bench/")


def lint_project(root: Path, parsed: Parsed) -> list[Finding]:
    """Everything that breaks a rule in the project, sorted by place."""
    found = list(parsed.findings)
    sql = sql_files(root, "models", "macros")
    files = project_files(root)
    python = {
        path: text
        for path, text in files.items()
        if path.endswith(".py") and path.startswith(PYTHON)
    }
    found += lint_clocks(sql | sql_files(root, "tests/data"))
    found += lint_spellings(sql)
    found += lint_dispatch(sql)
    found += lint_grain(sql)
    found += lint_readers(python)
    found += lint_one_home(python)
    found += lint_texts(files)
    found += lint_references(files)
    for group in ("requirements", "requirements-spark"):
        found += lint_lock(files[f"{group}.lock"], files[f"{group}.in"], group)
    found += lint_generated(files, contract_files())
    if parsed.manifest:
        found += lint_generated(files, manifest_files(parsed.manifest))
        found += lint_edges(parsed.manifest)
        found += lint_names(parsed.manifest)
        found += lint_contracts(parsed.manifest)
        found += lint_descriptions(parsed.manifest)
        found += lint_rules_in_words(parsed.manifest)
        found += lint_joins(parsed.manifest)
        found += lint_python_layers(python, parsed.manifest)
    if not parsed.findings:
        found += lint_spark_sql(parsed.spark_models)
    return sorted(set(found))


def main() -> int:
    """Lint the project that holds this file."""
    with tempfile.TemporaryDirectory(prefix="leadhouse-lint-") as scratch:
        findings = lint_project(ROOT, parse(ROOT, Path(scratch)))
    for finding in findings:
        print(finding)
    print(f"findings: {len(findings)}" if findings else "every rule holds")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
