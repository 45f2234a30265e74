"""The last step: what was built and passed becomes what everybody reads."""

import dagster as dg

from leadhouse.publishing import publish
from orchestration.defs.resources import POOL, House, clear_failures


def publish_asset(upstream: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """The asset that publishes; it runs after every asset of ``upstream``.

    Launched alone it refuses whatever was not sealed: Dagster itself would let it run.
    """

    @dg.asset(
        key="published",
        deps=sorted(upstream.keys),
        pool=POOL,
        description="Audits the sealed build as files and makes it current by one atomic swap.",
    )
    def published(house: dg.ResourceParam[House]) -> dg.MaterializeResult[None]:
        with clear_failures():
            done = publish(house.settings)
        return dg.MaterializeResult(
            metadata={
                "build": done.build_id,
                "tables": done.tables,
                "rows": done.rows,
                "folder": str(house.settings.published_dir),
            }
        )

    return published
