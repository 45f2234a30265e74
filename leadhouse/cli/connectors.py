"""The commands ``leadhouse extract`` and ``leadhouse connect``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from leadhouse.cli.terminal import Terminal, command, quiet_option, reading_command
from leadhouse.errors import LeadhouseError
from leadhouse.settings import Settings

if TYPE_CHECKING:
    from ingestion.connectors.sample import Sample

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
@click.option("--panel", multiple=True, help="NAME=VALUE: write a panel's seeds without asking.")
@click.option("--replace-panel", is_flag=True, help="In the place of a panel of that id or name.")
@click.option("--no-panel", is_flag=True, help="Write no panel's seeds, and do not ask.")
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
    panel: tuple[str, ...],
    replace_panel: bool,
    no_panel: bool,
) -> None:
    """Write a vendor's account into connectors.toml, and show what it can see.

    Asks for what is not given. Secrets stay in environment variables: the file has their names.

    An account that the file has already is left as it is there, unless an option describes another.

    Where the account has stages or tags, a lead-routing panel can be written into seeds/ from them:
    it asks, or takes the columns of the seeds from --panel (source_tags and sellers as lists with ;
    between them). What is not said there is proposed. Rows of other panels stay as they are.
    """
    from ingestion.connectors.configuration import add_account, read_accounts
    from ingestion.connectors.extract import look
    from ingestion.connectors.sample import sample_of
    from ingestion.connectors.vendors import VENDORS
    from ingestion.problems import meant

    known = VENDORS.get(vendor)
    if known is None:
        raise LeadhouseError(
            f"{vendor} is no vendor.{meant(vendor, VENDORS)} Vendors: {', '.join(VENDORS)}."
        )
    click.echo(f"{known.title}. The token needs: {known.rights or 'nothing'}.")
    secrets, options = _pairs(secret, "--secret"), _pairs(option, "--option")
    about_panel = _pairs(panel, "--panel")
    shown_as = f"{vendor}.{account}"
    kept = [each for each in read_accounts(settings.connectors) if each.shown_as == shown_as]
    if kept and not any((since, timezone, currency, address, secret, option)):
        (added,) = kept
        click.echo(f"{settings.connectors} has it.")
    else:
        first = since.date() if since else date.fromisoformat(click.prompt("First day to pull"))
        entry = {
            "vendor": vendor,
            "name": account,
            "since": first,
            "timezone": timezone or click.prompt("Time zone", default=settings.timezone),
            "currency": currency or click.prompt("Currency", default=settings.currency),
            "address": address or (known.address and "") or click.prompt("Address of the account"),
            "secrets": secrets or _asked(known.secrets, known.optional, "Variable of"),
            "options": options or _asked(known.options, known.optional, ""),
        }
        added = add_account(settings.connectors, entry)
        click.echo(f"Written to {settings.connectors}.")
    click.echo(f"It sees: {look(settings, added)}")
    if no_panel:
        return
    sample = sample_of(settings, added)
    if sample.pipelines or sample.tags:
        _show(sample)
        _offer_panel(sample, about_panel, f"{vendor}_{account}", replace_panel)
    elif about_panel:
        raise LeadhouseError("No panel was written: the account shows neither stages nor tags.")


_SHOWN = 40
"""So many users, tags or stages of a pipeline are shown."""


def _show(sample: Sample) -> None:
    for pipeline, stages in sample.pipelines.items():
        named = [f"{each.name} ({each.kind})" for each in stages]
        click.echo(f"pipeline {pipeline}: {_some(named)}")
    click.echo(f"users: {_some([f'{user} {name}' for user, name in sample.users.items()])}")
    click.echo(f"tags of contacts: {_some(sample.tags)}")


def _some(words: Sequence[str]) -> str:
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return f"{', '.join(words[:_SHOWN])}{more}" or "none"


def _offer_panel(sample: Sample, given: dict[str, str], name: str, replace: bool) -> None:
    """Write a panel's seeds as ``given``, or as the person says who wants one."""
    from leadhouse.panel_seeds import ABOUT, panel_of, panels_like, proposed, write_panel

    said = dict(given)
    try:
        if not given and not click.confirm("Write a lead-routing panel of it into seeds/?"):
            return
    except click.Abort:
        # Nobody is there to answer, as in a script: that is a no.
        click.echo()
        return
    for key, about in ABOUT.items():
        if key in said:
            continue
        default = name if key in ("panel_id", "panel_name") else proposed(sample, said).get(key)
        if not given:
            said[key] = click.prompt(f"{key} ({about})", default=default)
        elif default is not None:
            said[key] = default
    panel = panel_of(said, sample)
    if (
        (there := panels_like(panel))
        and not replace
        and (given or not click.confirm(f"seeds/ has panel {', '.join(there)}. Replace it?"))
    ):
        raise LeadhouseError(
            f"No panel was written: seeds/ has panel {', '.join(there)} already. Give another "
            "panel_id and panel_name, or --replace-panel."
        )
    write_panel(panel, there)
    click.echo(
        f"Panel {panel.panel_id} is in seeds/lead_routing_panels.csv, its {len(panel.source_tags)} "
        f"source tags and {len(panel.sellers) or 'all'} sellers are beside it. "
        "seeds/source_tags.csv says which source a tag means."
    )


def _asked(known: Mapping[str, str], optional: frozenset[str], before: str) -> dict[str, str]:
    """What the person says to each key; an optional one may stay empty."""
    said = {}
    for name, about in known.items():
        text = f"{before} {name} ({about})".strip()
        said[name] = click.prompt(
            text, default="" if name in optional else None, show_default=False
        )
    return {name: value for name, value in said.items() if value}
