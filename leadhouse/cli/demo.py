"""The command ``leadhouse demo``."""

from __future__ import annotations

from pathlib import Path

import click

from leadhouse.cli.terminal import Terminal, command
from leadhouse.errors import LeadhouseError
from leadhouse.settings import Settings


@click.command(epilog="Example: leadhouse demo --scale M --drop demo-drop")
@click.option(
    "--scale",
    type=click.Choice(["S", "M", "L"], case_sensitive=False),
    default="S",
    show_default=True,
    help="S takes seconds; M has 200,000 contacts; L is ten times M.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same bytes.")
@click.option(
    "--drop",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write here instead of the drop folder.",
)
@command
def demo(settings: Settings, terminal: Terminal, scale: str, seed: int, drop: Path | None) -> None:
    """Write the files of a made-up company into the drop folder, a year of them."""
    from leadhouse.demo.generate import write_company

    folder = drop or settings.drop
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LeadhouseError(
            f"{folder} is not empty, and the demo never mixes with other files. Name an empty "
            "folder with --drop, or remove this one first."
        )
    write_company(folder, scale.upper(), seed)
    terminal.say(f"wrote the demo company ({scale.upper()}, seed {seed}) to {folder}")
