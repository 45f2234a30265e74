"""The groups of the lineage: layer and subject, which the folders and the landing contract name."""

from collections.abc import Mapping
from typing import Any

from ingestion.contract import ENTITIES

LANDING = "landing"


def raw_group(entity: str) -> str:
    """The group of an entity's raw table."""
    return f"raw_{_subject(entity)}"


def dbt_group(node: Mapping[str, Any]) -> str:
    """The group of a model or seed: its schema, and the folder in it.

    Staging has no folders; its subject is that of the entity that a model reads.
    """
    schema, folders = node["schema"], node["fqn"][2:-1]
    sources = [parent.split(".")[-1] for parent in node.get("depends_on", {}).get("nodes", ())]
    subjects = [_subject(name) for name in sources if name in ENTITIES]
    return "_".join([schema, *(folders or subjects[:1])])


def _subject(entity: str) -> str:
    return ENTITIES[entity].group.lower().replace(" ", "_")
