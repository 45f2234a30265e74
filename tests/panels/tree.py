"""What a drawn page says, read from its tree of components."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from dash.development.base_component import Component

from panels.view import View


def parts_of(tree: Any) -> Iterator[Component]:
    """Every component of the tree, from the outside in."""
    if isinstance(tree, list | tuple):
        for each in tree:
            yield from parts_of(each)
    elif isinstance(tree, Component):
        yield tree
        yield from parts_of(getattr(tree, "children", None))


def text_of(tree: Any) -> str:
    """All texts of the tree, in a line."""
    if isinstance(tree, list | tuple):
        return " ".join(filter(None, map(text_of, tree)))
    if isinstance(tree, Component):
        return text_of(getattr(tree, "children", None))
    return "" if tree is None else str(tree)


def cards(tree: Any) -> dict[str, str]:
    """The value of each card by its label."""
    return {
        text_of(part.children[0]): text_of(part.children[1])
        for part in parts_of(tree)
        if str(getattr(part, "className", "")).startswith("card ")
        or getattr(part, "className", "") == "card"
    }


def table_rows(tree: Any, section: str) -> list[list[str]]:
    """The texts of the body's cells of the first table in the section of this id."""
    [found] = [part for part in parts_of(tree) if getattr(part, "id", "") == section]
    body = next(part for part in parts_of(found) if type(part).__name__ == "Tbody")
    return [[text_of(cell) for cell in row.children] for row in body.children]


def with_id(tree: Any, id: str) -> Component:
    """The component of this id."""
    return next(part for part in parts_of(tree) if getattr(part, "id", "") == id)


def openings(tree: Any) -> list[tuple[str, View]]:
    """Every number that opens a list: what it says, and the view that it leads to."""
    found = []
    for part in parts_of(tree):
        href = getattr(part, "href", None)
        if href and type(part).__name__ == "Link":
            place = urlsplit(href)
            view = View.of(place.path, place.query)
            if view.get("show"):
                is_card = "card" in str(getattr(part, "className", ""))
                said = part.children[1] if is_card else part.children
                found.append((text_of(said), view))
    return found


def number(text: str) -> float | None:
    """A number as English writes it, without its unit."""
    plain = text.replace(",", "").replace("−", "-").split()[0]
    return None if plain == "–" else float(plain)
