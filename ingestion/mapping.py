"""Mapping files: how a foreign export becomes an entity, without code.

A mapping is YAML whose scalars are all read as text. It is validated as a whole before anything
lands; then each of its columns becomes one SQL expression over the file's columns.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb
import yaml

from ingestion.contract import ENTITIES, Column
from leadhouse import sqltext as sql
from leadhouse.database import connect

_KEYS = ("name", "files", "entity", "sheet", "delimiter", "encoding", "columns", "where")
_COLUMN_KEYS = (
    *("column", "value", "concat", "separator", "row_key", "prefix", "format", "timezone"),
    *("number", "values", "otherwise", "fallback"),
)
_ORIGINS = ("column", "value", "concat", "row_key")
_NUMBER_EXAMPLE = re.compile("1([., '’\u00a0\u202f]?)234([.,])56")
_CURRENCY = r"(US|CA|AU|HK|R|A|C)?\$|\p{Sc}|^[A-Z]{3}|[A-Z]{3}$|zł|Kč|kr\.?|Ft|лв\.?|руб\.?|р\."
_BLANK_CLASS = r"[\s\x{00A0}\x{2007}\x{2009}\x{202F}]"
_KEY_DIGITS = 16
"""Hexadecimal digits of a row key's hash; rows whose hashes agree are told apart by number."""

Locate = Callable[[str], str]
"""Gives the SQL of a source column (NULL where blank) by its name in the mapping."""


@dataclass(frozen=True)
class Rows:
    """A file's rows as compiled SQL refers to them.

    ``keep`` is true for the rows that ``where`` keeps, ``whole`` the text of all of a row's cells.
    The relation has the row's place as ``_row``.
    """

    locate: Locate
    keep: str
    whole: str


@dataclass(frozen=True)
class Spec:
    """Where a target column's text comes from: one of column, constant, concat or row_key."""

    column: str | None = None
    constant: str | None = None
    concat: tuple[str, ...] = ()
    separator: str = ""
    row_key: tuple[str, ...] = ()
    prefix: str = ""
    formats: tuple[str, ...] = ()
    timezone: str | None = None
    number: str | None = None
    values: tuple[tuple[str, str], ...] | None = None
    otherwise: str | None = None
    fallback: Spec | None = None

    def sources(self) -> Iterator[str]:
        """Names of the source columns that are read."""
        if self.column is not None:
            yield self.column
        yield from self.concat
        yield from self.row_key
        if self.fallback is not None:
            yield from self.fallback.sources()


@dataclass(frozen=True)
class Condition:
    """One line of ``where``: ``kind`` is filled, empty, in or not in."""

    column: str
    kind: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mapping:
    """One validated mapping: which files it takes and how they become the entity."""

    name: str
    origin: str
    files: tuple[str, ...]
    entity: str
    columns: tuple[tuple[str, Spec], ...]
    where: tuple[Condition, ...] = ()
    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    digest: str = ""

    def takes(self, file: str) -> bool:
        """Whether the mapping is for a file of that name (case does not matter)."""
        return any(fnmatch.fnmatchcase(file.lower(), glob.lower()) for glob in self.files)

    def sources(self) -> set[str]:
        """Source columns that are read: for a column of the entity, or by ``where``."""
        read = {source for _, spec in self.columns for source in spec.sources()}
        return read | {condition.column for condition in self.where}

    def needed(self) -> set[str]:
        """Source columns without which a file cannot be read: of required columns and of where."""
        entity = ENTITIES[self.entity]
        required = {column.name for column in entity.columns if column.required}
        needed = {condition.column for condition in self.where}
        for target, spec in self.columns:
            if target in required and spec.fallback is None:
                needed.update(spec.sources())
        return needed


@dataclass(frozen=True)
class Compiled:
    """SQL of one target column.

    Its canonical text, whether the source text cannot be read (``None`` where nothing can go
    wrong), that source text, and the words that say what it should be.
    """

    value: str
    fault: str | None
    source: str
    reason: str


class _TextLoader(yaml.SafeLoader):
    """Every scalar is text (ids, ``yes``, dates and 1.10 stay as written); a repeated key fails."""

    yaml_implicit_resolvers: Any = {}  # noqa: RUF012


def _unique_keys(loader: _TextLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        word = str(key.value)
        if word in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {word!r} stands twice", key.start_mark
            )
        seen.add(word)
    return loader.construct_mapping(node, deep=True)


_TextLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_keys)


def read_mappings(path: Path, shown_as: str) -> tuple[list[Mapping], list[str]]:
    """The mappings of one YAML file, and every problem in it (each a full sentence).

    A file holds one mapping, several documents, or a list under ``mappings:``.
    """
    try:
        text = path.read_text(encoding="utf-8")
        documents = [document for document in _documents(text) if document is not None]
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        return [], [f"Mapping {shown_as} cannot be read: {said}. Correct the YAML (UTF-8)."]
    mappings: list[Mapping] = []
    problems: list[str] = []
    listed: list[tuple[str, Any]] = []
    for document in documents:
        if isinstance(document, dict) and "mappings" in document:
            rest = sorted(set(document) - {"mappings"})
            items = document["mappings"]
            if rest or not isinstance(items, list) or not items:
                problems.append(
                    f"Mapping {shown_as}, key mappings: it must be a list of mappings, alone in "
                    "its document."
                )
                continue
            listed += [(f"mappings[{at}].", item) for at, item in enumerate(items, 1)]
        else:
            listed.append(("", document))
    if not listed and not problems:
        problems.append(f"Mapping {shown_as} is empty. Write a mapping into it or remove it.")
    for at, (prefix, document) in enumerate(listed, 1):
        reading = _Reading(shown_as, prefix)
        mapping = reading.mapping(document, f"{path.stem}_{at}" if len(listed) > 1 else path.stem)
        problems += reading.problems
        if mapping is not None and not reading.problems:
            mappings.append(mapping)
    return mappings, problems


def _documents(text: str) -> Iterator[Any]:
    yield from yaml.load_all(text, Loader=_TextLoader)


class _Reading:
    """Validation of one mapping; collects every problem instead of stopping at the first."""

    def __init__(self, shown_as: str, prefix: str) -> None:
        self.shown_as = shown_as
        self.prefix = prefix
        self.problems: list[str] = []

    def fail(self, key: str, said: str) -> None:
        self.problems.append(f"Mapping {self.shown_as}, key {self.prefix}{key}: {said}")

    def mapping(self, document: Any, default_name: str) -> Mapping | None:
        if not isinstance(document, dict):
            self.problems.append(
                f"Mapping {self.shown_as}: a mapping is a set of keys ({', '.join(_KEYS)})."
            )
            return None
        for key in document:
            if key not in _KEYS:
                self.fail(str(key), f"is unknown. Known keys: {', '.join(_KEYS)}.")
        files = self.strings(document, "files")
        if not files:
            self.fail("files", 'is missing. Name the files it takes, such as "export_*.csv".')
        entity = ENTITIES.get(str(document.get("entity", "")))
        if entity is None:
            said = f"{document['entity']!r} is no entity" if "entity" in document else "is missing"
            self.fail("entity", f"{said}. Entities: {', '.join(ENTITIES)}.")
        sheet, delimiter, encoding = (
            self.string(document, key) for key in ("sheet", "delimiter", "encoding")
        )
        if delimiter is not None:
            delimiter = delimiter.replace("\\t", "\t")
            if len(delimiter) != 1 or delimiter in '"\r\n':
                self.fail("delimiter", f"{delimiter!r} is not one character. Use , or ; or a tab.")
        if encoding is not None and not known_encoding(encoding):
            self.fail("encoding", f"{encoding!r} is unknown. Use a name such as cp1251 or utf-8.")
        columns: list[tuple[str, Spec]] = []
        given = document.get("columns")
        if not isinstance(given, dict) or not given:
            self.fail("columns", "is missing. Say for each target column where it comes from.")
        elif entity is not None:
            for target, value in given.items():
                column = entity.column(str(target))
                if column is None:
                    names = ", ".join(column.name for column in entity.columns)
                    self.fail(
                        f"columns.{target}", f"{entity.name} has no such column. It has: {names}."
                    )
                    continue
                spec = self.spec(f"columns.{target}", value, column)
                if spec is not None:
                    columns.append((column.name, spec))
            for column in entity.columns:
                if column.required and column.name not in given:
                    self.fail(
                        f"columns.{column.name}",
                        f"is missing, and {entity.name} requires it. Name its source column.",
                    )
        where = self.where(document.get("where"))
        if self.problems or entity is None:
            return None
        text = json.dumps(document, sort_keys=True, ensure_ascii=False)
        return Mapping(
            name=str(document.get("name") or default_name),
            origin=self.shown_as,
            files=files,
            entity=entity.name,
            columns=tuple(columns),
            where=where,
            sheet=sheet,
            delimiter=delimiter,
            encoding=encoding,
            digest=hashlib.sha256(text.encode()).hexdigest(),
        )

    def string(self, document: Dict[Any, Any], key: str) -> str | None:
        value = document.get(key)
        if value is not None and (not isinstance(value, str) or not value):
            self.fail(key, "must be a text.")
            return None
        return value

    def strings(self, document: Dict[Any, Any], key: str) -> tuple[str, ...]:
        value = document.get(key)
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) and item for item in items):
            return ()
        return tuple(items)

    def spec(self, key: str, value: Any, target: Column) -> Spec | None:
        if isinstance(value, str) and value:
            return Spec(column=value)
        if not isinstance(value, dict):
            self.fail(
                key, "must be a source column's name or a set of keys such as {column: Name}."
            )
            return None
        before = len(self.problems)
        for word in value:
            if word not in _COLUMN_KEYS:
                self.fail(f"{key}.{word}", f"is unknown. Known keys: {', '.join(_COLUMN_KEYS)}.")
        if sum(word in value for word in _ORIGINS) != 1:
            self.fail(key, "needs exactly one of column, value, concat or row_key.")
            return None
        for word in ("column", "value", "separator", "prefix", "timezone", "number", "otherwise"):
            if word in value and not isinstance(value[word], str):
                self.fail(f"{key}.{word}", "must be a text.")
        if "column" in value and not value["column"]:
            self.fail(f"{key}.column", "names no column.")
        concat = self.strings(value, "concat")
        if "concat" in value and not concat:
            self.fail(f"{key}.concat", "must be a list of source columns.")
        if "separator" in value and "concat" not in value:
            self.fail(f"{key}.separator", "belongs to concat.")
        row_key = self.strings(value, "row_key")
        if "row_key" in value:
            self.row_key(key, row_key, value, target)
        elif "prefix" in value:
            self.fail(f"{key}.prefix", "belongs to row_key.")
        readers = [word for word in ("format", "number", "values") if word in value]
        if readers and "column" not in value:
            self.fail(f"{key}.{readers[0]}", "belongs to column.")
        if len(readers) > 1:
            self.fail(key, f"has both {readers[0]} and {readers[1]}; only one can read the text.")
        if "otherwise" in value and "values" not in value:
            self.fail(f"{key}.otherwise", "belongs to values.")
        if "timezone" in value and "format" not in value:
            self.fail(f"{key}.timezone", "belongs to format.")
        if len(self.problems) > before:
            return None
        formats = self.formats(key, value, target) if "format" in value else ()
        if "number" in value:
            match = _NUMBER_EXAMPLE.fullmatch(value["number"])
            if match is None or match[1] == match[2]:
                self.fail(
                    f"{key}.number",
                    f"{value['number']!r} is no example. Write 1234.56 as the file would: "
                    '"1.234,56", "1,234.56", "1 234,56", "1\'234.56", "1234,56" or '
                    '"1234.56".',
                )
            if target.type not in ("integer", "decimal", "text"):
                self.fail(f"{key}.number", f"cannot fill a {target.type} column.")
        values = None
        if "values" in value:
            given = value["values"]
            if (
                not isinstance(given, dict)
                or not given
                or not all(isinstance(item, str) for item in given.values())
            ):
                self.fail(f"{key}.values", "must be a set of lines such as {Payment Done: won}.")
                return None
            values = tuple((str(old).strip(sql.BLANKS), new) for old, new in given.items())
            results = [*given.values(), *([value["otherwise"]] if "otherwise" in value else [])]
        else:
            results = [value["value"]] if "value" in value else []
        for result in results:
            if target.allowed and result and result not in target.allowed:
                self.fail(
                    f"{key}.{'values' if values else 'value'}",
                    f"{result!r} is not allowed. {target.name} is one of: "
                    f"{', '.join(target.allowed)}.",
                )
        fallback = None
        if "fallback" in value:
            fallback = self.spec(f"{key}.fallback", value["fallback"], target)
        if len(self.problems) > before:
            return None
        return Spec(
            column=value.get("column"),
            constant=value.get("value"),
            concat=concat,
            separator=value.get("separator", ""),
            row_key=row_key,
            prefix=value.get("prefix", ""),
            formats=formats,
            timezone=value.get("timezone"),
            number=value.get("number"),
            values=values,
            otherwise=value.get("otherwise"),
            fallback=fallback,
        )

    def row_key(
        self, key: str, columns: tuple[str, ...], value: Dict[Any, Any], target: Column
    ) -> None:
        if not columns:
            self.fail(f"{key}.row_key", "must be a list of the source columns that tell a row.")
        if not value.get("prefix"):
            self.fail(
                f"{key}.prefix",
                "is missing. Write what the list's ids begin with, such as lead: it keeps them "
                "apart from those of another list.",
            )
        if target.type != "text":
            self.fail(f"{key}.row_key", f"cannot fill a {target.type} column.")

    def formats(self, key: str, value: Dict[Any, Any], target: Column) -> tuple[str, ...]:
        formats = self.strings(value, "format")
        if not formats:
            self.fail(f"{key}.format", "must be a date pattern such as %d.%m.%Y.")
        if target.type not in ("timestamp", "date", "month"):
            self.fail(f"{key}.format", f"cannot fill a {target.type} column.")
        zone = value.get("timezone")
        for pattern in formats:
            if not _valid_pattern(pattern):
                self.fail(
                    f"{key}.format", f"{pattern!r} is no date pattern such as %d.%m.%Y %H:%M."
                )
            elif not re.search("%[yYcxG]", pattern) and "%s" not in pattern:
                self.fail(f"{key}.format", f"{pattern!r} has no year.")
            elif "%z" in pattern and (zone is not None or target.type != "timestamp"):
                self.fail(f"{key}.format", "%z is for a timestamp without timezone.")
        if zone is not None:
            try:
                ZoneInfo(zone)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                self.fail(
                    f"{key}.timezone", f"{zone!r} is no time zone. Use one like Europe/Berlin."
                )
            if target.type != "timestamp":
                self.fail(f"{key}.timezone", f"has no meaning for a {target.type} column.")
        return formats

    def where(self, given: Any) -> tuple[Condition, ...]:
        if given is None:
            return ()
        if not isinstance(given, dict):
            self.fail("where", "must be lines such as {Id: not empty}.")
            return ()
        conditions = []
        for column, rule in given.items():
            if rule == "not empty":
                conditions.append(Condition(column, "filled"))
            elif rule == "empty":
                conditions.append(Condition(column, "empty"))
            elif isinstance(rule, str) and rule:
                conditions.append(Condition(column, "in", (rule.strip(sql.BLANKS),)))
            elif isinstance(rule, dict) and len(rule) == 1 and (set(rule) <= {"in", "not in"}):
                kind, values = next(iter(rule.items()))
                if (
                    isinstance(values, list)
                    and values
                    and all(isinstance(item, str) for item in values)
                ):
                    texts = tuple(item.strip(sql.BLANKS) for item in values)
                    conditions.append(Condition(column, kind, texts))
                    continue
                self.fail(f"where.{column}", f"{kind} needs a list of values.")
            else:
                self.fail(
                    f"where.{column}",
                    "must be: not empty, empty, a value, {in: [...]} or {not in: [...]}.",
                )
        return tuple(conditions)


def known_encoding(name: str) -> bool:
    """Whether Python can decode text from that encoding."""
    try:
        # One byte, because an empty text is decoded without a look at the name.
        b"a".decode(name)
    except UnicodeError:
        return True
    except (LookupError, ValueError):
        return False
    return True


@cache
def _valid_pattern(pattern: str) -> bool:
    if "%" not in pattern:
        return False
    with connect() as con:
        try:
            con.execute("select try_strptime('', ?)", [pattern]).fetchall()
        except duckdb.Error:
            return False
    return True


def compile_spec(spec: Spec, target: Column, rows: Rows) -> Compiled:
    """The SQL that fills ``target`` as ``spec`` says."""
    compiled = _compile_origin(spec, target, rows)
    if spec.fallback is None:
        return compiled
    other = compile_spec(spec.fallback, target, rows)
    faults = [
        *([compiled.fault] if compiled.fault else []),
        *([f"(({compiled.value}) is null and {other.fault})"] if other.fault else []),
    ]
    first = f"({compiled.source}) is not null"
    return Compiled(
        value=f"coalesce({compiled.value}, {other.value})",
        fault=" or ".join(faults) or None,
        source=f"case when {first} then {compiled.source} else {other.source} end",
        reason=f"case when {first} then {compiled.reason} else {other.reason} end",
    )


def _compile_origin(spec: Spec, target: Column, rows: Rows) -> Compiled:
    locate = rows.locate
    if spec.constant is not None:
        value = sql.text(spec.constant) if spec.constant else "cast(null as varchar)"
        return Compiled(value, None, value, "''")
    if spec.concat:
        parts = ", ".join(f"coalesce({locate(column)}, '')" for column in spec.concat)
        filled = " or ".join(f"{locate(column)} is not null" for column in spec.concat)
        value = f"case when {filled} then concat_ws({sql.text(spec.separator)}, {parts}) end"
        return Compiled(value, None, value, "''")
    if spec.row_key:
        value = _row_key(spec, rows)
        return Compiled(value, None, value, "''")
    source = locate(spec.column or "")
    if spec.formats:
        return _compile_moment(spec, target, source)
    if spec.number is not None:
        return _compile_number(spec.number, source)
    if spec.values is not None:
        key = sql.trimmed(source)
        known = [(old, new) for old, new in spec.values if old]
        empty = next((new for old, new in spec.values if not old), spec.otherwise)
        lines = " ".join(f"when {sql.text(old)} then {sql.text(new)}" for old, new in known)
        other = "null" if spec.otherwise is None else sql.text(spec.otherwise)
        value = f"case {key} {lines} else {other} end" if known else other
        if empty:
            value = f"case when {source} is null then {sql.text(empty)} else {value} end"
        elif spec.otherwise is not None:
            value = f"case when {source} is not null then {value} end"
        value = f"nullif({value}, '')"
        fault = None
        if spec.otherwise is None:
            fault = f"coalesce({key} not in ({sql.texts(old for old, _ in known)}), false)"
            fault = fault if known else f"{source} is not null"
        return Compiled(value, fault, source, sql.text("is not among the mapping's values"))
    return Compiled(source, None, source, "''")


def _row_key(spec: Spec, rows: Rows) -> str:
    """SQL of ``<prefix>-<hash of the cells>-<number among the rows alike>``.

    The same rows in any order get the same keys. Rows that differ elsewhere are numbered by their
    other cells; ``_row`` decides between identical rows alone, which are interchangeable. Rows that
    ``where`` leaves out use up no number.
    """
    cells = [rows.locate(column) for column in spec.row_key]
    filled = " or ".join(f"{cell} is not null" for cell in cells)
    texts = ", ".join(sql.trimmed(cell) for cell in cells)
    digest = f"left(sha256(cast(to_json([{texts}]) as varchar)), {_KEY_DIGITS})"
    number = (
        f"row_number() over (partition by {digest}, {rows.keep} "
        f"order by {rows.whole} nulls last, _row)"
    )
    start = sql.text(spec.prefix + "-")
    return f"case when {filled} then {start} || {digest} || '-' || {number} end"


def _compile_moment(spec: Spec, target: Column, source: str) -> Compiled:
    patterns = ", ".join(sql.text(pattern) for pattern in spec.formats)
    moment = f"try_strptime({sql.trimmed(source)}, [{patterns}])"
    if len(spec.formats) == 1:
        moment = f"try_strptime({sql.trimmed(source)}, {patterns})"
    value = moment
    if target.type == "date":
        value = f"cast({moment} as date)"
    elif target.type == "month":
        value = f"strftime({moment}, '%Y-%m')"
    elif spec.timezone is not None:
        zone = sql.text(spec.timezone)
        instant = f"timezone({zone}, {moment})"
        # A local time that occurs twice is read by ICU as the later instant; Python's fold=0, and
        # what people mean, is the earlier one.
        candidates = " ".join(
            f"when timezone({zone}, {instant} - interval {minutes} minute) = {moment} "
            f"then {instant} - interval {minutes} minute"
            for minutes in (120, 60, 30)
        )
        value = f"case {candidates} else {instant} end"
    return Compiled(
        value=f"cast({value} as varchar)",
        fault=f"({source} is not null and {moment} is null)",
        source=source,
        reason=sql.text(f"is not written as {' or '.join(spec.formats)}"),
    )


def _compile_number(example: str, source: str) -> Compiled:
    match = _NUMBER_EXAMPLE.fullmatch(example)
    if match is None:
        raise ValueError(f"{example!r} is no number example")
    thousands, point = match[1], match[2]
    plain = f"replace({source}, '−', '-')"
    if thousands in (" ", "\u00a0", "\u202f"):
        thousands = " "
        bare = f"regexp_replace({plain}, '{_BLANK_CLASS}', ' ', 'g')"
        bare = f"trim(regexp_replace(trim({bare}), '{_CURRENCY}', '', 'g'))"
    else:
        bare = f"regexp_replace({plain}, '{_BLANK_CLASS}', '', 'g')"
        bare = f"regexp_replace({bare}, '{_CURRENCY}', '', 'g')"
    whole = r"\d+"
    if thousands:
        group = re.escape(thousands).replace("'", "''")
        whole = rf"(\d{{1,3}}({group}\d{{3}})+|\d+)"
    number = rf"[+-]?{whole}({re.escape(point)}\d+)?"
    value = f"replace({bare}, {sql.text(thousands)}, '')" if thousands else bare
    value = f"replace({value}, {sql.text(point)}, '.')"
    reads = f"regexp_full_match({bare}, '{number}')"
    return Compiled(
        value=f"case when {reads} then {value} end",
        fault=f"coalesce(not {reads}, false)",
        source=source,
        reason=sql.text(f"is not a number written like {example}"),
    )


def compile_where(conditions: tuple[Condition, ...], locate: Locate) -> str:
    """SQL that is true for the rows that ``where`` keeps."""
    tests = []
    for condition in conditions:
        source = locate(condition.column)
        values = sql.texts(condition.values)
        match condition.kind:
            case "filled":
                tests.append(f"{source} is not null")
            case "empty":
                tests.append(f"{source} is null")
            case "in":
                tests.append(f"coalesce({sql.trimmed(source)} in ({values}), false)")
            case _:
                tests.append(f"coalesce({sql.trimmed(source)} not in ({values}), true)")
    return " and ".join(tests) or "true"
