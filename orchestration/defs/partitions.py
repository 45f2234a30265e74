"""The delivery day is the partition of everything that lands."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import dagster as dg

from leadhouse.settings import Settings

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def delivery_days(settings: Settings, now: datetime | None = None) -> dg.DailyPartitionsDefinition:
    """From the first delivery folder of the drop (today without one) to tomorrow or the last one.

    Reads folder names only. ``now`` is an aware instant, the wall clock by default.
    """
    today = (now or datetime.now(UTC)).astimezone(ZoneInfo(settings.timezone)).date()
    days = _delivered(settings)
    first = min([*days, today])
    ahead = max(1, (max([*days, today]) - today).days)
    return dg.DailyPartitionsDefinition(
        start_date=first.isoformat(), timezone=settings.timezone, end_offset=1 + ahead
    )


def _delivered(settings: Settings) -> list[date]:
    if not settings.drop.is_dir():
        return []
    days = []
    for path in settings.drop.iterdir():
        if _DAY.fullmatch(path.name):
            try:
                days.append(date.fromisoformat(path.name))
            except ValueError:
                continue
    return days
