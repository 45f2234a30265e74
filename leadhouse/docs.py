"""The generated files and dbt's browsable docs: ``python -m leadhouse.docs``."""

from __future__ import annotations

import html
import json
from pathlib import Path

import click

from leadhouse.catalogue import Manifest, types_for_dbt_docs
from leadhouse.dbt_project import dbt_environment, lend_parsed_project, prepare_manifest, run_dbt
from leadhouse.errors import LeadhouseError
from leadhouse.generated import contract_files, manifest_files, write
from leadhouse.lock import writer_lock
from leadhouse.paths import PROJECT_ROOT
from leadhouse.settings import load_settings


def main() -> None:
    """Write them; the browsable docs need no data, so an empty installation has them too."""
    try:
        settings = load_settings()
        written = write(contract_files())
        manifest = json.loads(prepare_manifest(settings).read_text())
        written += write(manifest_files(manifest))
        target = settings.artifacts_dir("docs")
        target.mkdir(parents=True, exist_ok=True)
        lend_parsed_project(settings, target)
        with writer_lock(settings):
            run_dbt(
                ("docs", "generate", "--empty-catalog", "--static"),
                dbt_environment(settings, target),
            )
        complete_dbt_docs(target, manifest)
    except LeadhouseError as error:
        raise SystemExit(str(error)) from None
    click.echo("\n".join([*written, str(target / "static_index.html")]))


def complete_dbt_docs(target: Path, manifest: Manifest) -> None:
    """Put the types of published columns and the rulebook into what dbt wrote without a database.

    ``target`` is the folder of dbt's docs.
    """
    catalogue, page = target / "catalog.json", target / "static_index.html"
    empty = catalogue.read_text(encoding="utf-8")
    filled = json.dumps(json.loads(empty) | {"nodes": types_for_dbt_docs(manifest)})
    rules = (PROJECT_ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    (target / "rules.html").write_text(
        f'<!doctype html><meta charset="utf-8"><title>Rules</title>'
        f'<pre style="white-space: pre-wrap">{html.escape(rules)}</pre>',
        encoding="utf-8",
    )
    text = page.read_text(encoding="utf-8").replace(empty, filled)
    page.write_text(text.replace("../../docs/rules.md", "rules.html"), encoding="utf-8")
    catalogue.write_text(filled, encoding="utf-8")


if __name__ == "__main__":
    main()
