"""A file's cells as SQL: found by name, or by a path into a record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from ingestion.readers.reading import LIST, folded, json_kind, place_of
from leadhouse import sqltext as sql

NOTHING = "cast(null as varchar)"


class Cells:
    """The columns ``s0``, ``s1``, ... of a reading's relation, by their names in the file."""

    def __init__(self, names: Sequence[str], typed: bool = False) -> None:
        self.names = tuple(names)
        self._typed = typed
        self._at = {folded(name): f"s{at}" for at, name in enumerate(self.names)}

    @property
    def columns(self) -> list[str]:
        """The relation's columns, in order."""
        return [f"s{at}" for at in range(len(self.names))]

    def find(self, name: str) -> str | None:
        """SQL of the column of that name, or of what a path such as a.b names inside one."""
        found = place_of(name, self._at)
        if found is None:
            return None
        cell, steps = self._at[found[0]], found[1]
        if not steps:
            return cell
        value = f"json_extract_string({cell}, {_pointer(steps)})"
        found_there = f"case when json_valid({cell}) then {value} end"
        return sql.named(found_there, "found_there", sql.cleaned_sql("found_there"))

    def around(self, path: str) -> tuple[str, list[str]] | None:
        """The column inside which the path leads, and the steps from there."""
        found = place_of(path, self._at)
        return (self._at[found[0]], found[1]) if found and found[1] else None

    def kind(self, name: str) -> str | None:
        """SQL of the kind of the cell of that name; ``None`` in files that have no types."""
        found = place_of(name, self._at)
        if found is None or not self._typed:
            return None
        cell, steps = self._at[found[0]], found[1]
        if not steps:
            return f"substr(_kinds, {int(cell[1:]) + 1}, 1)"
        type_ = f"json_type({cell}, {_pointer(steps)})"
        return f"case when json_valid({cell}) then {json_kind(type_)} else '' end"

    def text(self, name: str) -> str:
        """SQL of the text of the cell of that name, NULL where there is none.

        Of a list of plain values it is the values with semicolons between them.
        """
        cell, kind = self.locate(name), self.kind(name)
        if kind is None:
            return cell
        nested = f"list_has_any(json_type({cell}, '$[*]'), ['OBJECT', 'ARRAY'])"
        # As a list of one, that the planner may read it once and not wherever cleaning names it.
        joined = f"array_to_string(json_extract_string({cell}, '$[*]'), ';')"
        cleaned = f"list_transform([{joined}], lambda text: {sql.cleaned_sql('text')})[1]"
        # The member of an exploded list stands in the list's place.
        is_list = f"{kind} = {sql.text(LIST)} and json_valid({cell})"
        return (
            f"case when {is_list} then case when json_type({cell}) = 'ARRAY' and not {nested} "
            f"then {cleaned} else {cell} end else {cell} end"
        )

    def locate(self, name: str) -> str:
        """The same, NULL where the file has no such column."""
        return self.find(name) or NOTHING

    def delivered(self, name: str) -> str:
        """SQL of the cell of that name before it was cleaned, as messages show it."""
        cell = self.locate(name)
        return f"d{cell}" if cell in self.columns else cell

    def place(self, name: str) -> int | None:
        """The position of the column of exactly that name."""
        cell = self._at.get(folded(name))
        return int(cell[1:]) if cell else None


def _pointer(steps: Iterable[str]) -> str:
    return sql.text("".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps))


def json_object(pairs: Iterable[tuple[str, str]]) -> str:
    """SQL of a JSON object of the filled cells among (name, column) pairs, NULL without any."""
    parts = [
        f"{sql.text(json.dumps(name, ensure_ascii=False) + ':')} || to_json({cell})"
        for name, cell in pairs
    ]
    if not parts:
        return NOTHING
    return f"nullif('{{' || concat_ws(',', {', '.join(parts)}) || '}}', '{{}}')"
