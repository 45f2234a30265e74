"""The generated files of the repository: the one list of what `make docs` writes and a lint checks.

Paths are relative to the project's root. A file that needs the dbt manifest belongs in
:func:`manifest_files`, one that dbt itself reads in :func:`contract_files`.
"""

from __future__ import annotations

from ingestion.connectors.documented import vendor_pages
from ingestion.contract import ENTITIES
from ingestion.mapping.schema import json_schema as mapping_schema
from leadhouse import catalogue
from leadhouse.catalogue import Manifest
from leadhouse.contract_files import dbt_properties, json_schema, landing_macro, reference
from leadhouse.paths import PROJECT_ROOT
from leadhouse.settings import settings_table

Files = dict[str, str]
"""Path below the project's root: text."""


def contract_files() -> Files:
    """What follows from the landing contract, and from what a mapping may say, alone."""
    entities = ENTITIES.values()
    return {
        "docs/connectors.md": _with_sections("docs/connectors.md", {"vendors": vendor_pages()}),
        "docs/landing.md": _with_sections("docs/landing.md", {"entities": reference(entities)}),
        "docs/contract.schema.json": json_schema(),
        "docs/mapping.schema.json": mapping_schema(),
        "macros/staging/landing_contract.sql": landing_macro(entities),
        "models/staging/_landing.yml": dbt_properties(entities),
    }


def manifest_files(manifest: Manifest) -> Files:
    """What follows from the models' YAML, read from a dbt manifest, and from the settings."""
    news = {
        f"new in {version}": catalogue.new_in(manifest, version)
        for version in catalogue.versions(manifest)
    }
    joins = {"joins": catalogue.mart_joins(manifest), "reads": catalogue.report_sources(manifest)}
    return {
        "docs/data-dictionary.md": catalogue.dictionary(manifest),
        "docs/erd.md": _with_sections("docs/erd.md", joins),
        "models/docs/overview.md": _with_sections(
            "models/docs/overview.md", {"keys": catalogue.key_list(manifest)}
        ),
        "README.md": _with_sections("README.md", {"tables": catalogue.table_list(manifest)}),
        "CHANGELOG.md": _with_sections("CHANGELOG.md", news),
        "docs/settings.md": _with_sections("docs/settings.md", {"settings": settings_table()}),
    }


def write(files: Files) -> list[str]:
    """Write the files that differ from what is on disk; return their paths."""
    stale = [path for path, text in files.items() if _on_disk(path) != text]
    for path in stale:
        (PROJECT_ROOT / path).write_text(files[path], encoding="utf-8")
    return stale


def _on_disk(path: str) -> str | None:
    file = PROJECT_ROOT / path
    return file.read_text(encoding="utf-8") if file.exists() else None


def _with_sections(path: str, sections: Files) -> str:
    text = (PROJECT_ROOT / path).read_text(encoding="utf-8")
    for name, content in sections.items():
        text = with_section(text, name, f"\n{content}\n")
    return text


def with_section(text: str, name: str, content: str) -> str:
    """``text`` with ``content`` between its ``<!-- generated: name -->`` markers.

    Raises ``ValueError`` when the text does not have both markers once.
    """
    start, end = f"<!-- generated: {name} -->\n", f"<!-- end: {name} -->"
    if text.count(start) != 1 or text.count(end) != 1:
        raise ValueError(f"The text needs the lines {start.strip()} and {end}, once each.")
    before, _, rest = text.partition(start)
    return before + start + content + end + rest.partition(end)[2]
