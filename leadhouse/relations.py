"""The published tables and how they join, as JSON for BI tools and assistants.

Everything is read where it is said already (leadhouse/catalogue.py): declared joins of the marts
hold for the reports that read them, and every day joins the calendar.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from leadhouse.catalogue import (
    Manifest,
    Node,
    grain_of,
    joins_of,
    key_of,
    one_line,
    published,
    table_of,
)
from leadhouse.paths import MAIN_FILE, PII_FILE, PROJECT_ROOT

QUESTIONS = PROJECT_ROOT / "docs" / "questions.md"
_ABOUT = (
    "Tables of a Leadhouse build. An event is in them if it was before as_of (trust.rpt_run). "
    "NULL means not measurable, 0 measured and none. Counts and sums add up over rows; ratios are "
    "recomputed from their numerators and denominators. Columns that may be NULL (medium) join by "
    "`is not distinct from`. Columns that end in _rc are in the reporting currency; "
    "columns of type date are local days, those of type timestamptz instants."
)
_QUESTION = re.compile(r"^\*\*(.+?)\*\*.*?^```sql\n(.+?)^```", re.S | re.M)


def write_relations(manifest: Path, file: Path) -> None:
    """Write the file that describes the tables which dbt has built from this manifest."""
    described = relations(json.loads(manifest.read_text(encoding="utf-8")))
    file.write_text(json.dumps(described, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def relations(manifest: Manifest) -> dict[str, Any]:
    """Every published table with its columns, key and joins, and questions with their queries."""
    text = QUESTIONS.read_text(encoding="utf-8")
    return {
        "about": _ABOUT,
        "tables": [_table(manifest, model) for model in published(manifest)],
        "questions": [
            {"question": question, "sql": query.strip()}
            for question, query in _QUESTION.findall(text)
        ],
    }


def _table(manifest: Manifest, model: Node) -> dict[str, Any]:
    return {
        "name": table_of(model),
        "file": PII_FILE if model["schema"] == "pii" else MAIN_FILE,
        "one_row_per": grain_of(model),
        "description": one_line(model["description"]),
        "answers": model["config"]["meta"].get("question", ""),
        "key": key_of(manifest, model),
        "columns": [
            {
                "name": name,
                "type": column["data_type"],
                "description": one_line(column["description"]),
            }
            for name, column in model["columns"].items()
        ],
        "joins": _joins(manifest, model),
    }


def _joins(manifest: Manifest, model: Node) -> list[dict[str, Any]]:
    """The joins of a table; ``always`` says that every row which is not NULL finds its match."""
    by_name = {each["name"]: each for each in published(manifest)}
    joins = _declared(manifest, model)
    for to in by_name.values():
        of_type = to["config"]["meta"].get("joined_by_all_of_type")
        for name, column in model["columns"].items():
            if of_type == column["data_type"] and to is not model:
                joins[name] = (to["name"], True)
    return [
        {
            "columns": columns.split(", "),
            "to": table_of(by_name[to]),
            "to_columns": key_of(manifest, by_name[to]),
            "always": always,
        }
        for columns, (to, always) in sorted(joins.items())
    ]


def _declared(manifest: Manifest, model: Node) -> dict[str, tuple[str, bool]]:
    """What the model declares, and outside the marts the joins of the tables that it reads.

    Those and the keys of these tables hold where the model shows all their columns.
    """
    joins = {columns: (to, always) for columns, to, always in joins_of(manifest, model)}
    if model["schema"] == "marts":
        return joins
    parents = {each["unique_id"]: each for each in published(manifest)}
    for parent in (parents[each] for each in model["depends_on"]["nodes"] if each in parents):
        key = ", ".join(key_of(manifest, parent))
        found = {columns: to for columns, (to, _) in _declared(manifest, parent).items()}
        for columns, to in ({key: parent["name"]} | found).items():
            if set(columns.split(", ")) <= model["columns"].keys():
                joins.setdefault(columns, (to, False))
    return joins
