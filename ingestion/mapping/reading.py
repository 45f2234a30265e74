"""Reading of mapping files, and words for what is wrong in them: file, line, key, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ingestion.mapping.model import Mapping, mapping_of
from ingestion.mapping.texts import listed
from ingestion.problems import in_words, keys_beside, meant
from ingestion.yaml_files import KeyPath, documents_in, line_of, shown, written


@dataclass(frozen=True)
class MappingFile:
    """What one YAML file says: its mappings, the names of files to pass over, what is wrong in it.

    Each problem is a full sentence.
    """

    mappings: tuple[Mapping, ...] = ()
    ignored: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def read_mappings(path: Path, shown_as: str) -> MappingFile:
    """Read one YAML file: one mapping, several documents, or a list under ``mappings:``.

    Beside a document's mappings ``ignore:`` may list patterns of files.
    """
    try:
        return _read(path.read_text(encoding="utf-8"), path.stem, shown_as)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        said = f"Mapping {shown_as} cannot be read: {said}. Correct the YAML (UTF-8)."
        return MappingFile(problems=(said,))


@lru_cache(maxsize=256)
def _read(text: str, stem: str, shown_as: str) -> MappingFile:
    """What a file of that text says. The same files are looked at several times in one run."""
    documents = list(documents_in(text))
    if not documents:
        said = f"Mapping {shown_as} is empty. Write a mapping into it or remove it."
        return MappingFile(problems=(said,))
    mappings: list[Mapping] = []
    problems: list[str] = []
    ignored: list[str] = []
    found: list[tuple[yaml.Node, KeyPath, Any]] = []
    for node, document in documents:
        if isinstance(document, dict) and "ignore" in document:
            patterns = _patterns(document.pop("ignore"))
            if not patterns:
                problems.append(
                    f"Mapping {shown_as}, line {line_of(node, ('ignore',))}, key ignore: it must "
                    "list the files to pass over, such as [readme*, legend.csv]."
                )
            ignored += patterns
            if not document:
                continue
        if not isinstance(document, dict) or "mappings" not in document:
            found.append((node, (), document))
            continue
        items = document["mappings"]
        if len(document) > 1 or not isinstance(items, list) or not items:
            problems.append(
                f"Mapping {shown_as}, key mappings: it must be a list of mappings, alone in its "
                "document."
            )
            continue
        found += [(node, ("mappings", at), item) for at, item in enumerate(items)]
    for number, (node, place, document) in enumerate(found, 1):
        if not isinstance(document, dict):
            keys = ", ".join(Mapping.model_fields)
            problems.append(f"Mapping {shown_as}: a mapping is a set of keys ({keys}).")
            continue
        name = f"{stem}_{number}" if len(found) > 1 else stem
        model = mapping_of(str(document.get("entity")), document.get("fill") == "true")
        try:
            mappings.append(model.model_validate({"name": name, **document}, context=shown_as))
        except ValidationError as error:
            lines = []
            for each in error.errors():
                at = (*place, *each["loc"])
                line = line_of(node, at)
                said = _said(each, model, document)
                lines.append((line, f"line {line}, key {shown(written(node, at))}: {said}"))
            problems += [f"Mapping {shown_as}, {said}" for _, said in sorted(lines)]
    return MappingFile(tuple(mappings), tuple(ignored), tuple(problems))


def _patterns(given: Any) -> list[str]:
    """A pattern or a list of them; nothing for anything else."""
    found = listed(given)
    right = isinstance(found, list) and all(isinstance(each, str) and each for each in found)
    return found if right else []


def _said(error: ErrorDetails, model: type[Mapping], document: dict[str, Any]) -> str:
    """What is wrong with one key: the entity's own words where it names a column of it."""
    path = [step for step in error["loc"] if isinstance(step, str)]
    entity = document.get("entity")
    match error["type"]:
        case "missing" if len(path) == 2 and path[0] == "columns":
            return f"is missing, and {entity} requires it. Name its source column."
        case "extra_forbidden" if len(path) == 2 and path[0] == "columns":
            known = keys_beside(model, path)
            near = meant(path[-1], known)
            return f"{entity} has no such column.{near} It has: {', '.join(known)}."
        case "rule":
            return error["msg"]
        case _:
            return in_words(error, model)
