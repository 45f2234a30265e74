"""Model and macro source as the lints read it: no comments, no literals, Jinja taken apart.

Jinja is taken apart by Jinja's own lexer. What stands outside of tags is SQL. String literals
inside of tags are read as SQL too, because macros are handed SQL in them; the rest of a tag is
Jinja and gives its names only.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment

_NOT_CODE = re.compile(
    r"(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<literal>'(?:[^']|'')*')|(?P<quoted>\"[^\"]*\")", re.S
)
_ENVIRONMENT = Environment(autoescape=True)


@dataclass(frozen=True)
class Passage:
    """A stretch of SQL: comments blank, literals ``''``, quoted names ``""``.

    ``literals`` and ``quoted`` hold (line, text) of what was taken out; ``line`` gives the line in
    the file of an offset in ``code``.
    """

    code: str
    literals: tuple[tuple[int, str], ...]
    quoted: tuple[tuple[int, str], ...]
    starts: tuple[int, ...]
    lines: tuple[int, ...]

    def line(self, offset: int) -> int:
        return self.lines[bisect_right(self.starts, offset) - 1]


@dataclass(frozen=True)
class Source:
    """A file taken apart: its passages of SQL and the (line, name) of every Jinja name."""

    passages: tuple[Passage, ...]
    names: tuple[tuple[int, str], ...]


def take_apart(text: str) -> Source:
    """Read one model or macro file."""
    sql: list[tuple[int, str]] = []
    passages: list[Passage] = []
    names: list[tuple[int, str]] = []
    for line, kind, value in _ENVIRONMENT.lex(text):
        match kind:
            case "data":
                sql.append((line, value))
            case "variable_begin":
                sql.append((line, " jinja "))
            case "block_begin" | "comment_begin":
                sql.append((line, " "))
            case "string":
                passages.append(_passage([(line, _unquoted(value))]))
            case "name":
                names.append((line, value))
    return Source((_passage(sql), *passages), tuple(names))


def _unquoted(literal: str) -> str:
    return literal[1:-1].encode("ascii", "backslashreplace").decode("unicode-escape")


def _passage(pieces: list[tuple[int, str]]) -> Passage:
    text = "".join(piece for _, piece in pieces)
    source_starts, source_lines = zip(*_line_starts(pieces, 0), strict=True)

    def line_of(offset: int) -> int:
        return int(source_lines[bisect_right(source_starts, offset) - 1])

    code: list[str] = []
    literals: list[tuple[int, str]] = []
    quoted: list[tuple[int, str]] = []
    kept: list[tuple[int, int]] = []
    length = position = 0

    def keep(piece: str, at: int) -> None:
        nonlocal length
        code.append(piece)
        kept.append((length, line_of(at)))
        for match in re.finditer(r"\n", piece):
            kept.append((length + match.end(), line_of(at + match.end())))
        length += len(piece)

    for match in _NOT_CODE.finditer(text):
        keep(text[position : match.start()], position)
        if match["comment"] is not None:
            keep(" ", match.start())
        elif match["literal"] is not None:
            literals.append((line_of(match.start()), match["literal"]))
            keep("''", match.start())
        else:
            quoted.append((line_of(match.start()), match["quoted"]))
            keep('""', match.start())
        position = match.end()
    keep(text[position:], position)
    starts, lines = zip(*kept, strict=True)
    return Passage("".join(code), tuple(literals), tuple(quoted), starts, lines)


def _line_starts(pieces: list[tuple[int, str]], offset: int) -> Iterator[tuple[int, int]]:
    yield 0, pieces[0][0] if pieces else 1
    for line, piece in pieces:
        yield offset, line
        for number, match in enumerate(re.finditer(r"\n", piece), start=1):
            yield offset + match.end(), line + number
        offset += len(piece)
