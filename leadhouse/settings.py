"""Every setting of Leadhouse: one class gives validation, `--help`, the README's table, doctor."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from leadhouse import sqltext as sql
from leadhouse.errors import SettingsError
from leadhouse.paths import PII_KEY, PROJECT_ROOT, HomeFolder

PREFIX = "LEADHOUSE_"
_BYTES = r"[0-9]+(\.[0-9]+)? ?(KB|MB|GB|TB|KiB|MiB|GiB|TiB)"


# --- what a value must be: an error completes "LEADHOUSE_X is 'value', which is not ..." -------


def _absolute(path: Path) -> Path:
    """Below the project's folder, so that cron finds what a person made from another one."""
    return PROJECT_ROOT / path.expanduser()


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("a time zone. Use an IANA name such as Europe/Warsaw.") from None
    return name


def _like(pattern: str, example: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"valid. Write it like {example}.")
        return text

    return AfterValidator(check)


def _at_least(least: int, most: int | None = None) -> BeforeValidator:
    said = f"a whole number of {least} or more" if most is None else f"one of {least} to {most}"

    def check(value: Any) -> Any:
        is_whole = re.fullmatch(r"[0-9]+", str(value))
        if not is_whole or int(value) < least or (most and int(value) > most):
            raise ValueError(f"{said}.")
        return value

    return BeforeValidator(check)


def _share(value: Any) -> Any:
    try:
        share = float(value)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ValueError("a share from 0 to 1, such as 0.1.")
    return share


def _instant(value: Any, known: ValidationInfo) -> datetime:
    """Text without a time or an offset is local; the result is in UTC."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(
            "a date or time. Write an ISO date (2024-03-01, local midnight) or timestamp "
            "(2024-03-01T12:00:00+01:00)."
        ) from None
    if not moment.tzinfo:
        moment = moment.replace(tzinfo=ZoneInfo(known.data.get("timezone", "UTC")))
    return moment.astimezone(UTC)


def _web_address(address: SecretStr) -> SecretStr:
    if address and not re.match("https?://", address.get_secret_value()):
        raise ValueError("an address of the web. Write it like https://chat.example.org/hook.")
    return address


def _day(value: Any) -> Any:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("a valid date. Write an ISO date such as 2024-03-01.") from None


def _start_of_today(known: dict[str, Any]) -> datetime:
    zone = ZoneInfo(known["timezone"])
    return datetime.combine(datetime.now(zone).date(), time.min, zone)


def _kept_key(known: dict[str, Any]) -> SecretStr:
    """The generated key, created once with mode 0600 and read ever after."""
    path = known["home"] / PII_KEY
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
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
    return SecretStr(path.read_text().strip())


Folder = Annotated[Path, AfterValidator(_absolute)]
Zone = Annotated[str, AfterValidator(_zone)]


def _computed(default: Callable[[dict[str, Any]], Any], said: str, about: str) -> Any:
    """A setting whose default depends on the others; ``said`` describes that default."""
    return Field(default_factory=default, description=about, json_schema_extra={"default": said})


def _unset(value: Any, said: str, about: str) -> Any:
    """A setting that is off by default; ``said`` is what holds then."""
    return Field(value, description=about, json_schema_extra={"default": said})


# --- the settings ------------------------------------------------------------------------------


class Settings(HomeFolder, BaseSettings):
    """The settings of one run, each from the environment variable ``LEADHOUSE_<NAME>``.

    ``as_of`` is an instant in UTC, the folders are absolute.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="ignore", frozen=True, validate_default=True
    )

    drop: Folder = Field(
        Path("drop"),
        description="the drop folder; it and the home folder are looked for from the project's "
        "folder, wherever the command is called from",
    )
    home: Folder = Field(
        Path(".leadhouse"), description="build file, published files, Dagster's state, logs"
    )
    connectors: Folder = Field(
        Path("connectors.toml"),
        description="the file that says which vendors' accounts `leadhouse extract` pulls",
    )
    timezone: Zone = Field("UTC", description="time zone of the reporting days")
    source_timezone: Zone = _computed(
        lambda known: known["timezone"],
        f"`{PREFIX}TIMEZONE`",
        "time zone of timestamps without an offset",
    )
    currency: Annotated[str, _like("[A-Z]{3}", "EUR")] = Field(
        "EUR", description="reporting currency (columns `*_rc`)"
    )
    phone_region: Annotated[str, _like("[A-Z]{2}", "PL")] = Field(
        "PL", description="country of phone numbers without a country code"
    )
    as_of: Annotated[datetime, BeforeValidator(_instant)] = _computed(
        _start_of_today,
        "start of today",
        "only events before this exist: a date (local midnight) or a timestamp",
    )
    as_known_at: Annotated[date | None, BeforeValidator(_day)] = _unset(
        None, "no limit", "only deliveries up to this day exist"
    )
    max_quarantined: Annotated[float, BeforeValidator(_share)] = Field(
        0.1,
        description="share of a file's rows, of at least twenty, above which bad rows refuse the "
        "file whole, as does a file of two or more rows that are all bad; `1` refuses none for its "
        "rows",
    )
    max_years: Annotated[int, _at_least(1)] = Field(
        5,
        description="years within which the days of a manual cost end; longer ones are quarantined",
    )
    unknown_files: Annotated[str, _like("warn|error", "warn or error")] = Field(
        "warn",
        description="a file that no entity and no mapping takes: set aside with a warning (`warn`) "
        "or a reason to stop (`error`)",
    )
    keep_builds: Annotated[int, _at_least(2)] = Field(
        7, description="published builds that are kept (2 or more)"
    )
    memory_limit: Annotated[str, _like(_BYTES, "4GB")] | None = _unset(
        None, "DuckDB's", "memory that DuckDB may use, such as `4GB`"
    )
    threads: Annotated[int, _at_least(0)] = _unset(
        0, "DuckDB's", "threads that DuckDB may use, such as `2`"
    )
    engine: Annotated[str, _like("duckdb|spark", "duckdb or spark")] = Field(
        "duckdb", description="what builds: `duckdb` on this machine, or `spark`"
    )
    spark_server: Annotated[str, _like(r"[^:\s]+:[0-9]+", "localhost:10000")] = Field(
        "localhost:10000", description="host and port of Spark's Thrift server"
    )
    port: Annotated[int, _at_least(1, 65535)] = Field(
        3000, description="port of the web UI, on the loopback only"
    )
    panels_port: Annotated[int, _at_least(1, 65535)] = Field(
        8050, description="port of the panels, on the loopback only"
    )
    panels_secret: SecretStr = _unset(
        SecretStr(""),
        "none",
        "secret without which the panels answer nobody: the password that the browser asks for, "
        "with any name, or what a proxy sends as `X-Leadhouse-Secret`",
    )
    pii: Annotated[int, _at_least(0, 1)] = Field(
        0,
        description="`1` lets the panels' deal card show personal data where the file that holds "
        "it can be read",
    )
    alert_command: str = _unset(
        "",
        "none",
        "command that is called with each alert on its standard input; `LEADHOUSE_ALERT_KIND` "
        "(failure, recovery, late, rule) and `LEADHOUSE_ALERT_SUBJECT` are in its environment",
    )
    alert_email: str = _unset(
        "", "none", "addresses that alerts are sent to by e-mail, separated by commas"
    )
    alert_sender: str = _unset("", "leadhouse at this host", "address that alerts come from")
    alert_webhook: Annotated[SecretStr, AfterValidator(_web_address)] = _unset(
        SecretStr(""),
        "none",
        "address that alerts are posted to as JSON, as chat services take it (`text`)",
    )
    smtp_server: Annotated[str, _like(r"[^:\s]+:[0-9]+", "mail.example.org:587")] = Field(
        "localhost:25",
        description="mail server and port: 465 for TLS, else STARTTLS where the server offers it",
    )
    smtp_user: str = _unset("", "none", "user of the mail server")
    smtp_password: SecretStr = _unset(SecretStr(""), "none", "password of that user")
    late_after_hours: Annotated[int, _at_least(0)] = _unset(
        0,
        "never",
        "hours after the start of the last delivery's day when the next one is late: `32` for a "
        "daily one due by eight in the morning",
    )
    pii_key: SecretStr = _computed(
        _kept_key,
        "generated once and kept in the home folder",
        "key of the hashes of personal data",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """:func:`load_settings` alone says which environment is read."""
        return (init_settings,)

    def as_environment(self) -> dict[str, str]:
        """The variables that give a child process these settings, without secrets."""
        return {_variable(name): value for name, value in self._shown().items()}

    @classmethod
    def is_variable(cls, name: str) -> bool:
        """Whether an environment variable is one of those that :meth:`as_environment` gives."""
        return name.upper() in map(_variable, cls.model_fields.keys() - SECRETS)

    def in_words(self) -> str:
        """Every setting that is on and its value, in one line, without secrets."""
        return ", ".join(
            f"{name.replace('_', ' ')} {value}" for name, value in self._shown().items()
        )

    def _shown(self) -> dict[str, str]:
        values = self.model_dump(mode="json", exclude=SECRETS)
        return {name: str(value) for name, value in values.items() if value}


SECRETS = {name for name, field in Settings.model_fields.items() if field.annotation is SecretStr}
"""The settings that are shown nowhere and kept in no file but the key's."""

AROUND_THE_DATA = {
    *("drop", "home", "connectors", "keep_builds", "memory_limit", "threads", "port"),
    *("late_after_hours", "panels_port", "pii", "engine", "spark_server"),
    *(name for name in Settings.model_fields if name.startswith(("alert_", "smtp_"))),
}
"""The settings that change nothing of what is published: where, how fast, and who is told."""


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings; ``environ`` defaults to the process environment.

    The key of the hashes is generated on first use and kept in ``LEADHOUSE_HOME/pii_key`` with mode
    0600. Raises :class:`SettingsError` with everything that is wrong, one setting a line.
    """
    given = os.environ if environ is None else environ
    source = EnvSettingsSource(Settings)
    cleaned = {name.lower(): sql.cleaned(text) for name, text in given.items()}
    source.env_vars = {name: text for name, text in cleaned.items() if text}
    try:
        return Settings(**source())
    except ValidationError as error:
        problems = [
            f"{_variable(str(problem['loc'][0]))} is {_shown(problem)}, which is not "
            f"{problem['ctx']['error']}"
            for problem in error.errors()
            # The default of another setting waits for the one that is wrong.
            if problem["type"] != "default_factory_not_called"
        ]
        raise SettingsError("\n".join(problems)) from None


def reading_settings() -> Settings:
    """The settings for whoever reads: without the key, to whose file readers have no right."""
    return load_settings({**os.environ, f"{PREFIX}PII_KEY": "none"})


def settings_rows() -> list[tuple[str, str, str]]:
    """Variable, meaning and default of every setting, as Markdown."""
    rows = []
    for name, field in Settings.model_fields.items():
        extra = field.json_schema_extra
        said = extra["default"] if isinstance(extra, dict) else f"`{field.default}`"
        rows.append((_variable(name), field.description or "", str(said)))
    return rows


def settings_table() -> str:
    """The settings as a Markdown table."""
    lines = [f"| `{name}` | {about} | {default} |" for name, about, default in settings_rows()]
    return "\n".join(["| variable | meaning | default |", "|---|---|---|", *lines]) + "\n"


def settings_help() -> str:
    """The settings as lines of plain text."""
    plain = [[cell.replace("`", "") for cell in row] for row in settings_rows()]
    width = max(len(name) for name, _, _ in plain)
    return "\n".join(f"  {name:{width}}  {about} [{default}]" for name, about, default in plain)


def _shown(problem: ErrorDetails) -> str:
    return "hidden" if problem["loc"][0] in SECRETS else repr(problem["input"])


def _variable(name: str) -> str:
    return PREFIX + name.upper()
