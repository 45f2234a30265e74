"""Start Dagster's web UI and daemon on this machine: ``python -m orchestration.dev``."""

from __future__ import annotations

import io
import os
import signal
import sys
from contextlib import redirect_stdout
from pathlib import Path

from leadhouse.dbt_project import prepare_manifest
from leadhouse.errors import LeadhouseError
from leadhouse.ports import HOST, refuse_taken
from leadhouse.settings import load_settings
from orchestration.instance import use_instance
from orchestration.workarounds import create_storage, silence_known_warnings


def main() -> None:
    """Replace this process by Dagster's, on the loopback only: its UI has no login."""
    try:
        settings = load_settings()
        refuse_taken(settings.port, "make dev PORT=3001 (LEADHOUSE_PORT)")
        print(  # noqa: T201
            f"Leadhouse's web UI will be at http://{HOST}:{settings.port} in a moment. "
            "Ctrl-C or SIGTERM ends it and the daemon.",
            flush=True,
        )
        use_instance(settings)
        create_storage()
        # What dbt says while it parses; a failure has it in its message.
        with redirect_stdout(io.StringIO()):
            prepare_manifest(settings)
    except LeadhouseError as error:
        raise SystemExit(str(error)) from None
    silence_known_warnings()
    # Dagster ends its parts by this signal, which a shell lets what it starts with & ignore.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    dagster = str(Path(sys.executable).with_name("dagster"))
    options = ["dev", "-m", "orchestration.definitions", "-h", HOST, "-p", str(settings.port)]
    os.execv(dagster, [dagster, *options, *sys.argv[1:]])  # noqa: S606


if __name__ == "__main__":
    main()
