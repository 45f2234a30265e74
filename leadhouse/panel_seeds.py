"""A lead-routing panel of the seeds: proposed from what an account has, checked, and written.

Rows of other panels stay as they are, letter by letter.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from ingestion.connectors.sample import Sample, Stage
from ingestion.problems import meant
from leadhouse.errors import LeadhouseError
from leadhouse.files import write_whole
from leadhouse.paths import PROJECT_ROOT

SEEDS = PROJECT_ROOT / "seeds"
_PANELS = "lead_routing_panels"
_SOURCES = "lead_routing_panel_sources"
_SELLERS = "lead_routing_panel_sellers"
_POINTS = ("cp1_stage", "cp2_stage", "final_stage")


@dataclass(frozen=True)
class Panel:
    """One panel as its three seeds have it; without ``sellers`` every user is one."""

    panel_id: str
    panel_name: str
    handed_from_user_id: str
    first_contact_tag: str
    pipeline: str
    cp1_stage: str
    cp2_stage: str
    final_stage: str
    source_tags: tuple[str, ...]
    sellers: tuple[str, ...] = ()


ABOUT = {
    "panel_id": "an id of your own",
    "panel_name": "the name that its readers see",
    "handed_from_user_id": "the main account, from which contacts are handed over",
    "first_contact_tag": "the tag that a salesperson adds when work on a contact begins",
    "source_tags": "tags that say where a contact came from, with ; between them",
    "sellers": "users who sell, with ; between them; - for all",
    "pipeline": "the pipeline whose stages are counted",
    "cp1_stage": "the stage of the first conversion point",
    "cp2_stage": "the stage of the second one",
    "final_stage": "the stage of the purchase or the signed contract",
}
"""What a panel says, in the order in which it is asked for."""


def proposed(sample: Sample, said: Mapping[str, str]) -> dict[str, str]:
    """What may be said of the keys that ``said`` does not have yet, as far as the account shows it.

    Who hands over, and what the first contact's tag is, nobody can see from outside.
    """
    found = {}
    if "handed_from_user_id" in said:
        others = [user for user in sample.users if user != said["handed_from_user_id"]]
        found["sellers"] = ";".join(others) or "-"
    if "first_contact_tag" in said:
        found["source_tags"] = ";".join(
            tag for tag in sample.tags if tag != said["first_contact_tag"]
        )
    with_points = {name: _points(stages) for name, stages in sample.pipelines.items()}
    usable = [name for name, points in with_points.items() if points]
    pipeline = said.get("pipeline") or next(iter(usable), "")
    found["pipeline"] = pipeline
    found |= dict(zip(_POINTS, with_points.get(pipeline, ()), strict=False))
    return {name: value for name, value in found.items() if value and name not in said}


def _points(stages: Sequence[Stage]) -> tuple[str, ...]:
    """Three stages of a pipeline in order: a middle one, the last before the end, and the end."""
    names = [stage.name for stage in stages if stage.kind != "lost"]
    won = [stage.name for stage in stages if stage.kind == "won"]
    end = won[-1] if won else names[-1] if names else ""
    before = names[: names.index(end)] if end else []
    if len(before) < 2:
        return ()
    return before[(len(before) - 1) // 2], before[-1], end


def panel_of(said: Mapping[str, str], sample: Sample) -> Panel:
    """The panel, if it names what the account has; kinds of which it shows nothing may be anything.

    Raises :class:`LeadhouseError` with everything that is wrong.
    """
    known = [each.name for each in fields(Panel)]
    problems = [
        f"{name} is no key of a panel.{meant(name, known)} It has: {', '.join(known)}."
        for name in said
        if name not in known
    ]
    problems += [
        f"{name} is missing. It is {ABOUT[name]}."
        for name in known
        if not said.get(name) and name != "sellers"
    ]
    tags, sellers = (_listed(said.get(name, "")) for name in ("source_tags", "sellers"))
    stages = [stage.name for stage in sample.pipelines.get(said.get("pipeline", ""), ())]
    main = said.get("handed_from_user_id", "")
    for kind, shown, named in (
        ("user", list(sample.users), (main, *sellers)),
        ("tag", list(sample.tags), (said.get("first_contact_tag", ""), *tags)),
        ("pipeline", list(sample.pipelines), (said.get("pipeline", ""),)),
        ("stage", stages, tuple(said.get(point, "") for point in _POINTS)),
    ):
        problems += [
            f"The account shows no {kind} {name}.{meant(name, shown)}"
            for name in named
            if name and shown and name not in shown
        ]
    if not problems and stages:
        places = [stages.index(said[point]) for point in _POINTS]
        if places != sorted(set(places)):
            problems.append(
                f"{', '.join(_POINTS)} must follow one another in pipeline {said['pipeline']}: "
                f"{', '.join(stages)}."
            )
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        raise LeadhouseError(f"No panel was written:\n{lines}")
    return Panel(
        **{name: said[name] for name in known[:-2]},
        source_tags=tags,
        sellers=sellers,
    )


def _listed(text: str) -> tuple[str, ...]:
    parts = [part.strip() for part in text.split(";")]
    return tuple(dict.fromkeys(part for part in parts if part and part != "-"))


def panels_like(panel: Panel) -> list[str]:
    """The ids of the seeds' panels that have its id or its name."""
    _, _, records = _read(_PANELS)
    return [
        row["panel_id"]
        for row, _ in records
        if row["panel_id"] == panel.panel_id or row["panel_name"] == panel.panel_name
    ]


def write_panel(panel: Panel, instead_of: Sequence[str] = ()) -> None:
    """Add the panel's rows to the three seeds, in the place of those of the panels named."""
    sources = [
        {"source_tag": tag, "label": tag, "priority": str(number)}
        for number, tag in enumerate(panel.source_tags, 1)
    ]
    own = {name: getattr(panel, name) for name in ABOUT if name not in ("source_tags", "sellers")}
    for seed, rows in (
        (_SOURCES, sources),
        (_SELLERS, [{"user_id": user} for user in panel.sellers]),
        (_PANELS, [own | {"is_active": "true"}]),
    ):
        _write(seed, [row | {"panel_id": panel.panel_id} for row in rows], instead_of)


def _read(seed: str) -> tuple[list[str], str, list[tuple[dict[str, str], str]]]:
    """A seed's columns, their line, and each of its rows with its own text."""
    lines = (SEEDS / f"{seed}.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    reader = csv.reader(lines)
    columns = next(reader)
    records = []
    at = reader.line_num
    for cells in reader:
        if cells:
            row = dict(zip(columns, cells, strict=False))
            records.append((row, "".join(lines[at : reader.line_num])))
        at = reader.line_num
    return columns, lines[0], records


def _write(seed: str, rows: Iterable[Mapping[str, str]], instead_of: Sequence[str]) -> None:
    columns, header, records = _read(seed)
    texts = [header, *(text for row, text in records if row["panel_id"] not in instead_of)]
    written = io.StringIO()
    written.writelines(text if text.endswith("\n") else f"{text}\n" for text in texts)
    csv.DictWriter(written, columns, restval="", lineterminator="\n").writerows(rows)
    write_whole(SEEDS / f"{seed}.csv", written.getvalue())
