"""Who may read whom, and what things are called (CONTRIBUTING.md, rules 1, 2, 5 and 6)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from tests.lints.findings import Finding
from tests.lints.manifest import Manifest

MAY_READ: Mapping[str, frozenset[str]] = {
    "staging": frozenset({"source", "seed"}),
    "intermediate": frozenset({"staging", "intermediate", "seed"}),
    "marts": frozenset({"staging", "intermediate", "marts", "seed"}),
    "reports": frozenset({"marts"}),
    "checks": frozenset({"source", "seed", "staging", "intermediate", "marts", "reports"}),
    "trust": frozenset({"staging", "marts", "checks"}),
    "pii": frozenset({"staging", "intermediate", "marts", "reports"}),
}
_PUBLIC = ("marts", "reports", "trust", "pii")
_PAST_VERB = re.compile(
    r"int_[a-z0-9]+(_[a-z0-9]+)*"
    r"_([a-z]+ed|split|spread|made|held|built|kept|known|found|won|lost|paid|spent|sent|chosen)"
    r"(_(over|out|up|in|off|on|by|to))?"
)
_NAMES: Mapping[str, tuple[re.Pattern[str], str]] = {
    "staging": (re.compile(r"stg_[a-z0-9_]+"), "stg_<entity>"),
    "intermediate": (_PAST_VERB, "int_<entity>_<past verb>"),
    "marts": (re.compile(r"(dim|fct)_[a-z0-9_]+"), "dim_<entity> or fct_<event>"),
    "reports": (re.compile(r"rpt_[a-z0-9_]+"), "rpt_<report>"),
    "checks": (
        re.compile(r"(quality|reconciled|latest)_[a-z0-9_]+"),
        "quality_<subject>, reconciled_<subject> or latest_<subject>",
    ),
    "trust": (re.compile(r"rpt_[a-z0-9_]+"), "rpt_<report>"),
    "pii": (re.compile(r"pii_(dim|fct|rpt)_[a-z0-9_]+"), "pii_<name of the table>"),
}


def models_of(manifest: Manifest) -> Iterator[dict[str, Any]]:
    """The models of the project, in the order of their names."""
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    yield from sorted(nodes, key=lambda node: str(node["name"]))


def layer_of(node: Mapping[str, Any]) -> str:
    """The layer folder of a model, or the node's own kind (source, seed)."""
    if node["resource_type"] != "model":
        return str(node["resource_type"])
    return PurePosixPath(node["original_file_path"]).parts[1]


def lint_edges(manifest: Manifest) -> list[Finding]:
    """Edges that the layer table does not allow."""
    known = manifest["nodes"] | manifest["sources"]
    found = []
    for node in models_of(manifest):
        layer = layer_of(node)
        if layer not in MAY_READ:
            found.append(Finding(node["original_file_path"], f"{layer} is no layer"))
            continue
        for parent in sorted(set(node["depends_on"]["nodes"])):
            read = layer_of(known[parent])
            if read not in MAY_READ[layer]:
                allowed = ", ".join(sorted(MAY_READ[layer]))
                found.append(
                    Finding(
                        node["original_file_path"],
                        f"{layer} may read {allowed}; {known[parent]['name']} is {read}",
                    )
                )
    return found


def lint_names(manifest: Manifest) -> list[Finding]:
    """Models whose name, folder, alias or schema does not say what they are."""
    found = []
    for node in models_of(manifest):
        layer, name, path = layer_of(node), node["name"], node["original_file_path"]
        if layer not in _NAMES:
            continue
        pattern, shape = _NAMES[layer]
        if not pattern.fullmatch(name):
            found.append(Finding(path, f"models of {layer} are called {shape}"))
        if PurePosixPath(path).stem != name:
            found.append(Finding(path, f"the file of {name} is called {name}.sql"))
        alias = name.removeprefix("pii_") if layer == "pii" else name
        if node["alias"] != alias:
            found.append(Finding(path, f"its table is called {node['alias']}, not {alias}"))
        if node["schema"] != layer:
            found.append(Finding(path, f"its schema is {node['schema']}, not {layer}"))
    return found


def lint_python_layers(files: Mapping[str, str], manifest: Manifest) -> list[Finding]:
    """Landing that knows the orchestration, and orchestration that knows a model's name."""
    names = {name for node in models_of(manifest) for name in (node["name"], node["alias"])}
    model = re.compile(rf"\b({'|'.join(sorted(names, key=len, reverse=True))})\b")
    found = []
    for path, text in files.items():
        tree = ast.parse(text)
        if path.startswith("ingestion/"):
            found += [
                Finding(f"{path}:{line}", f"landing never imports {module}")
                for line, module in _imports(tree)
                if any(
                    part.startswith(("dagster", "dbt", "orchestration"))
                    for part in module.split(".")
                )
            ]
        if path.startswith("orchestration/"):
            found += [
                Finding(
                    f"{path}:{line}",
                    f"{match[1]} is a model; say it in that model's YAML (meta.dagster)",
                )
                for line, literal in literals_of(tree)
                for match in model.finditer(literal)
            ]
    return found


def lint_one_home(files: Mapping[str, str]) -> list[Finding]:
    """A database opened outside leadhouse/database.py, an exception outside leadhouse/errors.py.

    The benchmark is measured against the product, so it has its own.
    """
    found = []
    for path, text in files.items():
        if path.startswith("bench/"):
            continue
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.Attribute() if ast.unparse(node) == "duckdb.connect":
                    home, what = "leadhouse/database.py", "DuckDB is opened"
                case ast.ClassDef() if any(map(_is_exception, node.bases)):
                    home, what = "leadhouse/errors.py", f"{node.name}, an exception, belongs"
                case _:
                    continue
            if path != home:
                found.append(Finding(f"{path}:{node.lineno}", f"{what} in {home} alone"))
    return found


def _is_exception(base: ast.expr) -> bool:
    return re.search(r"(Error|Exception|Failure)$", ast.unparse(base)) is not None


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def literals_of(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every string literal that is not a docstring."""
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
        ):
            yield node.lineno, node.value


def _yaml_of(node: Mapping[str, Any]) -> str:
    return (node["patch_path"] or "").partition("://")[2] or "nowhere"


def lint_contracts(manifest: Manifest) -> list[Finding]:
    """Public models without an enforced contract, a key test, or their own YAML beside them."""
    keyed = set()
    found = []
    for node in manifest["nodes"].values():
        if node["resource_type"] != "test":
            continue
        if (node.get("test_metadata") or {}).get("kwargs", {}).get("key"):
            keyed.add(node["attached_node"])
        severity = node["config"]["severity"].lower()
        if severity != "error" and not node["description"]:
            where = f"{node['original_file_path']} ({node['name']})"
            found.append(Finding(where, f"severity {severity} without its reason (description)"))
    for node in models_of(manifest):
        path = node["original_file_path"]
        if layer_of(node) not in _PUBLIC:
            continue
        if not node["config"]["contract"]["enforced"]:
            found.append(Finding(path, "its contract is not enforced"))
        constrained = [each["name"] for each in node["columns"].values() if each["constraints"]]
        if constrained or node["constraints"]:
            found.append(Finding(path, "constraints do not work on Spark tables; write data_tests"))
        if node["unique_id"] not in keyed:
            found.append(Finding(path, "no test says that its grain is unique"))
        # A table may share the YAML, and so the columns, of a published table that it reads.
        shared = {
            _yaml_of(parent)
            for parent in map(manifest["nodes"].get, node["depends_on"]["nodes"])
            if parent and layer_of(parent) in _PUBLIC
        }
        if _yaml_of(node) not in {str(PurePosixPath(path).with_suffix(".yml")), *shared}:
            found.append(Finding(path, f"its YAML is {_yaml_of(node)}, not beside it"))
    return found
