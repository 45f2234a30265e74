"""The accounting of what landed: no row of a file may go missing between file and ledger."""

from collections.abc import Iterator

import dagster as dg

from ingestion.contract import ENTITIES
from ingestion.warehouse import open_warehouse
from orchestration.defs.raw_assets import raw_key
from orchestration.defs.resources import POOL, House, clear_failures

UNACCOUNTED = """
select entity, delivery_date, file, rows_read, rows_loaded, rows_quarantined, rows_excluded
from raw_ledger.loads
where is_current
  and status = 'loaded'
  and rows_read is distinct from rows_loaded + rows_quarantined + rows_excluded
order by all
"""


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
    context: dg.AssetCheckExecutionContext, house: dg.ResourceParam[House]
) -> Iterator[dg.AssetCheckResult]:
    """Compare the ledger's own numbers, file by file."""
    with clear_failures(), open_warehouse(house.settings) as con:
        lost = con.execute(UNACCOUNTED).fetchall()
    for key in sorted(context.selected_asset_check_keys):
        wrong = [row for row in lost if row[0] == key.asset_key.path[-1]]
        yield dg.AssetCheckResult(
            passed=not wrong,
            asset_key=key.asset_key,
            check_name=key.name,
            metadata={"files": [f"{row[1]}/{row[2]}" for row in wrong[:10]], "count": len(wrong)},
        )
