"""Alerts: people are told when a run fails, when runs work again, and when a delivery is late.

They are told, too, what breaks a rule of the seed ``alert_rules``, and what does no longer.

No Dagster here: a run of the command line is :func:`watched`, one that Dagster started is watched
by its sensors. What was told is kept in the home folder, so that nobody is told twice. An alert
that cannot be sent is a warning in the log and never the reason why a run fails.
"""

from __future__ import annotations

import json
import os
import shlex
import smtplib
import socket
import ssl
import subprocess
import urllib.request
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.error import URLError
from zoneinfo import ZoneInfo

from leadhouse.alert_rules import broken_rules
from leadhouse.errors import LeadhouseError
from leadhouse.files import write_whole
from leadhouse.last_runs import failures_noted, note_success
from leadhouse.lock import hold
from leadhouse.progress import progress
from leadhouse.settings import Settings
from leadhouse.status import local

_SECONDS = 30
"""How long a command or a server may take, because a run waits for it."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_TLS_PORT = 465


@dataclass(frozen=True)
class Alert:
    """One message; ``kind`` is failure, recovery, late, rule or trial."""

    kind: str
    subject: str
    text: str


Way = Callable[[Settings, Alert], None]
"""Sends one alert."""


@dataclass
class _Told:
    """What was told: since when runs fail, and the last delivery before one that is late.

    ``broken`` has by channel what breaks a rule.
    """

    failing_since: str | None = None
    late_after: str | None = None
    broken: dict[str, list[str]] = field(default_factory=dict)


@contextmanager
def watched(settings: Settings) -> Iterator[None]:
    """Tell and note how the run in the block ends. Whoever stops it by hand is not told."""
    try:
        with failures_noted(settings):
            yield
    except Exception as error:
        told = str(error) if isinstance(error, LeadhouseError) else None
        tell_failure(settings, told, f"The newest file in {settings.logs_dir} has the details.")
        raise
    note_success(settings)
    tell_success(settings)


def tell_failure(settings: Settings, message: str | None, details: str) -> None:
    """Tell that a run failed: its ``message``, or where the ``details`` are if it has none to show.

    Only the message of a :class:`LeadhouseError` may leave the machine: it holds no personal data.
    """

    def tell(told: _Told) -> None:
        told.failing_since = told.failing_since or local(datetime.now(UTC), settings)
        text = f"{message or 'The run ended in an unexpected failure.'}\n\n{details}"
        _send(settings, Alert("failure", "the run failed", text))

    _remembering(settings, tell)


def tell_success(settings: Settings) -> None:
    """Tell that a run succeeded, if the one before it failed, and what breaks rules since."""

    def tell(told: _Told) -> None:
        if told.failing_since:
            text = (
                "A run succeeded and its build is published. "
                f"Runs had failed since {told.failing_since}."
            )
            if _send(settings, Alert("recovery", "runs work again", text)):
                told.failing_since = None

    def tell_broken(told: _Told) -> None:
        for channel in _ways(settings):
            _tell_broken(settings, channel, told)

    _remembering(settings, tell)
    _remembering(settings, tell_broken)


def _tell_broken(settings: Settings, channel: str, told: _Told) -> None:
    """Tell by one channel which rules the published build breaks and the one told of did not."""
    broken, before = broken_rules(settings, channel), told.broken.get(channel, [])
    new = [text for subject, text in broken.items() if subject not in before]
    gone = [f"In order again: {subject}" for subject in before if subject not in broken]
    if new or gone:
        parts = [f"{len(new)} new"] * bool(new) + [f"{len(gone)} in order again"] * bool(gone)
        alert = Alert("rule", f"alert rules: {', '.join(parts)}", "\n".join([*new, *gone]))
        if not _send(settings, alert, channel):
            return
    told.broken[channel] = list(broken)


def tell_lateness(settings: Settings, delivered: Collection[date]) -> None:
    """Tell once that the delivery after the last of ``delivered`` is late, and once that it came.

    Does nothing without ``LEADHOUSE_LATE_AFTER_HOURS``, and before the first delivery.
    """
    if not settings.late_after_hours or not delivered:
        return
    last = max(delivered)
    midnight = datetime.combine(last, time.min, ZoneInfo(settings.timezone))
    due = midnight.astimezone(UTC) + timedelta(hours=settings.late_after_hours)

    def tell(told: _Told) -> None:
        if told.late_after and told.late_after < last.isoformat():
            text = f"The delivery of {last} has arrived; the one before it was {told.late_after}."
            if _send(settings, Alert("recovery", "the late delivery came", text)):
                told.late_after = None
        if datetime.now(UTC) >= due and told.late_after is None:
            text = (
                f"The last delivery in {settings.drop} is of {last}, and the next one was due by "
                f"{local(due, settings)} (LEADHOUSE_LATE_AFTER_HOURS)."
            )
            if _send(settings, Alert("late", "a delivery is late", text)):
                told.late_after = last.isoformat()

    _remembering(settings, tell)


def send_trial(settings: Settings) -> list[str]:
    """Send an alert through every channel that is set up; returns their names.

    Raises :class:`LeadhouseError` when none is set, and with the reason of each that failed.
    """
    ways = _ways(settings)
    if not ways:
        raise LeadhouseError(
            "No alert is set. Set LEADHOUSE_ALERT_COMMAND, LEADHOUSE_ALERT_EMAIL or "
            "LEADHOUSE_ALERT_WEBHOOK (docs/settings.md)."
        )
    failed = _failures(settings, Alert("trial", "this is a trial", "Alerts come this way."), ways)
    if failed:
        raise LeadhouseError("\n".join(failed))
    return list(ways)


def _send(settings: Settings, alert: Alert, only: str | None = None) -> bool:
    """Send it through every channel that is set up, or one; true if one of them took it."""
    ways = {name: way for name, way in _ways(settings).items() if only in (None, name)}
    failed = _failures(settings, alert, ways)
    for problem in failed:
        progress.warning("%s", problem)
    return len(failed) < len(ways)


def _failures(settings: Settings, alert: Alert, ways: Mapping[str, Way]) -> list[str]:
    problems = []
    for name, way in ways.items():
        try:
            way(settings, alert)
        except (OSError, ValueError, smtplib.SMTPException, subprocess.SubprocessError) as error:
            problems.append(f"The alert could not be sent by {name}: {_in_words(error)}")
    return problems


def _in_words(error: Exception) -> str:
    """What went wrong, without Python's and the system's numbers."""
    cause = error.reason if type(error) is URLError else error
    if isinstance(cause, OSError) and cause.strerror:
        of = f": {cause.filename}" if cause.filename else ""
        return cause.strerror[:1].lower() + cause.strerror[1:] + of
    return str(cause)


def _ways(settings: Settings) -> dict[str, Way]:
    ways = {
        "command": (settings.alert_command, _by_command),
        "e-mail": (settings.alert_email, _by_email),
        "webhook": (settings.alert_webhook, _by_webhook),
    }
    return {name: way for name, (is_set, way) in ways.items() if is_set}


def _by_command(settings: Settings, alert: Alert) -> None:
    """The subject and the text on standard input; kind and subject in the environment, too."""
    about = {"LEADHOUSE_ALERT_KIND": alert.kind, "LEADHOUSE_ALERT_SUBJECT": alert.subject}
    done = subprocess.run(
        shlex.split(settings.alert_command),
        input=f"{_title(alert)}\n\n{alert.text}\n",
        env=os.environ | about,
        text=True,
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise OSError(f"it ended with status {done.returncode} {said}".strip())


def _by_email(settings: Settings, alert: Alert) -> None:
    message = EmailMessage()
    message["From"] = settings.alert_sender or f"leadhouse@{socket.getfqdn()}"
    message["To"] = settings.alert_email
    message["Subject"] = _title(alert)
    message.set_content(alert.text)
    host, _, port = settings.smtp_server.partition(":")
    secured = ssl.create_default_context()
    if int(port) == _TLS_PORT:
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, int(port), timeout=_SECONDS, context=secured)
    else:
        server = smtplib.SMTP(host, int(port), timeout=_SECONDS)
    with server:
        server.ehlo()
        is_safe = int(port) == _TLS_PORT or host in _LOOPBACK
        if int(port) != _TLS_PORT and server.has_extn("starttls"):
            server.starttls(context=secured)
            is_safe = True
        if settings.smtp_user:
            if not is_safe:
                raise OSError(f"{host} offers no encryption, so the password was not sent to it")
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        server.send_message(message)


def _by_webhook(settings: Settings, alert: Alert) -> None:
    """JSON with ``text``, which chat services show, and the parts of it."""
    body = asdict(alert) | {"text": f"{_title(alert)}\n{alert.text}", "message": alert.text}
    request = urllib.request.Request(  # noqa: S310
        settings.alert_webhook.get_secret_value(),
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310
        pass


def _title(alert: Alert) -> str:
    return f"Leadhouse on {socket.gethostname()}: {alert.subject}"


def _remembering(settings: Settings, tell: Callable[[_Told], None]) -> None:
    """Let ``tell`` see what was told so far, and keep what it makes of it."""
    if not _ways(settings):
        return
    file = settings.alerts_file
    try:
        with hold(settings.alerts_lock):
            told = _read(file)
            tell(told)
            write_whole(file, json.dumps(asdict(told)))
    except (LeadhouseError, OSError) as error:
        progress.warning("what was told in alerts could not be kept: %s", error)


def _read(file: Path) -> _Told:
    try:
        return _Told(**json.loads(file.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return _Told()
