"""Why a build failed, in words that say what to fix; read from dbt's artifacts and the data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from leadhouse.catalogue import Manifest
from leadhouse.data_tests import failing_rows, repeated_key, sentence
from leadhouse.database import explain, open_build_to_explain
from leadhouse.dbt_process import NODE_FAILED
from leadhouse.dbt_project import DbtEvent
from leadhouse.errors import BuildFailed, DbtError
from leadhouse.model_failures import broken_line, multiplying_joins
from leadhouse.session_values import set_session_values
from leadhouse.settings import Settings

_UNPUBLISHED = "The build failed, so nothing was published and what was published before stays:"
MOST_PROBLEMS = 10
MOST_TESTS = 5


@contextmanager
def build_failures_explained(
    settings: Settings, target: Path, head: str = _UNPUBLISHED
) -> Iterator[None]:
    """Turn dbt's failure in the block into a :class:`BuildFailed` that says what to fix.

    Its message stands under ``head``. ``target`` holds the artifacts of that build. What fails the
    tests is asked from the data, so the candidate must still be there. The caller holds the
    writer's lock.
    """
    try:
        yield
    except DbtError as error:
        raise _explained(settings, target, error.errors, head) from None


def failures_told(
    events: Iterable[DbtEvent], settings: Settings, target: Path, tell: Callable[[str], None]
) -> Iterator[DbtEvent]:
    """Pass dbt's events on; ``tell`` hears at once of each node that failed what is wrong with it.

    Which rows fail a check is said at the end: until then dbt keeps the candidate to itself.
    """
    told: set[str] = set()
    manifest: Manifest = {}
    for event in events:
        if event["info"]["name"] == NODE_FAILED:
            manifest = manifest or _manifest(target)
            line = _line_at_once(settings, manifest, event["data"])
            if line not in told:
                told.add(line)
                tell(line)
        yield event


def _line_at_once(settings: Settings, manifest: Manifest, ended: dict[str, Any]) -> str:
    unique_id, outcome = ended["node_info"]["unique_id"], ended["run_result"]
    result = {
        "unique_id": unique_id,
        "message": outcome["message"],
        "failures": outcome["num_failures"],
    }
    if outcome["status"] == "fail" and unique_id in manifest["nodes"]:
        return _failed_line(manifest, result, {}, {})
    return explain(str(outcome["message"]), settings) or broken_line(manifest, result)


def _explained(settings: Settings, target: Path, errors: list[str], head: str) -> BuildFailed:
    logged = "\n".join(errors)
    results = _results(target)
    broken = [result for result in results if result["status"] == "error"]
    for text in (*(str(result.get("message")) for result in broken), logged):
        if known := explain(text, settings):
            return BuildFailed(known, {})
    failed = [result for result in results if result["status"] == "fail"]
    manifest = _manifest(target) if broken or failed else {"nodes": {}}
    # A unit test reads no data: what it has to say is in dbt's own words.
    broken += [result for result in failed if result["unique_id"] not in manifest["nodes"]]
    failed = [result for result in failed if result["unique_id"] in manifest["nodes"]]
    lines = [broken_line(manifest, result) for result in broken[:MOST_TESTS]]
    failing, joins = _ask(settings, manifest, failed)
    singular = [result for result in failed if _is_singular(manifest, result)]
    problems = sorted(said for result in singular for said in failing[result["unique_id"]])
    lines += problems[:MOST_PROBLEMS]
    if len(problems) > MOST_PROBLEMS:
        lines.append(f"... and {len(problems) - MOST_PROBLEMS} more of this kind.")
    silent = [r for r in failed if r not in singular or not failing[r["unique_id"]]]
    lines += [_failed_line(manifest, result, failing, joins) for result in silent[:MOST_TESTS]]
    left = len(broken[MOST_TESTS:]) + len(silent[MOST_TESTS:])
    if left:
        lines.append(f"... and {left} more failed checks; {target / 'run_results.json'} lists all.")
    if not lines:
        lines = [logged or f"dbt ended without a result; look into {settings.logs_dir}."]
    return BuildFailed("\n  - ".join([head, *lines]), failing)


def _results(target: Path) -> list[dict[str, Any]]:
    try:
        return list(json.loads((target / "run_results.json").read_text())["results"])
    except FileNotFoundError:
        return []


def _manifest(target: Path) -> Manifest:
    return dict(json.loads((target / "manifest.json").read_text()))


def _is_singular(manifest: Manifest, result: dict[str, Any]) -> bool:
    return not manifest["nodes"].get(result["unique_id"], {}).get("test_metadata")


def _failed_line(
    manifest: Manifest,
    result: dict[str, Any],
    failing: dict[str, list[str]],
    joins: dict[str, list[str]],
) -> str:
    test = manifest["nodes"][result["unique_id"]]
    rows, keys = result.get("failures") or 0, failing.get(result["unique_id"])
    count = f" ({rows} failing {'row' if rows == 1 else 'rows'})" if rows else ""
    example = f" Such as: {'; '.join(keys)}." if keys else ""
    multiplied = joins.get(result["unique_id"])
    joined = f" Joining {' or '.join(multiplied)} gives more rows." if multiplied else ""
    model = manifest["nodes"].get(test.get("attached_node") or "", {})
    see = (
        f" To see them all: `leadhouse dbt run --select +{model['name']}`, then "
        f"`leadhouse dbt show --select {test['name']} --limit 100 --output json`."
        if model
        else ""
    )
    return f"check {test['name']} failed{count}: {sentence(manifest, test)}{example}{joined}{see}"


def _ask(
    settings: Settings, manifest: Manifest, failed: list[dict[str, Any]]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """By the failed test's id what it found, sentences or keys, and the joins that repeat keys."""
    asked: dict[str, list[str]] = {}
    joins: dict[str, list[str]] = {}
    if not failed:
        return asked, joins
    with open_build_to_explain(settings) as con:
        set_session_values(con, settings)
        for result in failed:
            test = manifest["nodes"][result["unique_id"]]
            found = str(result.get("compiled_code") or "")
            try:
                said, key = failing_rows(con, manifest, test, found), repeated_key(con, test, found)
            except duckdb.Error:
                said, key = [], None
            asked[result["unique_id"]] = said
            if key:
                model = manifest["nodes"][test["attached_node"]]
                compiled = str(model.get("compiled_code") or "")
                joins[test["unique_id"]] = multiplying_joins(con, compiled, key)
    return asked, joins
