"""The one component of our own: a day. Its other half is assets/day.js.

Dash's text input sets a selection, which a browser's date input refuses with an error.
"""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component


class Day(Component):
    """A day as ISO text in ``value``, picked with the browser's own calendar."""

    _children_props: list[str] = []  # noqa: RUF012
    _base_nodes = ["children"]  # noqa: RUF012
    _namespace = "panels"
    _type = "Day"

    def __init__(self, id: Any, value: str) -> None:
        self._prop_names = self.available_properties = ["id", "value"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_wildcard_properties: list[str] = []
        super().__init__(id=id, value=value)  # type: ignore[no-untyped-call]
