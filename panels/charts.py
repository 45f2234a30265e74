"""Pictures in one look. Their texts and lines get their colours from the CSS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc

from panels.words import Words

BLUE, ORANGE, GREEN, PINK, VIOLET, SKY, GREY, YELLOW = PALETTE = (
    *("#3b7dd8", "#e69f00", "#009e73", "#cc79a7", "#8c6bb1", "#56b4e9", "#8a94a3", "#d8c83a"),
)
"""Told apart by people with any kind of colour vision; red is kept for what was lost."""

Series = tuple[str, Sequence[Any]]
"""A name and its values."""


def area(words: Words, name: str, days: Sequence[Any], series: Series) -> Any:
    """One line over days, filled down to zero."""
    label, values = series
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": label,
        "x": list(days),
        "y": list(values),
        "line": {"color": BLUE, "width": 2},
        "fill": "tozeroy",
        "fillcolor": f"{BLUE}22",
        "hovertemplate": "%{y}",
    }
    return _figure(words, name, [line], {"xaxis": _TIME})


def columns(
    words: Words,
    name: str,
    days: Sequence[Any],
    series: Sequence[Series],
    colours: Sequence[str] = PALETTE,
    *,
    of_months: bool = False,
) -> Any:
    """A column a day, week or month, put together from the series."""
    bars = [
        {
            "type": "bar",
            "name": label,
            "x": list(days),
            "y": list(values),
            "marker": {"color": colours[number % len(colours)]},
            "hovertemplate": "%{y:,}",
        }
        for number, (label, values) in enumerate(series)
    ]
    time = {**_TIME, **_MONTHS} if of_months else _TIME
    return _figure(
        words, name, bars, {"barmode": "relative", "bargap": 0.25, "xaxis": time}, len(series) > 1
    )


def lines(words: Words, name: str, months: Sequence[Any], series: Sequence[Series]) -> Any:
    """A line a series over months."""
    drawn = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": label,
            "x": list(months),
            "y": list(values),
            "line": {"color": PALETTE[number % len(PALETTE)], "width": 2},
            "hovertemplate": "%{y:,.0f}",
        }
        for number, (label, values) in enumerate(series)
    ]
    return _figure(words, name, drawn, {"xaxis": {**_TIME, **_MONTHS}}, len(series) > 1)


def waterfall(words: Words, name: str, steps: Sequence[tuple[str, float, bool]]) -> Any:
    """From one sum down to another: a label, a value, and whether it is a sum, for each step."""
    level, bases, sizes, colours = 0.0, [], [], []
    for _, value, is_sum in steps:
        bases.append(0.0 if is_sum else level)
        sizes.append(value)
        colours.append(GREY if is_sum else BLUE if value >= 0 else ORANGE)
        level = value if is_sum else level + value
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": [label for label, *_ in steps],
        "x": sizes,
        "base": bases,
        "marker": {"color": colours},
        "text": [words.number(value) for _, value, _ in steps],
        "textposition": "outside",
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    layout = {
        "xaxis": {"fixedrange": True, "nticks": 5},
        "yaxis": {
            "type": "category",
            "autorange": "reversed",
            "fixedrange": True,
            "automargin": True,
        },
        "margin": {"l": 8, "r": 56, "t": 8, "b": 28},
        "bargap": 0.35,
        "hovermode": False,
    }
    return _figure(words, name, [bars], layout, height=44 + 36 * len(steps))


_TIME = {"showgrid": False, "fixedrange": True, "tickformat": "%m-%d", "type": "date"}
_MONTHS = {"tickformat": "%Y-%m", "nticks": 7, "tickangle": 0}


def _figure(
    words: Words,
    name: str,
    traces: Sequence[dict[str, Any]],
    layout: dict[str, Any],
    has_legend: bool = False,
    height: int = 260,
) -> Any:
    whole = {
        "margin": {"l": 8, "r": 12, "t": 16, "b": 36},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "inherit", "size": 12},
        "hovermode": "x unified",
        "separators": words.texts["decimal"] + words.texts["thousands"],
        "showlegend": has_legend,
        "legend": {"orientation": "h", "y": -0.16, "x": 0, "yanchor": "top"},
        "yaxis": {"rangemode": "tozero", "fixedrange": True, "nticks": 5, "automargin": True},
        **layout,
    }
    return dcc.Graph(
        id=name,
        figure={"data": list(traces), "layout": whole},
        config={"displayModeBar": False, "responsive": True},
        className="chart",
        style={"height": f"{height + 40 * has_legend}px"},
    )
