"""Spend that two files of a delivery have: a period that was downloaded twice.

The files of a delivery are added up, because an account's day may come in several. The same key in
two of them (account, day, campaign, ad group, ad, keyword, source) is the same spend, downloaded
again, and would count twice, whether its numbers have changed in between or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb

from ingestion.contract import ENTITIES
from ingestion.inventory import Target
from ingestion.load_log import CurrentLoad, Key
from ingestion.warehouse import landed_file
from leadhouse import sqltext as sql
from leadhouse.errors import RefusedFile
from leadhouse.settings import Settings

_SPENT = "temp.spend_of_a_delivery"
_LETTERS = "regexp_replace(lower({0}), '[^\\p{{L}}\\p{{N}}]', '', 'g')"
_KEY = (
    "date",
    *(
        f"coalesce(nullif({_LETTERS.format(name)}, ''), {name})"
        for name in ("platform", "account_id")
    ),
    "coalesce(campaign_id, campaign)",
    "coalesce(ad_group_id, ad_group)",
    *("ad_id", "keyword", "source", "medium"),
)
"""What two rows of one spend agree on; an account counts however it is written, and a name where
there is no id."""


class RepeatedSpend:
    """Tells of each file of spend whether the delivery has some of it in another file."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        settings: Settings,
        current: Mapping[Key, CurrentLoad],
        targets: Sequence[Target],
    ) -> None:
        planned = {Key.of(target) for target in targets}
        self.con = con
        self.delivery: date | None = None
        self.landed: dict[date, list[Path]] = {}
        for key, load in current.items():
            is_spend = key.entity in ENTITIES and ENTITIES[key.entity].kind == "spend"
            if is_spend and load.status == "loaded" and key not in planned:
                path = landed_file(settings, key, load.load_id)
                self.landed.setdefault(key.delivery_date, []).append(path)

    def check(self, target: Target, path: Path) -> None:
        """Take the rows at ``path`` as the target's, for the files to come.

        Raises :class:`RefusedFile` for rows that another file of the delivery has, unless both are
        of a mapping that says that its files add up.
        """
        if self.delivery != target.delivery_date:
            # What was landed before and stays; of what is landed now each file is added below.
            self.con.execute(
                f"create or replace temp table {_SPENT.removeprefix('temp.')} as "
                f"{_spent([path, *self.landed.get(target.delivery_date, [])])}"
            )
            self.con.execute(
                f"delete from {_SPENT} where file = ? and mapping is not distinct from ?",
                [target.file, target.mapped_by],
            )
            self.delivery = target.delivery_date
        keys = " and ".join(f"new.k{at} is not distinct from old.k{at}" for at in range(len(_KEY)))
        parts = target.mapping is not None and target.mapping.adds_up
        found = self.con.execute(
            f"select new.platform, new.account_id, new.k0, old.file from ({_spent([path])}) as new "
            f"inner join {_SPENT} as old on {keys} where old.file <> ? "
            "and not (? and old.mapping is not distinct from ?) "
            "order by new.k0, new.platform, new.account_id, old.file limit 1",
            [target.file, parts, target.mapped_by],
        ).fetchone()
        if found is not None:
            platform, account, day, other = found
            raise RefusedFile(
                f"{target.shown_as} has spend of {platform} account {account} on {day} that "
                f"{other} of the same delivery has, too, and it would count twice. Put what was "
                "downloaded again into a later delivery, which replaces it, or remove one of the "
                "two. If they are parts of the same rows, say so in their mapping: adds_up: true."
            )
        self.con.execute(f"insert into {_SPENT} {_spent([path])}")


def _spent(paths: Sequence[Path]) -> str:
    """SQL of the keys in files of landed rows."""
    keys = ", ".join(f"{each} as k{at}" for at, each in enumerate(_KEY))
    listed = sql.texts(map(str, paths))
    return (
        f"select distinct {keys}, platform, account_id, _source_file as file, _mapping as mapping "
        f"from read_parquet([{listed}], hive_partitioning = false)"
    )
