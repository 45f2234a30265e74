"""The command ``leadhouse doctor``."""

from __future__ import annotations

import click

from leadhouse.cli.terminal import Terminal, command
from leadhouse.settings import Settings


@click.command(epilog="Example: leadhouse doctor")
@command
def doctor(settings: Settings, terminal: Terminal) -> None:
    """Check folders, settings, mappings, seeds and panels, and say what to fix."""
    from leadhouse.doctor import examine

    examine(settings, terminal.say)
