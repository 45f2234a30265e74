"""The command ``leadhouse alert``."""

from __future__ import annotations

import click

from leadhouse.cli.terminal import Terminal, command
from leadhouse.settings import Settings


@click.command(epilog="Example: leadhouse alert")
@command
def alert(settings: Settings, terminal: Terminal) -> None:
    """Send a trial alert through every channel that is set up: command, e-mail, webhook."""
    from leadhouse.alerts import send_trial

    terminal.say(f"sent by {', '.join(send_trial(settings))}")
