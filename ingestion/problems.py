"""Words for what is wrong in a YAML file that people write: what it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails


def meant(word: str, words: Iterable[str]) -> str:
    """A question after the nearest of the words, or nothing."""
    near = get_close_matches(word, list(words), n=1)
    return f" Did you mean {near[0]}?" if near else ""


def in_words(error: ErrorDetails, model: type[BaseModel]) -> str:
    """What is wrong with one key of what that model reads, and what to do about it."""
    path = [step for step in error["loc"] if isinstance(step, str)]
    keys = keys_beside(model, path)
    field = keys.get(path[-1]) if path else None
    hint = f" {field.description}" if field and field.description else ""
    match error["type"]:
        case "missing":
            return f"is missing.{hint}"
        case "extra_forbidden":
            return f"is unknown.{meant(path[-1], keys)} Known keys: {', '.join(keys)}."
        case "value_error":
            return f"{error['ctx']['error']}".removesuffix(".") + "."
        case "string_type":
            return f"must be text.{hint}"
        case "string_too_short" | "too_short":
            return f"is empty.{hint}"
        case "tuple_type":
            return f"must be a list.{hint}"
        case "dict_type" | "model_type":
            return f"must be a set of keys.{hint}"
        case _:
            given = error["input"]
            shown = f" It says {given!r}." if isinstance(given, str | int) else ""
            return f"{error['msg'].removesuffix('.')}.{shown}{hint}"


def keys_beside(model: type[BaseModel], path: list[str]) -> dict[str, FieldInfo]:
    """The keys that may stand where the last one of the path does."""
    keys = _keys_of(model)
    for step in path[:-1]:
        # A step that is a name in the user's file, not a key: its model is known already.
        if step in keys and (inner := _model_in(keys[step].annotation)):
            keys = _keys_of(inner)
    return keys


def _keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _model_in(arg))), None)
