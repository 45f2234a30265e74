"""What is published at this moment: the build, its age, and what it holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from leadhouse.database import open_published
from leadhouse.publishing import current_build
from leadhouse.settings import Settings

Lines = list[tuple[str, str]]
"""A name and what is to be said of it, in words."""


def published_state(settings: Settings) -> Lines:
    """The current build, read from its own tables. Raises :class:`LeadhouseError` if it cannot."""
    build = current_build(settings)
    if build is None:
        return [("build", "none yet; `leadhouse run` publishes the first one")]
    with open_published(settings) as con:
        published_at, as_of, through = con.execute(
            "select epoch(published_at), epoch(as_of), data_through_date from trust.rpt_run"
        ).fetchall()[0]
        deliveries, last = con.execute(
            "select count(distinct delivery_date), max(delivery_date) from trust.rpt_load_log"
        ).fetchall()[0]
        quarantined = con.execute("select count(*) from trust.rpt_quarantine").fetchall()[0][0]
    published = datetime.fromtimestamp(published_at, UTC)
    age = in_words(datetime.now(UTC) - published)
    return [
        ("build", build),
        ("published", f"{local(published, settings)}, {age} ago"),
        (
            "as of",
            f"{local(datetime.fromtimestamp(as_of, UTC), settings)}: events before this moment",
        ),
        ("data through", str(through or "no daily events were delivered")),
        ("deliveries", f"{deliveries:,}, the last of {last}" if deliveries else "none"),
        (
            "quarantine",
            f"{quarantined:,} rows; trust.rpt_quarantine says why" if quarantined else "empty",
        ),
    ]


def local(moment: datetime, settings: Settings) -> str:
    """An instant as people of the reporting time zone write it."""
    return f"{moment.astimezone(ZoneInfo(settings.timezone)):%Y-%m-%d %H:%M} {settings.timezone}"


def in_words(age: timedelta) -> str:
    """A length of time in its largest unit that makes two or more, else minutes."""
    minutes = int(age.total_seconds()) // 60
    for name, length in (("days", 24 * 60), ("hours", 60)):
        if minutes >= 2 * length:
            return f"{minutes // length} {name}"
    return f"{minutes} {'minute' if minutes == 1 else 'minutes'}"
