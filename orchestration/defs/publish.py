"""The last step: what was built and passed becomes what everybody reads."""

import dagster as dg

from leadhouse.publishing import publish
from orchestration.defs.run_context import POOL, RunContext, as_dagster_failure


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
    def published(run: dg.ResourceParam[RunContext]) -> dg.MaterializeResult[None]:
        with as_dagster_failure():
            done = publish(run.settings)
        return dg.MaterializeResult(
            metadata={
                "build": done.build_id,
                "tables": done.tables,
                "rows": done.rows,
                "folder": str(run.settings.published_dir),
            }
        )

    return published
