"""The last step: what was built and passed becomes what everybody reads."""

from time import perf_counter

import dagster as dg

from leadhouse.publishing import publish
from orchestration.defs.run_context import DAILY, POOL, RunContext, as_dagster_failure


def publish_asset(upstream: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """The asset that publishes; it runs after every asset of ``upstream``.

    Launched alone it refuses whatever was not sealed: Dagster itself would let it run.
    """

    @dg.asset(
        key="published",
        deps=sorted(upstream.keys),
        pool=POOL,
        group_name="published",
        kinds={"duckdb"},
        description="Audits the sealed build as files and makes it current by one atomic swap.",
    )
    def published(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[RunContext]
    ) -> dg.MaterializeResult[None]:
        began = perf_counter()
        with as_dagster_failure(run):
            done = publish(run.settings)
        if context.job_name == DAILY and run.drop_state:
            run.settings.drop_state_file.write_text(run.drop_state)
        about = {name: "none" if value is None else str(value) for name, value in done.run.items()}
        return dg.MaterializeResult(
            metadata={
                **about,
                "tables": done.tables,
                "dagster/row_count": done.rows,
                "folder": str(run.settings.published_dir),
                "seconds": round(perf_counter() - began, 3),
            }
        )

    return published
