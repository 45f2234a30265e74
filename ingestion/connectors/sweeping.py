"""What is gone at a vendor that lists nothing deleted: its ids are asked for.

A record that was pulled is kept as it came. Now and then all of them are asked for by id; one that
the vendor does not know any more is delivered once again, as it was, with a mark, and its mapping
says that it is deleted. A record that comes back lands by its next delivery.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from ingestion.connectors.client import Client
from ingestion.connectors.vendor import GONE, Account, Cursor, Page, Pull, Record, Swept
from leadhouse.errors import ConnectorError

_RECORDS = """
create table if not exists records (id text primary key, day text, gone text, record blob)
without rowid
"""
_BATCH = 49
"""So many ids are asked for at once, and a witness: Bitrix24 takes fifty."""
_FEW = 10
"""So many may be gone, up to half of all, without being suspicious in a small account."""


def remembered(pages: Iterable[Page], swept: Swept, file: Path, day: date) -> Iterator[Page]:
    """The pages, each of whose records is kept before it is given."""
    with closing(_opened(file)) as states:
        for page in pages:
            states.executemany(
                "insert into records values (?, ?, null, ?) on conflict do update "
                "set day = excluded.day, gone = null, record = excluded.record",
                [(str(each[swept.key]), day.isoformat(), _packed(each)) for each in page.records],
            )
            states.commit()
            yield page


def gone(
    pull: Pull, swept: Swept, file: Path, day: date, told: Collection[str], cursor: Cursor
) -> Iterator[Page]:
    """The records of earlier days that the vendor does not know any more, batch by batch.

    Left out is what was found gone on one of the days that were ``told``, which is every earlier
    sweep that came to its end. Called again on its day it gives the same. Raises
    :class:`ConnectorError` before more than the account's share is gone: then a right was taken
    away, or the answers are none.
    """
    last, count, witness = cursor or ("", 0, None)
    earlier = _Earlier(day, told)
    with closing(_opened(file)) as states:
        known = earlier.count(states)
        most = _most(pull.account, known)
        while batch := earlier.batch(states, last):
            ids = [key for key, _ in batch]
            if witness is None and most < known:
                witness = _witness(pull.client, swept, _newest(states))
            missing = _missing(pull.client, swept, ids, witness)
            count += len(missing)
            if count > most:
                raise _nothing(
                    pull.client,
                    f"of {known:,} records that were pulled, more than {most:,} are not given any "
                    "more",
                )
            states.executemany(
                "update records set gone = ? where id = ?",
                [(day.isoformat() if key in missing else None, key) for key in ids],
            )
            states.commit()
            last = ids[-1]
            records = [_unpacked(record) | {GONE: True} for key, record in batch if key in missing]
            yield Page(records, (last, count, witness))


def _witness(client: Client, swept: Swept, newest: Sequence[str]) -> str:
    """A record that the vendor gives now: an answer that should have it, and has not, is none."""
    found = _asked(client, swept, newest)
    if not found:
        raise _nothing(client, f"none of the {len(newest)} records that came last is given")
    return min(found)


def _missing(client: Client, swept: Swept, ids: Sequence[str], witness: str | None) -> set[str]:
    """Those of the ids that the vendor does not give, asked again together with the witness.

    An answer that was cut short has some of them, and the rest is asked for once more.
    """
    missing = set(ids) - _asked(client, swept, ids)
    beside = set() if witness is None else {witness}
    while missing:
        found = _asked(client, swept, sorted(missing | beside))
        if found.isdisjoint(missing):
            if not beside <= found:
                raise _nothing(client, "a record that was given before is not given any more")
            break
        missing -= found
    return missing


def _asked(client: Client, swept: Swept, ids: Sequence[str]) -> set[str]:
    """Which of the ids the vendor gives."""
    found = {str(each) for each in swept.there(client, ids)}
    if others := found - set(ids):
        raise ConnectorError(
            f"{client.about}: the vendor was asked for {len(ids)} ids and gave {len(others)} "
            "others, so that nothing is taken for deleted. Its interface may have changed: write "
            "sweep_days = 0 into connectors.toml."
        )
    return found


def _nothing(client: Client, reason: str) -> ConnectorError:
    return ConnectorError(
        f"{client.about}: {reason}, so that nothing is taken for deleted. Check what the token may "
        "see; if they are deleted indeed, write sweep_percent = 100 into connectors.toml for one "
        "pull."
    )


def _most(account: Account, known: int) -> int:
    """How many records may be gone; unless the account says it, never all of them."""
    if account.sweep_percent is not None:
        return known * account.sweep_percent // 100
    return max(known // 10, min(_FEW, known // 2))


class _Earlier:
    """The records of earlier days that nobody has told to be gone."""

    _WHERE = (
        "day < :day and (gone is null or gone >= :day "
        "or gone not in (select value from json_each(:told)))"
    )

    def __init__(self, day: date, told: Collection[str]) -> None:
        self._asked = {"day": day.isoformat(), "told": json.dumps(sorted(told))}

    def count(self, states: sqlite3.Connection) -> int:
        """How many there are."""
        query = f"select count(*) from records where {self._WHERE}"
        (found,) = states.execute(query, self._asked).fetchone()
        return int(found)

    def batch(self, states: sqlite3.Connection, last: str) -> list[tuple[str, bytes]]:
        """Those that follow an id."""
        return states.execute(
            f"select id, record from records where {self._WHERE} and id > :last "
            f"order by id limit {_BATCH}",
            self._asked | {"last": last},
        ).fetchall()


def _newest(states: sqlite3.Connection) -> list[str]:
    """The records that came last, today's among them."""
    found = states.execute(f"select id from records order by day desc, id limit {_BATCH}")
    return [key for (key,) in found]


def _opened(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True)
    states = sqlite3.connect(file)
    states.execute(_RECORDS)
    return states


def _packed(record: Record) -> bytes:
    return zlib.compress(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace"))


def _unpacked(record: bytes) -> Record:
    found: Record = json.loads(zlib.decompress(record))
    return found
