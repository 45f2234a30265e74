"""The days that were delivered are the partitions of what lands."""

from collections.abc import Collection
from datetime import date

import dagster as dg

_NAME = "deliveries"
DELIVERY_DAYS = dg.DynamicPartitionsDefinition(name=_NAME)


def delivered_days(instance: dg.DagsterInstance) -> list[date]:
    """The days that Dagster knows of."""
    return [date.fromisoformat(day) for day in instance.get_dynamic_partitions(_NAME)]


def set_delivered_days(instance: dg.DagsterInstance, days: Collection[date]) -> None:
    """Let these days, and no others, be the partitions, in their order.

    Dagster keeps partitions in the order in which they came, and a range of them follows it: what
    stands after a day that came late is put there again. Its events are kept by its name.
    """
    known, wanted = delivered_days(instance), sorted(days)
    same = 0
    while same < min(len(known), len(wanted)) and known[same] == wanted[same]:
        same += 1
    for day in known[same:]:
        instance.delete_dynamic_partition(_NAME, day.isoformat())
    if wanted[same:]:
        instance.add_dynamic_partitions(_NAME, [day.isoformat() for day in wanted[same:]])
