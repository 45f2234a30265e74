"""YAML files that people write: every scalar as it is written, and the line of each key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

KeyPath = tuple[int | str, ...]


class _TextLoader(yaml.CSafeLoader):
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


def documents_in(text: str) -> Iterator[tuple[yaml.Node, Any]]:
    """Each document of a YAML text that is not empty: as a node, which knows its line, and as data.

    Raises :class:`yaml.YAMLError`.
    """
    loader = _TextLoader(text)
    while loader.check_node():
        if (node := loader.get_node()) is not None:
            yield node, loader.construct_document(node)


def line_of(node: yaml.Node, path: KeyPath) -> int:
    """The line of the key, or of the last one above it that is there."""
    line = node.start_mark.line + 1
    for step in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == step), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
    return line


def written(node: yaml.Node, path: KeyPath) -> KeyPath:
    """The path as the file has it: what may be a list and stands alone has no number there."""
    steps: list[int | str] = []
    for step in path:
        if isinstance(step, int) and not isinstance(node, yaml.SequenceNode):
            continue
        steps.append(step)
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
        elif isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == step), node)
    return tuple(steps)


def shown(path: KeyPath) -> str:
    """A key's place as people write it: ``columns.email``, ``rows[2].source``."""
    text = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
