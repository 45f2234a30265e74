"""The door: where a secret is set, whoever asks for anything must know it."""

from __future__ import annotations

from hmac import compare_digest

from flask import Flask, Response, request

HEADER = "X-Leadhouse-Secret"


def ask_for_secret(server: Flask, secret: str) -> None:
    """Answer only those who send the secret: a proxy in a header, a browser as a password."""
    if not secret:
        return

    @server.before_request
    def refuse() -> Response | None:
        typed = request.authorization.password if request.authorization else None
        given = request.headers.get(HEADER) or typed or ""
        if compare_digest(given.encode(), secret.encode()):
            return None
        return Response(
            "The panels ask for the secret of LEADHOUSE_PANELS_SECRET as the password.",
            401,
            {"WWW-Authenticate": 'Basic realm="Leadhouse"'},
            mimetype="text/plain",
        )
