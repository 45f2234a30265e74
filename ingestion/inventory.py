"""What lies in the drop folder: deliveries, the files that landing takes, and what it cannot."""

from __future__ import annotations

import csv
import fnmatch
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path

from ingestion.contract import ENTITIES
from ingestion.mapping.model import Mapping
from ingestion.mapping.reading import MappingFile, read_mappings
from ingestion.mapping.texts import known_encoding
from ingestion.readers.formats import ENDINGS, TEXT_FORMATS, format_of
from leadhouse.errors import LandingError
from leadhouse.files import sha256_of
from leadhouse.paths import PROJECT_ROOT
from leadhouse.settings import Settings

RULES_VERSION = 10
"""Raise it when the same bytes would land differently than before: every file is read again."""

READY_MAPPINGS = PROJECT_ROOT / "ingestion" / "mappings"
_ENCODINGS = "_encoding.csv"
_MAPPINGS = "mappings"
_SYSTEM_FILES = ("~$*", "thumbs.db", "desktop.ini", ".ds_store")
"""What office programs and file managers leave in shared folders, in lower case."""
_LONGEST_FIRST = sorted(ENTITIES, key=len, reverse=True)


@dataclass(frozen=True)
class LookupFile:
    """A file of the delivery in which another one's mapping looks rows up."""

    path: Path
    shown_as: str
    format: str
    compressed: bool
    encoding: str | None


@dataclass(frozen=True)
class Target:
    """One file read as one entity, and all that decides how its bytes land.

    ``mapped_by`` is the mapping's name and ``lookups`` the files in which it looks rows up, in the
    order of its keys. ``keeps_extra`` is false for all but the first of several mappings that take
    one file, so that the columns nobody maps are kept once; ``beside`` are those others, and
    ``looked_up`` the sheets that mappings look rows up in. ``is_ready``: the mapping is one for
    every export of a vendor. ``timezone`` tells the days, ``source_timezone`` the times without an
    offset; ``max_years`` bounds what lasts. ``withdrawn``: the file has left its folder.
    """

    entity: str
    delivery_date: date
    file: str
    mapped_by: str | None
    path: Path
    format: str = ""
    compressed: bool = False
    mapping: Mapping | None = None
    encoding: str | None = None
    lookups: tuple[tuple[LookupFile, ...], ...] = ()
    keeps_extra: bool = True
    beside: tuple[Mapping, ...] = ()
    looked_up: tuple[str | None, ...] = ()
    is_ready: bool = False
    timezone: str = "UTC"
    source_timezone: str = "UTC"
    max_years: int = 5
    withdrawn: bool = False

    @property
    def shown_as(self) -> str:
        """The file as messages name it: its path below the drop folder."""
        return f"{self.delivery_date}/{self.file}"

    @property
    def rules(self) -> str:
        """Everything besides the bytes that decides how the file lands, as text to be hashed."""
        entity = ENTITIES[self.entity]
        return json.dumps(
            [
                RULES_VERSION,
                repr(entity),
                self.mapping.digest if self.mapping else None,
                self.encoding if self.format in TEXT_FORMATS else None,
                self.keeps_extra,
                [[sha256_of(file.path) for file in files] for files in self.lookups],
                [self.timezone, self.source_timezone] if entity.event_time else [],
                [self.max_years] if entity.span else [],
            ]
        )


@dataclass(frozen=True)
class UnknownFile:
    """A file in a delivery that no entity and no mapping takes, or that may not be read.

    ``set_aside``: it stops nothing.
    """

    delivery_date: date
    file: str
    path: Path
    problem: str
    set_aside: bool


@dataclass(frozen=True)
class Inventory:
    """The content of the drop folder; ``problems`` are full sentences: what, where, what to do.

    Problems stop a run, warnings about files set aside do not.
    """

    targets: tuple[Target, ...]
    problems: tuple[str, ...]
    deliveries: tuple[date, ...]
    unknown: tuple[UnknownFile, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is said about the files that were set aside."""
        return tuple(file.problem for file in self.unknown if file.set_aside)

    @property
    def delivered_days(self) -> set[date]:
        """The days with a file to land, or with one that stops the run; not an emptied folder's."""
        wrong = {file.delivery_date for file in self.unknown if not file.set_aside}
        return wrong | {target.delivery_date for target in self.targets}

    def state(self) -> str:
        """A digest that changes whenever a file comes, goes or changes, without reading any.

        A drop folder that was moved, or lies elsewhere in a container, has the same.
        """
        digest = hashlib.sha256()
        files: dict[str, Path] = {target.shown_as: target.path for target in self.targets}
        for target in self.targets:
            files |= {file.shown_as: file.path for found in target.lookups for file in found}
        for name, path in sorted(files.items()):
            stat = path.stat()
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
        for said in (*self.problems, *self.warnings, *map(str, self.deliveries)):
            digest.update(said.encode())
        return digest.hexdigest()


def take_inventory(settings: Settings) -> Inventory:
    """Walk the drop folder.

    Raises :class:`LandingError` for a missing drop folder, an invalid mapping (all problems at
    once) and a malformed ``_encoding.csv``.
    """
    drop = settings.drop
    if not drop.is_dir():
        raise LandingError(
            f"The drop folder {drop} does not exist. Create it and put deliveries "
            "(folders named YYYY-MM-DD) into it, or name another in LEADHOUSE_DROP."
        )
    walk = _Walk(settings, read_all_mappings(drop), _encodings(drop / _ENCODINGS))
    for entry in sorted(drop.iterdir()):
        if entry.name in (_MAPPINGS, _ENCODINGS) or _ignored(entry.name):
            continue
        walk.entry(entry)
    return Inventory(
        targets=tuple(walk.targets),
        problems=tuple(walk.problems),
        deliveries=tuple(walk.deliveries),
        unknown=tuple(walk.unknown),
    )


def _ignored(name: str) -> bool:
    system = any(fnmatch.fnmatchcase(name.lower(), pattern) for pattern in _SYSTEM_FILES)
    return system or name.startswith(".") or _under_way(name)


def _under_way(name: str) -> bool:
    return name.lower().endswith((".part", ".tmp"))


class _Walk:
    def __init__(
        self, settings: Settings, known: Mappings, encodings: list[tuple[str, str]]
    ) -> None:
        self.root = settings.drop.resolve()
        self.timezone = settings.timezone
        self.source_timezone = settings.source_timezone
        self.max_years = settings.max_years
        self.unknown_files = settings.unknown_files
        self.known = known
        self.encodings = encodings
        self.targets: list[Target] = []
        self.problems: list[str] = []
        self.deliveries: list[date] = []
        self.unknown: list[UnknownFile] = []

    def outside(self, path: Path) -> bool:
        try:
            return not path.resolve(strict=True).is_relative_to(self.root)
        except OSError:
            return True

    def entry(self, entry: Path) -> None:
        """One entry of the drop folder itself."""
        if not entry.is_dir():
            self.problems.append(
                f"The file {entry.name} lies in the drop folder itself ({entry.parent}). "
                "Move it into a delivery folder named YYYY-MM-DD, or remove it."
            )
            return
        delivery = _date(entry.name)
        if delivery is None:
            self.problems.append(
                f"The folder {entry.name} in the drop folder {entry.parent} is not a delivery: "
                "its name is not a valid date. Name it YYYY-MM-DD after its delivery day, or "
                "remove it."
            )
            return
        if self.outside(entry):
            self.problems.append(
                f"The delivery folder {entry.name} is a link that leads out of the drop folder "
                f"{entry.parent}. Copy its files into a real folder."
            )
            return
        self.deliveries.append(delivery)
        names = [file.name for file in entry.iterdir()]
        for name in sorted(names):
            if not _ignored(name) and not self.known.ignore(name):
                self.file(delivery, entry / name)

    def file(self, delivery: date, path: Path) -> None:
        """One entry of a delivery folder."""
        shown_as = f"{delivery}/{path.name}"
        if self.outside(path):
            self.refuse(
                delivery,
                path,
                f"The file {shown_as} is a link that leads out of the drop folder, or nowhere. "
                "Copy the file itself into the delivery.",
            )
            return
        if not path.is_file():
            self.refuse(
                delivery,
                path,
                f"{shown_as} is not a file, and folders inside a delivery are not read. "
                "Move its files into the delivery folder, or remove it.",
            )
            return
        takers = self.known.takers(path.name)
        looked_up = self.known.looked_up(path.name)
        if looked_up and not takers:
            return
        entity = None if takers else _entity_of(path.name)
        if not takers and entity is None:
            problem = (
                f"The file {shown_as} is unknown: its name starts with no entity and no mapping "
                f"takes it. {self.nearest(path.name)} Rename it after an entity (such as "
                f"contacts.csv, deals-part1.csv), write a mapping for it in {_MAPPINGS}/, or "
                "remove it."
            )
            if self.unknown_files == "error":
                self.refuse(delivery, path, problem)
            else:
                self.unknown.append(UnknownFile(delivery, path.name, path, problem, True))
            return
        format_ = format_of(path.name)
        if format_ is None:
            self.refuse(
                delivery,
                path,
                f"The file {shown_as} is in a format that is not read. Deliver it as "
                f"{', '.join(ENDINGS)}.",
            )
            return
        declared = self.encoding(shown_as, path.name)
        readings: list[Mapping | None] = [*takers] or [None]
        for at, mapping in enumerate(readings):
            self.targets.append(
                Target(
                    entity=mapping.entity if mapping else entity or "",
                    delivery_date=delivery,
                    file=path.name,
                    mapped_by=mapping.name if mapping else None,
                    path=path,
                    format=format_[0],
                    compressed=format_[1],
                    mapping=mapping,
                    encoding=declared or (mapping.encoding if mapping else None),
                    lookups=self.lookups(path.parent, delivery, mapping) if mapping else (),
                    keeps_extra=at == 0,
                    beside=tuple(other for other in takers if other is not mapping),
                    looked_up=looked_up,
                    is_ready=mapping in self.known.ready,
                    timezone=self.timezone,
                    source_timezone=self.source_timezone,
                    max_years=self.max_years,
                )
            )

    def lookups(
        self, folder: Path, delivery: date, mapping: Mapping
    ) -> tuple[tuple[LookupFile, ...], ...]:
        """For each lookup of the mapping the files of the delivery that it names and can read."""
        found = []
        names = sorted(path.name for path in folder.iterdir()) if mapping.lookup else []
        for lookup in mapping.lookup:
            files = []
            for name in names:
                path, format_ = folder / name, format_of(name)
                if not lookup.takes(name) or _ignored(name) or format_ is None:
                    continue
                if not self.outside(path) and path.is_file():
                    shown_as = f"{delivery}/{name}"
                    declared = self.encoding(shown_as, name)
                    files.append(LookupFile(path, shown_as, *format_, declared))
            found.append(tuple(files))
        return tuple(found)

    def refuse(self, delivery: date, path: Path, problem: str) -> None:
        self.problems.append(problem)
        self.unknown.append(UnknownFile(delivery, path.name, path, problem, False))

    def nearest(self, name: str) -> str:
        """Which entity or mapping has the most alike name, in words."""
        stem = name.lower().partition(".")[0]
        known = {f"the entity {entity}": entity for entity in ENTITIES}
        for mapping in (*self.known.own, *self.known.ready):
            for glob in mapping.files:
                bare = re.sub(r"\.[^.]*$|\[.*?\]|[*?]", "", glob.lower())
                known[f"the mapping {mapping.name}, which takes {glob}"] = bare
        alike = {words: SequenceMatcher(None, bare, stem).ratio() for words, bare in known.items()}
        return f"The nearest is {max(alike, key=alike.__getitem__)}."

    def encoding(self, shown_as: str, name: str) -> str | None:
        for glob, encoding in self.encodings:
            if fnmatch.fnmatchcase(shown_as, glob) or fnmatch.fnmatchcase(name, glob):
                return encoding
        return None


def _date(name: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", name):
        return None
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def _entity_of(name: str) -> str | None:
    lower = name.lower()
    for entity in _LONGEST_FIRST:
        if lower.startswith(entity) and (len(lower) == len(entity) or lower[len(entity)] in "-_."):
            return entity
    return None


@dataclass(frozen=True)
class Mappings:
    """What all mapping files say: a company's ``own`` mappings come before the ``ready`` ones."""

    own: tuple[Mapping, ...]
    ready: tuple[Mapping, ...]
    ignored: tuple[str, ...]

    def takers(self, file: str) -> list[Mapping]:
        """The mappings that take a file of that name."""
        for mappings in (self.own, self.ready):
            if found := [mapping for mapping in mappings if mapping.takes(file)]:
                return found
        return []

    def looked_up(self, file: str) -> tuple[str | None, ...]:
        """The sheet of each lookup that some mapping does in a file of that name."""
        lookups = [lookup for mapping in (*self.own, *self.ready) for lookup in mapping.lookup]
        return tuple(lookup.sheet for lookup in lookups if lookup.takes(file))

    def ignore(self, file: str) -> bool:
        """Whether a file of that name is passed over (case does not matter)."""
        return any(fnmatch.fnmatchcase(file.lower(), glob.lower()) for glob in self.ignored)


def read_all_mappings(drop: Path) -> Mappings:
    """Every mapping of the drop folder and of the project.

    Raises :class:`LandingError` with every problem of every file.
    """
    own = _read(own_mapping_files(drop), _MAPPINGS)
    ready = _read(_yaml_files(READY_MAPPINGS), "ingestion/mappings")
    files = [*own, *ready]
    mappings = [mapping for file in files for mapping in file.mappings]
    problems = [problem for file in files for problem in file.problems]
    for name, number in Counter(mapping.name for mapping in mappings).items():
        if number > 1:
            where = ", ".join(mapping.origin for mapping in mappings if mapping.name == name)
            problems.append(f"Mapping {where}, key name: {name!r} is used twice. Rename one.")
    if problems:
        raise LandingError("\n".join(problems))
    return Mappings(
        own=tuple(mapping for file in own for mapping in file.mappings),
        ready=tuple(mapping for file in ready for mapping in file.mappings),
        ignored=tuple(glob for file in own for glob in file.ignored),
    )


def own_mapping_files(drop: Path) -> list[Path]:
    """The mapping files of a drop folder, by name."""
    return list(_yaml_files(drop / _MAPPINGS))


def _read(files: Iterable[Path], shown: str) -> list[MappingFile]:
    return [read_mappings(path, f"{shown}/{path.name}") for path in files]


def _yaml_files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in (".yml", ".yaml") and not _ignored(path.name):
                yield path


def _encodings(path: Path) -> list[tuple[str, str]]:
    """The lines of ``_encoding.csv``: a glob of file names, and their encoding."""
    if not path.exists():
        return []
    expected = f"{path} must be a CSV with the columns file and encoding"
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            names = {(name or "").strip().lower(): name for name in reader.fieldnames or []}
            if not {"file", "encoding"} <= set(names):
                raise LandingError(f"{expected}; it has: {', '.join(names) or 'nothing'}.")
            result = []
            for row in reader:
                glob = (row[names["file"]] or "").strip()
                encoding = (row[names["encoding"]] or "").strip()
                if not glob and not encoding:
                    continue
                if not glob or not known_encoding(encoding) or None in row:
                    raise LandingError(
                        f"{path}, line {reader.line_num}: {encoding!r} for file {glob!r} cannot be "
                        "used. Write a file name and an encoding such as cp1251, cp1250, latin-1."
                    )
                result.append((glob, encoding))
            return result
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LandingError(f"{expected}; it cannot be read: {error}.") from error
