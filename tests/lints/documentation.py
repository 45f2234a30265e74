"""Grain on line one; description, example question and joins of what is public (rules 7 and 8)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from leadhouse.catalogue import joins_of, key_of
from tests.lints.findings import Finding
from tests.lints.layers import layer_of, models_of
from tests.lints.manifest import Manifest
from tests.lints.references import RULE_ID

# The generated lists show line one, up to its first ; : or bracket.
_GRAIN = re.compile(r"-- grain: (one|a) [a-z].{10,}")
_GRAIN_GOES_ON = re.compile(r"-- grain: [^;:(\n]+\n-- [a-z]")
_PUBLIC = ("marts", "reports", "trust", "pii")
_FILLER = re.compile(r"\s*(DESCRIBE|describe|\.+|-|n/?a|the)?\s*", re.I)


def lint_grain(files: Mapping[str, str]) -> list[Finding]:
    """Models whose first line does not say what one row is, or only begins to."""
    found = []
    for path, text in files.items():
        if not path.startswith("models/"):
            continue
        if not _GRAIN.match(text):
            found.append(Finding(f"{path}:1", "line one says the grain: -- grain: one row per ..."))
        elif _GRAIN_GOES_ON.match(text):
            found.append(
                Finding(f"{path}:1", "the grain goes on in line two: shorten it or end it with ;")
            )
    return found


def lint_descriptions(manifest: Manifest) -> list[Finding]:
    """Public models without a description or an example question, columns and seeds without any."""
    found = []
    for node in models_of(manifest):
        if layer_of(node) not in _PUBLIC:
            continue
        path = node["original_file_path"].removesuffix(".sql") + ".yml"
        if _FILLER.fullmatch(node["description"]):
            found.append(Finding(path, "the model has no description"))
        if not node["config"]["meta"].get("question"):
            found.append(Finding(path, "the model has no example question (config.meta.question)"))
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


def lint_rules_in_words(manifest: Manifest) -> list[Finding]:
    """Descriptions that cite a rule by its id instead of saying it."""
    texts = [
        (each["original_file_path"], each["block_contents"]) for each in manifest["docs"].values()
    ]
    for kind in ("nodes", "sources", "exposures"):
        for node in manifest[kind].values():
            where = f"{node['original_file_path']} ({node['name']})"
            columns = node.get("columns", {}).values()
            texts += [(where, each["description"]) for each in (node, *columns)]
    return [
        Finding(where, f"say the rule in words instead of {match[0]}")
        for where, text in texts
        for match in RULE_ID.finditer(text)
    ]


def lint_joins(manifest: Manifest) -> list[Finding]:
    """Joins of marts by columns that they lack, or to what is not the key of a mart."""
    marts = {node["name"]: node for node in models_of(manifest) if layer_of(node) == "marts"}
    found = []
    for node in marts.values():
        path = node["original_file_path"].removesuffix(".sql") + ".yml"
        for columns, joined, _ in joins_of(manifest, node):
            names = columns.split(", ")
            found += [
                Finding(path, f"joins by {name}, which is not one of its columns")
                for name in names
                if name not in node["columns"]
            ]
            if joined not in marts:
                found.append(Finding(path, f"joins {joined}, which is not a mart"))
            elif len(names) != len(key_of(manifest, marts[joined])):
                found.append(Finding(path, f"joins {joined} by {columns}, which is not its key"))
    return found
