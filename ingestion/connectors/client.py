"""HTTP for all connectors: waits, attempts, renewed tokens, and errors that say what to do.

Nothing that is secret reaches a log or an error: messages have a request's path without its
parameters, and every secret value is masked in what a vendor says.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import tenacity

from ingestion.connectors.vendor import Auth, Record
from leadhouse.errors import Again, ConnectorError, Expired, Refused

log = logging.getLogger(__name__)

# It logs whole addresses, in which some vendors want the token.
logging.getLogger("httpx").setLevel(logging.WARNING)

ATTEMPTS = 8
_LONGEST_WAIT = 900.0
"""Seconds: longer than any block of the vendors here."""
_FIRST_WAIT, _LAST_WAIT = 1.0, 120.0
_SAID = 300
"""Characters of an answer that an error repeats."""
_TIMEOUT = httpx.Timeout(60, connect=20)


@dataclass(frozen=True)
class Answer:
    """What a vendor answered; ``content`` is its JSON, ``None`` where there is none."""

    status: int
    headers: httpx.Headers
    body: bytes
    text: str
    content: Any

    @property
    def request_id(self) -> str:
        """The id by which the vendor's support finds the request."""
        names = ("x-request-id", "request-id", "x-fb-trace-id", "x-hubspot-correlation-id")
        return next((self.headers[name] for name in names if name in self.headers), "none given")


class Waiting:
    """The clock and the waits of a client; tests have one that does not wait."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.now = now
        self.sleep = sleep


class Client:
    """Asks one account's questions, counted and paced.

    ``about`` is what a failing request was for, in words; whoever pulls sets it.
    """

    def __init__(
        self,
        address: str,
        pause: float = 0.0,
        judge: Callable[[Answer], None] | None = None,
        secrets: Iterable[str] = (),
        waiting: Waiting | None = None,
    ) -> None:
        self.about = ""
        self.requests = 0
        self.retries = 0
        self.auth: Auth | None = None
        self._http = httpx.Client(base_url=address, timeout=_TIMEOUT, follow_redirects=True)
        self._pause = pause
        self._judge = judge
        self._secrets = [secret for secret in secrets if secret]
        self._waiting = waiting or Waiting()
        self._free_at = 0.0

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def taken_counts(self) -> tuple[int, int]:
        """How many requests and retries there were since they were last asked for."""
        counts = self.requests, self.retries
        self.requests = self.retries = 0
        return counts

    def rest(self, seconds: float) -> None:
        """Wait for something that the vendor makes meanwhile."""
        self._waiting.sleep(seconds)

    def keep_secret(self, value: str) -> None:
        """Mask a value in all that is said from now on."""
        self._secrets.append(value)

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of an answer; ``None`` for an empty one (204)."""
        return self.ask("GET", path, params=params).content

    def post(self, path: str, body: Any) -> Any:
        """The JSON of the answer to a JSON body."""
        return self.ask("POST", path, json=body).content

    def ask(
        self, method: str, path: str, signed: bool = True, as_json: bool = True, **parts: Any
    ) -> Answer:
        """Ask until there is an answer. Raises :class:`ConnectorError` when there will be none."""
        renewed = False

        def attempt() -> Answer:
            nonlocal renewed
            try:
                return self._once(method, path, signed, as_json, parts)
            except Expired:
                if renewed or self.auth is None or not self.auth.renew():
                    raise Refused(
                        "the access token is not accepted (401)",
                        "Check the token in its environment variable, or connect the account again",
                    ) from None
                renewed = True
                raise Again("the access token had expired", 0.0) from None

        try:
            for each in tenacity.Retrying(
                retry=tenacity.retry_if_exception_type(Again),
                wait=_wait,
                stop=tenacity.stop_after_attempt(ATTEMPTS),
                sleep=self._waiting.sleep,
                before_sleep=self._note,
                reraise=True,
            ):
                with each:
                    return attempt()
        except Again as error:
            raise self._failed(
                method,
                path,
                f"{error.reason}, {ATTEMPTS} times in a row",
                "Run again later: what was pulled is kept, and the pull goes on from there",
            ) from None
        except Refused as error:
            raise self._failed(method, path, error.reason, error.advice) from None
        raise AssertionError("a retry ends with an answer or an error")

    def _once(self, method: str, path: str, signed: bool, as_json: bool, parts: Record) -> Answer:
        request = {"method": method, "url": path, "headers": {}, "params": {}, **parts}
        request["params"] = {
            name: value for name, value in request["params"].items() if value is not None
        }
        if signed and self.auth is not None:
            self.auth.sign(request)
        wait = self._free_at - self._waiting.now()
        if wait > 0:
            self._waiting.sleep(wait)
        self._free_at = self._waiting.now() + self._pause
        self.requests += 1
        try:
            response = self._http.request(**request)
        except httpx.TransportError as error:
            raise Again(f"the connection failed ({type(error).__name__})") from None
        return self._judged(response, as_json)

    def _judged(self, response: httpx.Response, as_json: bool) -> Answer:
        content = None
        broken = False
        if as_json and response.status_code != 204 and response.content.strip():
            try:
                content = json.loads(response.content)
            except ValueError:
                broken = True
        answer = Answer(
            response.status_code, response.headers, response.content, response.text, content
        )
        if self._judge is not None:
            self._judge(answer)
        said = f"status {answer.status}, request id {answer.request_id}: {answer.text[:_SAID]}"
        if answer.status == 429 or answer.status >= 500:
            raise Again(said, retry_after(response.headers))
        if answer.status == 401:
            raise Expired
        if answer.status >= 400:
            raise Refused(said, ADVICE.get(answer.status, "Check the account in connectors.toml"))
        if broken:
            raise Again(f"status {answer.status}, but the answer broke off or is no JSON")
        return answer

    def _note(self, state: tenacity.RetryCallState) -> None:
        self.retries += 1
        error = state.outcome.exception() if state.outcome else None
        log.info("%s: trying again, because %s", self.about, self.masked(str(error)))

    def _failed(self, method: str, path: str, reason: str, advice: str) -> ConnectorError:
        bare = path.partition("?")[0]
        said = " ".join(reason.split()).removesuffix(".")
        return ConnectorError(self.masked(f"{self.about}: {method} {bare}: {said}. {advice}."))

    def masked(self, text: str) -> str:
        """The text without any secret value."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


ADVICE = {
    400: "The vendor does not understand the request: its version may have changed",
    403: "The token lacks a right, or the vendor blocked it: see the vendor in docs/connectors.md",
    404: "Check the address and the account's ids in connectors.toml",
}
"""What to do about a status."""


def retry_after(headers: httpx.Headers) -> float | None:
    """The seconds that a vendor asks to wait: a number, or a date."""
    said = str(headers.get("retry-after", "")).strip()
    if not said:
        return None
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _wait(state: tenacity.RetryCallState) -> float:
    """What the vendor asks for, else twice as long each time; never all at the same moment."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait if isinstance(error, Again) else None
    if asked is not None:
        return min(asked, _LONGEST_WAIT)
    grown: float = min(_FIRST_WAIT * 2.0 ** (state.attempt_number - 1), _LAST_WAIT)
    return grown * random.uniform(0.5, 1.0)  # noqa: S311
