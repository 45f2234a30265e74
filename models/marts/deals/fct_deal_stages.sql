-- grain: one row per deal and entry of a stage (each landed event is one entry, D-41)
with events as (
    select * from {{ ref('stg_deal_stages') }}
    where occurred_at < {{ as_of() }}
),

pipeline_stages as (
    select * from {{ ref('dim_pipeline_stages') }}
),

placed as (
    select
        events.deal_id,
        events.pipeline,
        events.stage,
        events.occurred_at,
        pipeline_stages.position,
        pipeline_stages.stage_kind
    from events
    left join pipeline_stages
        on events.pipeline = pipeline_stages.pipeline
        and events.stage = pipeline_stages.stage
),

final as (
    select
        deal_id,
        pipeline,
        stage,
        stage_kind,
        occurred_at as entered_at,
        lead(occurred_at) over deal_history as left_at,
        row_number() over (
            partition by deal_id, stage order by occurred_at, position nulls last, pipeline
        ) as visit_no,
        coalesce(
            lag(pipeline) over deal_history = pipeline
            and lag(position) over deal_history > position,
            false
        ) as is_backward
    from placed
    window deal_history as (
        partition by deal_id
        order by occurred_at, position nulls last, pipeline, stage
    )
)

select
    deal_id,
    stage,
    entered_at,
    left_at,
    {{ elapsed_hours('entered_at', 'left_at') }} as hours,
    cast(visit_no as bigint) as visit_no,
    is_backward,
    pipeline,
    stage_kind
from final
