"""Who reads what is published: the exposures that the dbt project declares, after publishing."""

from __future__ import annotations

import json
from pathlib import Path

import dagster as dg


def readers(manifest_path: Path) -> list[dg.AssetSpec]:
    """An external asset for each exposure, with its address and the tables that it reads."""
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    return [
        dg.AssetSpec(
            key=["readers", exposure["name"]],
            deps=["published"],
            group_name="readers",
            kinds={exposure["type"]},
            description=exposure["description"],
            metadata={
                "label": exposure["label"],
                "tables": ", ".join(
                    manifest["nodes"][node]["name"] for node in exposure["depends_on"]["nodes"]
                ),
                **({"url": dg.MetadataValue.url(exposure["url"])} if exposure["url"] else {}),
            },
        )
        for exposure in manifest["exposures"].values()
    ]
