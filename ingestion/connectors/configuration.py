"""connectors.toml: which accounts are pulled, and how; of secrets it has the variables' names."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingestion.connectors.vendor import Account, Vendor
from ingestion.connectors.vendors import VENDORS
from ingestion.mapping.texts import Zone
from ingestion.problems import in_words, meant
from leadhouse.errors import LeadhouseError
from leadhouse.files import write_whole


class _Entry(BaseModel):
    """What a table ``[vendor.account]`` may say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: date = Field(description="Write the first day to pull, such as 2024-01-01.")
    timezone: Zone = Field(description="Name the account's time zone, such as Europe/Warsaw.")
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = Field(
        description="Write the account's currency, such as EUR."
    )
    address: str = Field("", description="Write the address of the vendor's interface.")
    streams: tuple[str, ...] = Field((), description="List the streams to pull; else all are.")
    lookback_days: dict[str, Annotated[int, Field(ge=0, le=400)]] = Field(
        {}, description="Write how many days a stream goes back, such as {calls = 10}."
    )
    sweep_days: Annotated[int, Field(ge=0, le=400)] = Field(
        7, description="Write after how many days it is asked what is gone, such as 7; 0 is never."
    )
    sweep_percent: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None, description="Write how much of a stream may be gone, in percent, such as 10."
    )
    secrets: dict[str, str] = Field(
        {},
        description='Name the environment variables of the secrets, such as {token = "CRM_TOKEN"}.',
    )
    options: dict[str, str] = Field({}, description="Write the vendor's own keys as texts.")


def read_accounts(file: Path) -> list[Account]:
    """The accounts of a file, none where there is no file; see :func:`accounts_in`."""
    if not file.exists():
        return []
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LeadhouseError(f"{file} cannot be read: {error}. Write it as UTF-8.") from None
    return accounts_in(text, file.name)


def accounts_in(text: str, file: str) -> list[Account]:
    """The accounts that the text of a ``file`` of that name has.

    Raises :class:`LeadhouseError` with every problem: file, line, key, what to write.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LeadhouseError(f"{file} cannot be read: {error}. Correct the TOML.") from None
    accounts: list[Account] = []
    problems: list[str] = []
    for vendor_name, entries in document.items():
        vendor = VENDORS.get(vendor_name)
        if vendor is None or not isinstance(entries, dict):
            near = meant(vendor_name, VENDORS)
            problems.append(
                f"{_where(file, text, vendor_name)}{vendor_name} is no vendor.{near} "
                f"Vendors: {', '.join(VENDORS)}; write [vendor.account]."
            )
            continue
        for name, entry in entries.items():
            where = _where(file, text, vendor_name, name)
            try:
                account = _account(vendor, name, _Entry.model_validate(entry))
            except ValidationError as error:
                problems += [
                    f"{where}key {'.'.join(map(str, each['loc']))}: {in_words(each, _Entry)}"
                    for each in error.errors()
                ]
                continue
            said = list(_problems(vendor, account))
            problems += [f"{where}{each}" for each in said]
            accounts.append(account)
    if problems:
        raise LeadhouseError("\n".join(problems))
    return accounts


def _where(file: str, text: str, *keys: str) -> str:
    """The file and the line of a table, as errors begin."""
    header = re.compile(rf"^\s*\[+\s*{re.escape('.'.join(keys))}\b")
    lines = text.splitlines()
    at = next((number for number, line in enumerate(lines, 1) if header.match(line)), None)
    return f"{file}{f', line {at}' if at else ''}, [{'.'.join(keys)}]: "


def _account(vendor: Vendor, name: str, entry: _Entry) -> Account:
    every = tuple(stream.name for stream in vendor.streams)
    return Account(
        vendor=vendor.name,
        name=name,
        address=(entry.address or vendor.address).rstrip("/"),
        zone=ZoneInfo(entry.timezone),
        currency=entry.currency,
        since=entry.since,
        streams=entry.streams or every,
        lookback_days=entry.lookback_days,
        sweep_days=entry.sweep_days,
        sweep_percent=entry.sweep_percent,
        secrets=entry.secrets,
        options=entry.options,
    )


def _problems(vendor: Vendor, account: Account) -> list[str]:
    """What the vendor does not know of the account's keys, or lacks, in words."""
    streams = [stream.name for stream in vendor.streams]
    problems = []
    if not re.fullmatch(r"[a-z0-9_]+", account.name):
        problems.append(f"{account.name!r} is no name: use small letters, digits and _.")
    if not account.address:
        problems.append("key address: is missing. Write the address of your account.")
    elif not re.match(r"https?://", account.address):
        problems.append(f"key address: {account.address!r} does not begin with https://.")
    for key, given in (("streams", account.streams), ("lookback_days", account.lookback_days)):
        for name in given:
            if name not in streams:
                near = meant(name, streams)
                problems.append(
                    f"key {key}: {vendor.title} has no stream {name!r}.{near} "
                    f"It has: {', '.join(streams)}."
                )
    for key, known, given_keys in (
        ("secrets", vendor.secrets, account.secrets),
        ("options", vendor.options, account.options),
    ):
        for name in given_keys:
            if name not in known:
                near = meant(name, known)
                problems.append(
                    f"key {key}.{name}: is unknown.{near} Known: {', '.join(known) or 'none'}."
                )
        for name, about in known.items():
            if name not in given_keys and name not in vendor.optional:
                problems.append(f"key {key}.{name}: is missing. It is {about}.")
    for name, variable in account.secrets.items():
        if not re.fullmatch(r"[A-Z][A-Z0-9_]*", variable):
            # A secret that was written here by mistake is not repeated.
            problems.append(
                f"key secrets.{name}: is no name of an environment variable. Write the name, such "
                "as CRM_TOKEN, and put the secret into that variable."
            )
    return problems


def secrets_of(account: Account, environ: Mapping[str, str]) -> dict[str, str]:
    """The secrets of an account. Raises :class:`LeadhouseError` for a variable that is not set."""
    missing = [name for name in account.secrets.values() if not environ.get(name)]
    if missing:
        word = "variable is" if len(missing) == 1 else "variables are"
        raise LeadhouseError(
            f"{account.shown_as}: the environment {word} not set: {', '.join(missing)}. Set "
            "what connectors.toml names there."
        )
    return {name: environ[variable] for name, variable in account.secrets.items()}


def add_account(file: Path, entry: Mapping[str, Any]) -> Account:
    """Write an account at the end of the file, if it is right then. Gives the account.

    Raises :class:`LeadhouseError` as :func:`read_accounts` does, and leaves the file as it was.
    """
    name = f"{entry['vendor']}.{entry['name']}"
    if any(account.shown_as == name for account in read_accounts(file)):
        raise LeadhouseError(f"{file} has an account {name} already. Name another in --account.")
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    text = f"{before}\n{_written(entry)}".lstrip()
    added = next(each for each in accounts_in(text, file.name) if each.shown_as == name)
    write_whole(file, text)
    return added


def _written(entry: Mapping[str, Any]) -> str:
    """One account as the file has it."""
    lines = [f"[{entry['vendor']}.{entry['name']}]"]
    for key, value in entry.items():
        if key not in ("vendor", "name") and value:
            lines.append(f"{key} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
