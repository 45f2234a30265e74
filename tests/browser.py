"""A real browser on a page: headless Chromium, told what to do over its DevTools socket."""

import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.sync.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The pages come from a machine that does other work, too.
SECONDS = 60


class Page:
    """A tab, as the person sees it who has it open."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._calls = 0
        self._events: list[dict[str, Any]] = []
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def open(self, address: str, *words: str) -> str:
        """Go there; the text of the page once it shows all ``words``."""
        self._call("Page.navigate", url=address)
        return self.shows(*words)

    def shows(self, *words: str) -> str:
        """Wait until the page shows all ``words``; all of its text."""
        deadline, text = time.monotonic() + SECONDS, ""
        while time.monotonic() < deadline:
            text = self._evaluate("document.body ? document.body.innerText : ''")
            if all(word in text for word in words):
                return text
            time.sleep(0.5)
        missing = [word for word in words if word not in text]
        raise AssertionError(f"the page does not show {missing} in {SECONDS} s:\n{text}")

    def press(self, label: str) -> None:
        """Click on the button with this label."""
        pressed = (
            "(() => { const button = [...document.querySelectorAll('button')]"
            f".find(each => each.innerText.trim() === {json.dumps(label)} && !each.disabled);"
            "if (button) button.click(); return Boolean(button); })()"
        )
        deadline = time.monotonic() + SECONDS
        while not self._evaluate(pressed):
            assert time.monotonic() < deadline, f"no button {label!r}"
            time.sleep(0.5)

    def follow(self, selector: str) -> None:
        """Click on the first element that this CSS selector finds, once there is one."""
        found = f"document.querySelector({json.dumps(selector)})"
        self.waits(f"Boolean({found})", f"no {selector}")
        self._evaluate(f"{found}.click()")

    def reads(self, selector: str) -> str:
        """The text of the first element that this CSS selector finds, once there is one."""
        found = f"document.querySelector({json.dumps(selector)})"
        self.waits(f"Boolean({found})", f"no {selector}")
        return self._evaluate(f"{found}.innerText")

    def place(self) -> str:
        """The address that the browser shows."""
        return self._evaluate("location.href")

    def waits(self, condition: str, otherwise: str) -> None:
        """Wait until this JavaScript is true."""
        deadline = time.monotonic() + SECONDS
        while not self._evaluate(condition):
            assert time.monotonic() < deadline, f"{otherwise} in {SECONDS} s"
            time.sleep(0.2)

    def writes(self, selector: str, text: str) -> None:
        """Fill an input, as its change is told to a page that is drawn by React."""
        self.waits(f"Boolean(document.querySelector({json.dumps(selector)}))", f"no {selector}")
        self._evaluate(
            f"(() => {{ const field = document.querySelector({json.dumps(selector)});"
            "Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set"
            f".call(field, {json.dumps(text)});"
            "field.dispatchEvent(new Event('input', {bubbles: true}));"
            "field.dispatchEvent(new Event('change', {bubbles: true})); })()"
        )

    def downloads_to(self, folder: Path) -> None:
        """What is downloaded from now on lies in this folder."""
        self._call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(folder))

    def hosts(self) -> set[str]:
        """Every host that anything was asked of so far."""
        asked = [
            urlsplit(event["params"]["request"]["url"])
            for event in self._events
            if event.get("method") == "Network.requestWillBeSent"
        ]
        return {each.hostname or "" for each in asked if each.scheme not in ("data", "blob")}

    def errors(self) -> list[str]:
        """What the console complained of so far, and what broke."""
        self._evaluate("0")
        return [
            json.dumps(event["params"])
            for event in self._events
            if event.get("method") == "Runtime.exceptionThrown"
            or (
                event.get("method") == "Log.entryAdded"
                and event["params"]["entry"]["level"] == "error"
            )
            or (
                event.get("method") == "Runtime.consoleAPICalled"
                and event["params"]["type"] == "error"
            )
        ]

    def barriers(self, axe: str) -> list[str]:
        """What keeps people out who cannot see or use a mouse, as this script of axe-core says."""
        self._evaluate(f"window.axe || (() => {{ {axe} }})()")
        found = self._evaluate(
            "axe.run(document, {resultTypes: ['violations']}).then(({violations}) => violations"
            ".filter(each => ['serious', 'critical'].includes(each.impact))"
            ".map(each => each.id + ': ' + each.nodes[0].html.slice(0, 300)))"
        )
        return list(found)

    def _evaluate(self, expression: str) -> Any:
        answer = self._call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        return answer["result"].get("value")

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._calls += 1
        call = {"id": self._calls, "method": method, "params": parameters}
        self._socket.send(json.dumps(call))
        while True:
            answer = json.loads(self._socket.recv(timeout=SECONDS))
            if answer.get("id") == self._calls:
                assert "error" not in answer, (method, answer)
                return answer["result"]
            self._events.append(answer)


@contextmanager
def open_page() -> Iterator[Page]:
    """A tab of a browser of our own; the test is skipped where no browser is installed."""
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    if browser is None:
        pytest.skip(f"no browser is installed; one of {', '.join(NAMES)} would do")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [
                *(browser, "--headless=new", "--disable-gpu", "--disable-dev-shm-usage"),
                # Chromium's sandbox refuses root, whom containers run as.
                *("--no-sandbox", "--remote-debugging-port=0", "--window-size=1500,3600"),
                *(f"--user-data-dir={profile}", "about:blank"),
            ],
            stderr=subprocess.DEVNULL,
        )
        try:
            port = _port(Path(profile) / "DevToolsActivePort")
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=SECONDS) as said:
                [tab] = [each for each in json.load(said) if each["type"] == "page"]
            # Every answer has a deadline of its own; a busy browser need not answer pings besides.
            address = tab["webSocketDebuggerUrl"]
            with connect(address, max_size=None, ping_interval=None) as socket:
                yield Page(socket)
        finally:
            process.terminate()
            process.wait()


def _port(file: Path) -> str:
    """The port that the browser chose, which it writes down when it listens."""
    deadline = time.monotonic() + SECONDS
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < deadline, "the browser does not start"
        time.sleep(0.2)
    return file.read_text().split()[0]
