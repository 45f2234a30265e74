"""Grain on line one, and a description of every public table and column (rules 7 and 8)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.lints.findings import Finding
from tests.lints.layers import layer_of, models_of
from tests.lints.manifest import Manifest

_GRAIN = re.compile(r"-- grain: (one|a) [a-z].{10,}")
_PUBLIC = ("marts", "reports", "trust", "pii")
_FILLER = re.compile(r"\s*(DESCRIBE|describe|\.+|-|n/?a|the)?\s*", re.I)


def lint_grain(files: Mapping[str, str]) -> list[Finding]:
    """Models whose first line does not say what one row is."""
    return [
        Finding(f"{path}:1", "line one says the grain: -- grain: one row per ...")
        for path, text in files.items()
        if path.startswith("models/") and not _GRAIN.match(text)
    ]


def lint_descriptions(manifest: Manifest) -> list[Finding]:
    """Public models and their columns, seeds and sources, that nobody has described."""
    found = []
    for node in models_of(manifest):
        if layer_of(node) not in _PUBLIC:
            continue
        path = node["original_file_path"].removesuffix(".sql") + ".yml"
        if _FILLER.fullmatch(node["description"]):
            found.append(Finding(path, "the model has no description"))
        if not node["columns"]:
            found.append(Finding(path, "no column is described"))
        found += [
            Finding(path, f"column {name} has no description")
            for name, column in node["columns"].items()
            if _FILLER.fullmatch(column["description"])
        ]
    for node in manifest["nodes"].values():
        if node["resource_type"] == "seed" and _FILLER.fullmatch(node["description"]):
            found.append(Finding(node["original_file_path"], "the seed has no description"))
    return found
