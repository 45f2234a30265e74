"""The command ``leadhouse mapping``."""

from __future__ import annotations

from pathlib import Path

import click

from leadhouse.cli.terminal import reading_command
from leadhouse.errors import LeadhouseError
from leadhouse.settings import Settings


@click.command(
    epilog="Example: leadhouse mapping export.csv --entity deals --out drop/mappings/crm.yml"
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--entity", help="What the rows are, such as deals, if it is not told rightly.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Write the mapping there, such as drop/mappings/crm.yml; nothing is overwritten.",
)
@click.option("--sheet", help="Look at that sheet of a workbook, not at its first one.")
@reading_command
def mapping(
    settings: Settings, file: Path, entity: str | None, out: Path | None, sheet: str | None
) -> None:
    """Look at an export and propose the mapping file by which it lands.

    Shows the columns with ten values each (of personal ones, and of what may be one, the shape),
    the mapping, and what could not be told.
    """
    from ingestion.contract import ENTITIES
    from ingestion.inventory import read_all_mappings
    from ingestion.problems import meant
    from ingestion.proposing.looking import look
    from ingestion.proposing.writing import known_names, propose

    if entity is not None and entity not in ENTITIES:
        raise LeadhouseError(f"--entity {entity} is not an entity.{meant(entity, ENTITIES)}")
    if out is not None and out.exists():
        raise LeadhouseError(f"{out} is there already. Name another file in --out.")
    mappings = read_all_mappings(settings.drop)
    export = look(file, known_names((*mappings.own, *mappings.ready)), sheet)
    click.echo(f"{file.name}: {export.records:,} records looked at, {len(export.columns)} columns")
    proposal = propose(export, mappings.ready, entity)
    for column in export.columns:
        shown = column.shown(column.path in proposal.personal)
        values = " | ".join(text[:40] for text in shown)
        click.echo(f"  {column.path} ({column.kind}, {column.filled:,} filled): {values}")
    click.echo(f"\n{proposal.made_of}\n")
    if out is None:
        click.echo(proposal.text)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(proposal.text, encoding="utf-8")
        click.echo(f"Written to {out}.")
    if taken := mappings.takers(file.name):
        names = ", ".join(mapping.name for mapping in taken)
        click.echo(f"It lands as it is: the mapping {names} takes it.")
    for doubt in proposal.doubts:
        click.echo(f"Look at this: {doubt}")
