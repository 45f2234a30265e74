"""Pictures of days in one look. Their texts and lines get their colours from the CSS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc

PALETTE = ("#3b7dd8", "#e69f00", "#009e73", "#cc79a7", "#8c6bb1", "#56b4e9", "#7f7f7f")
"""Told apart by people with any kind of colour vision; red is kept for what was lost."""


def days_chart(name: str, days: Sequence[Any], series: Sequence[tuple[str, Sequence[Any]]]) -> Any:
    """A line a series over days; a single one is filled down to zero."""
    lines = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": label,
            "x": list(days),
            "y": list(values),
            "line": {"color": PALETTE[number], "width": 2},
            **({"fill": "tozeroy", "fillcolor": f"{PALETTE[0]}22"} if len(series) == 1 else {}),
            "hovertemplate": "%{y}",
        }
        for number, (label, values) in enumerate(series)
    ]
    layout = {
        "margin": {"l": 44, "r": 12, "t": 12, "b": 36},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "inherit", "size": 12},
        "hovermode": "x unified",
        "showlegend": len(series) > 1,
        "legend": {"orientation": "h", "y": 1.15, "x": 0},
        "xaxis": {"showgrid": False, "fixedrange": True, "tickformat": "%m-%d", "type": "date"},
        "yaxis": {"rangemode": "tozero", "fixedrange": True, "nticks": 5},
    }
    return dcc.Graph(
        id=name,
        figure={"data": lines, "layout": layout},
        config={"displayModeBar": False, "responsive": True},
        className="chart",
        style={"height": "260px"},
    )
