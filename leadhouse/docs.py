"""The generated files and dbt's browsable docs: ``python -m leadhouse.docs``."""

from __future__ import annotations

import json

import click

from leadhouse.dbt_project import dbt_environment, prepare_manifest, run_dbt
from leadhouse.errors import LeadhouseError
from leadhouse.generated import contract_files, manifest_files, write
from leadhouse.lock import writer_lock
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
        with writer_lock(settings):
            run_dbt(
                ("docs", "generate", "--empty-catalog", "--static"),
                dbt_environment(settings, target),
            )
    except LeadhouseError as error:
        raise SystemExit(str(error)) from None
    click.echo("\n".join([*written, str(target / "static_index.html")]))


if __name__ == "__main__":
    main()
