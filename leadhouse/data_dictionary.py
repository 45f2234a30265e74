"""The data dictionary: every published table and column as Markdown, from a dbt manifest."""

from __future__ import annotations

from typing import Any

PUBLISHED_SCHEMAS = ("marts", "reports", "trust", "pii")
_HEAD = """\
# Data dictionary

Every published table and column, generated from the models' YAML by `make docs`, not by hand.
"""


def data_dictionary(manifest: dict[str, Any]) -> str:
    """The dictionary as Markdown, from a dbt manifest; the same manifest gives the same text."""
    models = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in PUBLISHED_SCHEMAS
    ]
    parts = [_HEAD]
    for schema in PUBLISHED_SCHEMAS:
        chosen = sorted((m for m in models if m["schema"] == schema), key=lambda m: m["alias"])
        if not chosen:
            continue
        parts.append(f"## {schema}\n")
        for model in chosen:
            parts.append(f"### {schema}.{model['alias']}\n\n{model['description'].strip()}\n")
            parts.append(_columns(model["columns"]))
    return "\n".join(parts)


def _columns(columns: dict[str, dict[str, Any]]) -> str:
    lines = ["| column | type | meaning |", "|---|---|---|"]
    for name, column in columns.items():
        meaning = " ".join(column["description"].split()).replace("|", "\\|")
        lines.append(f"| {name} | {column.get('data_type') or ''} | {meaning} |")
    return "\n".join(lines) + "\n"
