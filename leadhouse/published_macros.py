"""SQL macros that the published file carries, for a range of days and for what is behind a cell.

Each file of ``leadhouse/published/<schema>/`` makes the macro of its name; the comment at its head
is what the macro says of itself. Bodies name no database, so that they work wherever the file is
attached and in use. Their columns are written with their table: a bare name is a parameter.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from leadhouse import sqltext as sql

FOLDER = Path(__file__).parent / "published"


@dataclass(frozen=True)
class PublishedMacro:
    """A macro: the ``schema`` and ``name`` it has, what it is for, and the SQL that makes it."""

    schema: str
    name: str
    description: str
    text: str

    @property
    def call(self) -> str:
        """How it is called: its name and parameters, those that may be left out with a default."""
        head = self.text[self.text.index("create macro") : self.text.index(") as")]
        return " ".join(head.removeprefix("create macro").split()).replace("( ", "(") + ")"

    @property
    def kind(self) -> str:
        """What SQL calls it: it gives a table, or one value."""
        return "macro table" if ") as table\n" in self.text else "macro"


def published_macros() -> list[PublishedMacro]:
    """Every macro of the published file; those of one value first, because others call them."""
    found = []
    for file in sorted(FOLDER.glob("*/*.sql")):
        text = file.read_text(encoding="utf-8")
        head = text[: text.index("create macro")].splitlines()
        description = " ".join(line.removeprefix("--").strip() for line in head)
        found.append(PublishedMacro(file.parent.name, file.stem, description, text))
    return sorted(found, key=lambda macro: macro.kind)


def write_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Make every macro, with its comment, in the database in use, which has none of them."""
    for macro in published_macros():
        con.execute(macro.text)
        name = f"{macro.schema}.{macro.name}"
        con.execute(f"comment on {macro.kind} {name} is {sql.text(macro.description)}")
