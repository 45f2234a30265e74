"""The accounting of what landed: no row of a file may go missing between file and load log."""

from collections.abc import Iterator

import dagster as dg

from ingestion.contract import ENTITIES
from ingestion.load_log import unaccounted
from orchestration.defs.raw_assets import raw_key
from orchestration.defs.run_context import POOL, RunContext, as_dagster_failure


@dg.multi_asset_check(
    name="accounting",
    specs=[
        dg.AssetCheckSpec(
            "every_row_is_accounted_for",
            asset=raw_key(entity),
            blocking=True,
            description="rows read = rows loaded + rows quarantined + rows excluded, every file",
        )
        for entity in ENTITIES
    ],
    can_subset=True,
    pool=POOL,
)
def accounting(
    context: dg.AssetCheckExecutionContext, run: dg.ResourceParam[RunContext]
) -> Iterator[dg.AssetCheckResult]:
    """Compare the load log's own numbers, file by file."""
    with as_dagster_failure(run), run.warehouse() as con:
        lost = unaccounted(con)
    for key in sorted(context.selected_asset_check_keys):
        wrong = [file for file in lost if file.entity == key.asset_key.path[-1]]
        yield dg.AssetCheckResult(
            passed=not wrong,
            asset_key=key.asset_key,
            check_name=key.name,
            metadata={
                "files": [f"{file.delivery_date}/{file.file}" for file in wrong[:10]],
                "count": len(wrong),
            },
        )
