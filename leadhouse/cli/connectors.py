"""The commands ``leadhouse extract`` and ``leadhouse connect``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import click

from leadhouse.cli.terminal import Terminal, command, quiet_option, reading_command
from leadhouse.errors import LeadhouseError
from leadhouse.settings import Settings

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command(epilog="Example: leadhouse extract calltouch --from 2024-01-01 --to 2024-03-31")
@click.argument("accounts", nargs=-1, metavar="[VENDOR[.ACCOUNT]]...")
@click.option("--from", "first", type=_DAY, help="First day to pull, instead of where it ended.")
@click.option("--to", "last", type=_DAY, help="Last day to pull, instead of today.")
@quiet_option
@command
def extract(
    settings: Settings,
    terminal: Terminal,
    accounts: tuple[str, ...],
    first: datetime | None,
    last: datetime | None,
) -> None:
    """Pull vendors' accounts by their interfaces into today's delivery.

    The accounts are those of connectors.toml. A stream goes on where its last pull ended, with the
    days before that the vendor may have changed; its first pull begins on the account's first day.
    A pull that was stopped goes on where it was when it is called again on the same day.
    """
    from ingestion.connectors.extract import chosen_accounts, pull_accounts

    asked: tuple[date | None, date | None] = (first and first.date(), last and last.date())
    pulled = pull_accounts(settings, chosen_accounts(settings, accounts), asked, terminal.say)
    if errors := [each.error for each in pulled if each.error]:
        lines = "\n".join(f"  - {error}" for error in errors)
        raise LeadhouseError(f"{len(errors)} of {len(pulled)} accounts were not pulled:\n{lines}")
    terminal.say("`leadhouse run` lands what came")


def _pairs(given: tuple[str, ...], option: str) -> dict[str, str]:
    pairs = dict(each.partition("=")[::2] for each in given)
    if wrong := [name for name, value in pairs.items() if not value]:
        raise LeadhouseError(f"{option} {wrong[0]} has no value. Write {option} {wrong[0]}=VALUE.")
    return pairs


@click.command(epilog="Example: leadhouse connect hubspot")
@click.argument("vendor")
@click.option("--account", default="main", show_default=True, help="A name of your own for it.")
@click.option("--since", type=_DAY, help="The first day to pull.")
@click.option("--timezone", help="The account's time zone, such as Europe/Warsaw.")
@click.option("--currency", help="The account's currency, such as EUR.")
@click.option("--address", help="The address of the interface, where it is not the vendor's only.")
@click.option("--secret", multiple=True, help="NAME=VARIABLE: which variable holds a secret.")
@click.option("--option", multiple=True, help="NAME=VALUE: one of the vendor's own keys.")
@reading_command
def connect(
    settings: Settings,
    vendor: str,
    account: str,
    since: datetime | None,
    timezone: str | None,
    currency: str | None,
    address: str | None,
    secret: tuple[str, ...],
    option: tuple[str, ...],
) -> None:
    """Write a vendor's account into connectors.toml, and show what it can see.

    Asks for what is not given. Secrets stay in environment variables: the file has their names.
    """
    from ingestion.connectors.configuration import add_account
    from ingestion.connectors.extract import look
    from ingestion.connectors.vendors import VENDORS
    from ingestion.problems import meant

    known = VENDORS.get(vendor)
    if known is None:
        raise LeadhouseError(
            f"{vendor} is no vendor.{meant(vendor, VENDORS)} Vendors: {', '.join(VENDORS)}."
        )
    click.echo(f"{known.title}. The token needs: {known.rights or 'nothing'}.")
    secrets, options = _pairs(secret, "--secret"), _pairs(option, "--option")
    entry = {
        "vendor": vendor,
        "name": account,
        "since": since.date() if since else date.fromisoformat(click.prompt("First day to pull")),
        "timezone": timezone or click.prompt("Time zone", default=settings.timezone),
        "currency": currency or click.prompt("Currency", default=settings.currency),
        "address": address or (known.address and "") or click.prompt("Address of the account"),
        "secrets": secrets or _asked(known.secrets, known.optional, "Variable of"),
        "options": options or _asked(known.options, known.optional, ""),
    }
    added = add_account(settings.connectors, entry)
    click.echo(f"Written to {settings.connectors}.")
    click.echo(f"It sees: {look(settings, added)}")


def _asked(known: Mapping[str, str], optional: frozenset[str], before: str) -> dict[str, str]:
    """What the person says to each key; an optional one may stay empty."""
    said = {}
    for name, about in known.items():
        text = f"{before} {name} ({about})".strip()
        said[name] = click.prompt(
            text, default="" if name in optional else None, show_default=False
        )
    return {name: value for name, value in said.items() if value}
