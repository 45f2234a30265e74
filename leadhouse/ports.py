"""Where web pages are served: on this machine only, because none of them has a login."""

from __future__ import annotations

import socket

from leadhouse.errors import LeadhouseError

HOST = "127.0.0.1"


def refuse_taken(port: int, another: str) -> None:
    """Raise when the port cannot be used; ``another`` says how to name one that is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise LeadhouseError(
                f"Port {port} cannot be used ({error.strerror}); it may be running already. End "
                f"what uses it, or name a free port: {another}."
            ) from None
