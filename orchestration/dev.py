"""Start Dagster's web UI and daemon on this machine: ``python -m orchestration.dev``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from leadhouse.dbt_project import prepare_manifest
from leadhouse.errors import LeadhouseError
from leadhouse.settings import load_settings
from orchestration.instance import use_instance
from orchestration.workarounds import create_storage


def main() -> None:
    """Replace this process by Dagster's, on the loopback only: its UI has no login."""
    try:
        settings = load_settings()
        use_instance(settings)
        create_storage()
        prepare_manifest(settings)
    except LeadhouseError as error:
        raise SystemExit(str(error)) from None
    dagster = str(Path(sys.executable).with_name("dagster"))
    options = ["dev", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", "3000"]
    os.execv(dagster, [dagster, *options, *sys.argv[1:]])  # noqa: S606


if __name__ == "__main__":
    main()
