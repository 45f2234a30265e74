"""What changed from one day's pull to the next, where the vendor keeps no history of it.

What was last seen of a record's watched fields is kept on the disk. A record in which they are
others today comes with the earlier values beside it, and the vendor's mapping makes events of them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

from ingestion.connectors.vendor import BEFORE, Page, Record, Watched

_STATES = """
create table if not exists states (id text, day text, state text, primary key (id, day))
without rowid
"""


def compared(pages: Iterable[Page], watched: Watched, file: Path, day: date) -> Iterator[Page]:
    """The pages, each record that changed since the days before with what it was.

    A pull that is called again on its day compares with the same days, so that it gives the same;
    what a page says is kept before the page is given.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as states:
        states.execute(_STATES)
        for page in pages:
            records = [
                _compared(states, watched, record, day.isoformat()) for record in page.records
            ]
            states.commit()
            yield Page(records, page.cursor)


def _compared(states: sqlite3.Connection, watched: Watched, record: Record, day: str) -> Record:
    key, state = str(record[watched.key]), watched.fields(record)
    found = states.execute(
        "select state from states where id = ? and day < ? order by day desc limit 1", (key, day)
    ).fetchone()
    text = json.dumps(state, ensure_ascii=False)
    states.execute("delete from states where id = ? and day >= ?", (key, day))
    if found is not None and found[0] == text:
        return record
    states.execute("insert into states values (?, ?, ?)", (key, day, text))
    if found is None:
        return record
    before = {}
    for name, value in json.loads(found[0]).items():
        if isinstance(value, list):
            value = [each for each in value if each not in state[name]]
        if value and value != state[name]:
            before[name] = value
    return record | ({BEFORE: before} if before else {})
