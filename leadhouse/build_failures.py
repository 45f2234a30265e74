"""Why a build failed, in words that say what to fix; read from dbt's artifacts and the data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from leadhouse.database import explain, open_build_to_explain
from leadhouse.dbt_plugin import configure
from leadhouse.errors import DbtError, LeadhouseError
from leadhouse.settings import Settings

_UNPUBLISHED = "The build failed, so nothing was published and what was published before stays:"
MOST_PROBLEMS = 10
MOST_TESTS = 5


@contextmanager
def build_failures_explained(
    settings: Settings, target: Path, head: str = _UNPUBLISHED
) -> Iterator[None]:
    """Turn dbt's failure in the block into one message that says what to fix, under ``head``.

    ``target`` holds the artifacts of that build. The failed tests' sentences are asked from the
    data, so the candidate must still be there. The caller holds the writer's lock.
    """
    try:
        yield
    except DbtError as error:
        raise LeadhouseError(_explain(settings, target, error.errors, head)) from None


def _explain(settings: Settings, target: Path, errors: list[str], head: str) -> str:
    logged = "\n".join(errors)
    results = _results(target)
    broken = [result for result in results if result["status"] == "error"]
    for text in (*(str(result.get("message")) for result in broken), logged):
        if known := explain(text, settings):
            return known
    failed = [result for result in results if result["status"] == "fail"]
    nodes = _nodes(target) if broken or failed else {}
    lines = [_broken_line(nodes, result) for result in broken[:MOST_TESTS]]
    problems, silent = _ask(settings, nodes, failed)
    lines += problems[:MOST_PROBLEMS]
    if len(problems) > MOST_PROBLEMS:
        lines.append(f"... and {len(problems) - MOST_PROBLEMS} more of this kind.")
    lines += [_failed_line(nodes, result) for result in silent[:MOST_TESTS]]
    left = len(broken[MOST_TESTS:]) + len(silent[MOST_TESTS:])
    if left:
        lines.append(f"... and {left} more failed checks; {target / 'run_results.json'} lists all.")
    if not lines:
        lines = [logged or f"dbt ended without a result; look into {settings.logs_dir}."]
    return "\n  - ".join([head, *lines])


def _results(target: Path) -> list[dict[str, Any]]:
    try:
        return list(json.loads((target / "run_results.json").read_text())["results"])
    except FileNotFoundError:
        return []


def _nodes(target: Path) -> dict[str, dict[str, Any]]:
    return dict(json.loads((target / "manifest.json").read_text())["nodes"])


def _broken_line(nodes: dict[str, dict[str, Any]], result: dict[str, Any]) -> str:
    node = nodes.get(result["unique_id"], {})
    message = re.sub(r"\s*compiled code at .*", "", str(result.get("message") or "")).strip()
    message = re.sub(r"^\w+ Error in .*?\n\s*", "", message)
    place = node.get("original_file_path", result["unique_id"])
    return f"{node.get('resource_type', 'node')} {node.get('name', '')} ({place}): {message}"


def _failed_line(nodes: dict[str, dict[str, Any]], result: dict[str, Any]) -> str:
    node = nodes.get(result["unique_id"], {})
    attached = nodes.get(node.get("attached_node") or "", {}).get("name")
    where = f" on {attached}" if attached else ""
    about = (node.get("description") or "").strip().split("\n")[0]
    says = f": {about}" if about else ""
    rows = result.get("failures")
    count = f" ({rows} failing {'row' if rows == 1 else 'rows'})" if rows else ""
    return f"check {node.get('name', result['unique_id'])}{where} failed{count}{says}"


def _ask(
    settings: Settings, nodes: dict[str, dict[str, Any]], failed: list[dict[str, Any]]
) -> tuple[list[str], list[dict[str, Any]]]:
    """The sentences of the failed tests that return a ``problem`` column, and the other tests."""
    singular = [r for r in failed if not nodes.get(r["unique_id"], {}).get("test_metadata")]
    silent = [result for result in failed if result not in singular]
    sentences: list[str] = []
    if not singular:
        return sentences, silent
    with open_build_to_explain(settings) as con:
        configure(con, settings)
        for result in singular:
            query = str(result.get("compiled_code") or "").strip().rstrip(";")
            try:
                rows = con.execute(
                    f"select problem from (\n{query}\n) as test order by problem"
                ).fetchall()
            except duckdb.Error:
                silent.append(result)
                continue
            sentences += [str(row[0]) for row in rows]
    return sentences, silent
