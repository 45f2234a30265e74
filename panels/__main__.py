"""Serve the panels on this machine: ``python -m panels``."""

from __future__ import annotations

import waitress

from leadhouse.errors import LeadhouseError
from leadhouse.ports import HOST, refuse_taken
from leadhouse.settings import reading_settings
from panels.app import create_app
from panels.reader import Reader

THREADS = 8


def main() -> None:
    """Serve on the loopback only, until Ctrl-C or SIGTERM."""
    try:
        settings = reading_settings()
        refuse_taken(settings.panels_port, "make panels PORT=8051 (LEADHOUSE_PANELS_PORT)")
        Reader(settings).current_id()
    except LeadhouseError as error:
        raise SystemExit(str(error)) from None
    print(  # noqa: T201
        f"The panels are at http://{HOST}:{settings.panels_port}; Ctrl-C ends them.", flush=True
    )
    waitress.serve(
        create_app(settings).server,
        host=HOST,
        port=settings.panels_port,
        threads=THREADS,
        ident=None,
    )


if __name__ == "__main__":
    main()
