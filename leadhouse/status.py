"""What is published at this moment, and how what was started by the command line ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

from leadhouse.build import run_of
from leadhouse.database import open_published
from leadhouse.kept_builds import current_build
from leadhouse.last_runs import LastRuns, last_runs
from leadhouse.settings import Settings

Lines = list[tuple[str, str]]
"""A name and what is to be said of it, in words."""

MOST_LATE = 3

NO_DAEMON = (
    "not planned here: Dagster's daemon is not running. `make dev` starts it; cron may call "
    "`leadhouse run` instead"
)


def published_state(settings: Settings) -> Lines:
    """The current build, read from its own tables. Raises :class:`LeadhouseError` if it cannot."""
    build = current_build(settings)
    if build is None:
        return [("build", "none yet; `leadhouse run` publishes the first one")]
    with open_published(settings) as con:
        run = run_of(con)
        deliveries, last = con.execute(
            "select count(distinct delivery_date), max(delivery_date) from trust.rpt_load_log"
        ).fetchall()[0]
        late = late_sources(con)
        quarantined = con.execute("select count(*) from trust.rpt_quarantine").fetchall()[0][0]
    published, as_of = run["published_at"], run["as_of"]
    through = run.get("data_through_date", "not known: this build is older than this statement")
    age = in_words(datetime.now(UTC) - published)
    return [
        ("build", build),
        ("published", f"{local(published, settings)}, {age} ago"),
        (
            "as of",
            f"{local(as_of, settings)}: events before this moment",
        ),
        ("data through", str(through or "no daily events were delivered")),
        ("deliveries", f"{deliveries:,}, the last of {last}" if deliveries else "none"),
        ("late", late or "nothing"),
        (
            "quarantine",
            f"{quarantined:,} rows; trust.rpt_quarantine says why" if quarantined else "empty",
        ),
    ]


def late_sources(con: duckdb.DuckDBPyConnection) -> str:
    """What a build says is late at its as_of, the longest overdue first; empty if nothing is."""
    try:
        late = con.execute(
            "select source_system, entity, hours_since_delivery, usual_gap_hours "
            "from trust.rpt_source_freshness where is_late "
            "order by hours_since_delivery / usual_gap_hours desc, source_system, entity"
        ).fetchall()
    except duckdb.CatalogException:
        return "not known: this build is older than this statement"
    told = [
        f"{entity} of {system} ({in_words(timedelta(hours=since))} without a delivery, usually "
        f"{in_words(timedelta(hours=usual))})"
        for system, entity, since, usual in late[:MOST_LATE]
    ]
    if len(late) > MOST_LATE:
        told.append(f"and {len(late) - MOST_LATE} more in trust.rpt_source_freshness")
    return ", ".join(told)


def run_state(settings: Settings) -> Lines:
    """The last failure and the next run where Dagster has no home, and so has recorded nothing."""
    return [("last failure", last_failure(last_runs(settings), settings)), ("next run", NO_DAEMON)]


def last_failure(runs: LastRuns, settings: Settings) -> str:
    """What failed last and when, and whether it has been cured."""
    if not runs.failed_at:
        return "none"
    when = local(datetime.fromtimestamp(runs.failed_at, UTC), settings)
    cured = " (runs have succeeded since)" if runs.succeeded_at > runs.failed_at else ""
    return f"{when}{cured}: {runs.failure}"


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
