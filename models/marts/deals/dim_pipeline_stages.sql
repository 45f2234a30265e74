-- grain: one row per pipeline and stage
with pipeline_stages as (
    select * from {{ ref('stg_pipeline_stages') }}
)

select
    pipeline,
    stage,
    position,
    kind as stage_kind,
    probability
from pipeline_stages
