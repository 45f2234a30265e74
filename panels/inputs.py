"""The inputs of our own: a day and a choice. Their other half is assets/inputs.js.

Dash's text input sets a selection, which a browser's date input refuses with an error, and its
dropdown holds a hidden field that the keyboard falls into; the browser's own do neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash.development.base_component import Component


class _Input(Component):
    """What Dash must know of a component."""

    _children_props: list[str] = []  # noqa: RUF012
    _base_nodes = ["children"]  # noqa: RUF012
    _namespace = "panels"

    def __init__(self, **properties: Any) -> None:
        self._prop_names = self.available_properties = list(properties)
        self._valid_wildcard_attributes: list[str] = []
        self.available_wildcard_properties: list[str] = []
        super().__init__(**properties)  # type: ignore[no-untyped-call]


class Day(_Input):
    """A day as ISO text in ``value``, picked with the browser's own calendar."""

    _type = "Day"

    def __init__(self, id: Any, value: str) -> None:
        super().__init__(id=id, value=value)


class Choice(_Input):
    """One of ``options``, pairs of value and text, in ``value``; none of them is ``everything``."""

    _type = "Choice"

    def __init__(
        self, id: Any, value: str | None, options: Sequence[tuple[str, str]], everything: str
    ) -> None:
        super().__init__(id=id, value=value, options=list(options), everything=everything)
