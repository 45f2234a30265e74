"""Every setting of Leadhouse, read once from the environment and checked before anything starts."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadhouse.errors import SettingsError
from leadhouse.paths import HomeFolder


@dataclass(frozen=True)
class Settings(HomeFolder):
    """The settings of one run.

    ``as_of`` is an instant in UTC (events strictly before it exist); ``as_known_at`` is the last
    delivery day that exists, ``None`` for no limit.
    """

    drop: Path
    home: Path
    timezone: str
    source_timezone: str
    currency: str
    phone_region: str
    as_of: datetime
    as_known_at: date | None
    keep_builds: int
    memory_limit: str | None
    threads: int | None
    pii_key: str = field(repr=False)


def load_settings(
    environ: Mapping[str, str] | None = None, now: datetime | None = None
) -> Settings:
    """Read and check the settings.

    ``environ`` defaults to the process environment, ``now`` (an aware instant, used only for the
    default of ``as_of``) to the wall clock. The key of the hashes is generated on first use and
    kept in ``LEADHOUSE_HOME/pii_key`` with mode 0600. Raises :class:`SettingsError`.
    """
    env = os.environ if environ is None else environ

    def value(name: str, default: str = "") -> str:
        return env.get(name, "").strip() or default

    home = _absolute(value("LEADHOUSE_HOME", ".leadhouse"))
    timezone = _timezone("LEADHOUSE_TIMEZONE", value("LEADHOUSE_TIMEZONE", "UTC"))
    source_timezone = _timezone(
        "LEADHOUSE_SOURCE_TIMEZONE", value("LEADHOUSE_SOURCE_TIMEZONE", timezone)
    )
    return Settings(
        drop=_absolute(value("LEADHOUSE_DROP", "drop")),
        home=home,
        timezone=timezone,
        source_timezone=source_timezone,
        currency=_matching(
            "LEADHOUSE_CURRENCY", value("LEADHOUSE_CURRENCY", "EUR"), "[A-Z]{3}", "EUR"
        ),
        phone_region=_matching(
            "LEADHOUSE_PHONE_REGION", value("LEADHOUSE_PHONE_REGION", "PL"), "[A-Z]{2}", "PL"
        ),
        as_of=_as_of(value("LEADHOUSE_AS_OF"), timezone, now),
        as_known_at=_as_known_at(value("LEADHOUSE_AS_KNOWN_AT")),
        keep_builds=_whole_number("LEADHOUSE_KEEP_BUILDS", value("LEADHOUSE_KEEP_BUILDS", "7"), 2),
        memory_limit=_matching(
            "LEADHOUSE_MEMORY_LIMIT",
            value("LEADHOUSE_MEMORY_LIMIT"),
            r"([0-9]+(\.[0-9]+)? ?(KB|MB|GB|TB|KiB|MiB|GiB|TiB))?",
            "4GB",
        )
        or None,
        threads=_whole_number("LEADHOUSE_THREADS", value("LEADHOUSE_THREADS", "0"), 0) or None,
        pii_key=value("LEADHOUSE_PII_KEY") or _kept_key(home),
    )


def _absolute(text: str) -> Path:
    path = Path(text).expanduser()
    return path if path.is_absolute() else Path.cwd() / path


def _timezone(name: str, text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(
            f"{name} is {text!r}, which is no time zone. Use an IANA name such as Europe/Warsaw."
        ) from None
    return text


def _matching(name: str, text: str, pattern: str, example: str) -> str:
    if not re.fullmatch(pattern, text):
        raise SettingsError(f"{name} is {text!r}, which cannot be read. Write it like {example}.")
    return text


def _whole_number(name: str, text: str, at_least: int) -> int:
    if not re.fullmatch(r"[0-9]+", text) or int(text) < at_least:
        raise SettingsError(f"{name} is {text!r}. It must be a whole number of {at_least} or more.")
    return int(text)


def _as_of(text: str, timezone: str, now: datetime | None) -> datetime:
    zone = ZoneInfo(timezone)
    if not text:
        today = (now or datetime.now(UTC)).astimezone(zone).date()
        return datetime.combine(today, time.min, zone).astimezone(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            f"LEADHOUSE_AS_OF is {text!r}. Write an ISO date (2024-03-01, local midnight) "
            "or timestamp (2024-03-01T12:00:00+01:00)."
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _as_known_at(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            f"LEADHOUSE_AS_KNOWN_AT is {text!r}. Write an ISO date such as 2024-03-01."
        ) from None


def _kept_key(home: Path) -> str:
    """The generated key, created once with mode 0600 and read ever after."""
    path = home / "pii_key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".pii_key.{os.getpid()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
