"""The data dictionary and dbt's browsable docs: ``python -m leadhouse.docs``."""

from __future__ import annotations

import json
from typing import Any

import click

from leadhouse.dbt_project import dbt_environment, prepare_manifest, run_dbt
from leadhouse.lease import writer_lease
from leadhouse.settings import PROJECT_ROOT, LeadhouseError, load_settings

DICTIONARY = PROJECT_ROOT / "docs" / "data-dictionary.md"
PUBLISHED_SCHEMAS = ("marts", "reports", "trust", "pii")
_HEAD = """\
# Data dictionary

Every published table and column, generated from the models' YAML by `make docs`, not by hand.
"""


def main() -> None:
    """Write both; the browsable docs need no data, so an empty installation has them too."""
    try:
        settings = load_settings()
        manifest = prepare_manifest(settings)
        DICTIONARY.write_text(data_dictionary(json.loads(manifest.read_text())))
        target = settings.home / "target" / "docs"
        target.mkdir(parents=True, exist_ok=True)
        with writer_lease(settings):
            errors = run_dbt(
                ("docs", "generate", "--empty-catalog", "--static"),
                dbt_environment(settings, target),
            )
    except LeadhouseError as error:
        raise SystemExit(str(error)) from None
    if errors is not None:
        raise SystemExit("The docs cannot be generated. dbt says:\n" + "\n".join(errors))
    click.echo(f"{DICTIONARY.relative_to(PROJECT_ROOT)}\n{target / 'static_index.html'}")


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


if __name__ == "__main__":
    main()
