"""A server on the loopback that speaks a vendor's dialect, with faults by script."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Request:
    method: str
    path: str
    params: dict[str, str]
    headers: Any
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """An answer; ``cut`` breaks the body off there, ``drop`` closes the connection instead.

    ``slow`` is how many seconds its body takes to come.
    """

    status: int = 200
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    drop: bool = False
    slow: float = 0.0

    @property
    def body(self) -> bytes:
        if self.content is None:
            return b""
        if isinstance(self.content, bytes):
            return self.content
        if isinstance(self.content, str):
            return self.content.encode()
        return json.dumps(self.content, ensure_ascii=False).encode()


class Server:
    """Answers by ``dialect``; the next answers of ``script`` come first (``None``: as usual)."""

    def __init__(self, dialect: Any) -> None:
        self.dialect = dialect
        self.script: list[Reply | Callable[[Request], Reply | None] | None] = []
        self.log: list[Request] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # One packet an answer: the second of two would wait for the first one's receipt.
            wbufsize = -1

            def _handle(self) -> None:
                split = urlsplit(self.path)
                length = int(self.headers.get("content-length") or 0)
                request = Request(
                    self.command,
                    split.path,
                    dict(parse_qsl(split.query, keep_blank_values=True)),
                    self.headers,
                    self.rfile.read(length).decode(),
                )
                outer.log.append(request)
                reply = outer.reply(request)
                if reply.drop:
                    reset = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                    self.connection.close()
                    self.close_connection = True
                    return
                body = reply.body
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body[: reply.cut])))
                self.end_headers()
                if reply.slow:
                    self.wfile.flush()
                    time.sleep(reply.slow)
                self.wfile.write(body[: reply.cut])
                self.wfile.flush()

            do_GET = do_POST = _handle

            def log_message(self, *_: Any) -> None:
                """Nothing on the terminal of a test."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def reply(self, request: Request) -> Reply:
        step = self.script.pop(0) if self.script else None
        found = step(request) if callable(step) else step
        return found or self.dialect.reply(request)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()


def paged(records: list[Any], number: int, size: int) -> tuple[list[Any], bool]:
    """The page of that number, from 1 on, and whether another one follows."""
    return records[(number - 1) * size : number * size], number * size < len(records)
