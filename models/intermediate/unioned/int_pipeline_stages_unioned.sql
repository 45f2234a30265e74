-- grain: one row per pipeline and stage of any source
with files as (
    select * from {{ ref('stg_pipeline_stages') }}
)

select
    pipeline,
    stage,
    position,
    kind,
    probability,
    source_system
from files
