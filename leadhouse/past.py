"""A past day once more: what its build would have been, beside what is published."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from leadhouse.aside import home_aside
from leadhouse.build import build_results
from leadhouse.database import open_published
from leadhouse.kept_builds import current_build
from leadhouse.publications import COPY
from leadhouse.publishing import Published, publish
from leadhouse.settings import Settings


def build_past(settings: Settings, folder: Path, say: Callable[[str], None]) -> None:
    """Publish into ``folder`` what the clocks of the settings make of everything that has landed.

    ``say`` is told where it is, and whether it is what was published then. Raises
    :class:`LeadhouseError` as a build does, and when ``folder`` cannot be used.
    """
    with home_aside(settings, folder) as aside:
        for _ in build_results(aside, str(uuid.uuid4()), datetime.now(UTC)):
            pass
        published = publish(aside)
    for line in _compared(settings, published):
        say(line)
    say(f"Published into {folder}. Ask it:")
    say(f'  LEADHOUSE_HOME={folder} leadhouse sql "from trust.rpt_run"')


def _compared(settings: Settings, past: Published) -> list[str]:
    """Whether the builds that were published as of the same instant had the same content."""
    if current_build(settings) is None:
        return []
    with open_published(settings) as con:
        found = con.execute(
            "select build_id, cast(published_at as varchar), output_hash = ?, code_version = ? "
            f"from {COPY} where as_of = ? order by build_id desc",
            [past.run["output_hash"], past.run["code_version"], past.run["as_of"]],
        ).fetchall()
    same = next((row for row in found if row[2]), None)
    if same:
        return [f"It is what build {same[0]} published at {same[1]}: the content is the same."]
    if not found:
        return ["No build of this instant was published then."]
    build, published_at, _, is_same_code = found[0]
    reason = (
        "deliveries of then were changed, withdrawn or known to another day since"
        if is_same_code
        else "its code or seeds were others"
    )
    return [f"Build {build}, published at {published_at}, had another content: {reason}."]
