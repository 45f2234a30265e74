-- grain: one row per deal stage event before as_of, with the stage's place in its pipeline
with events as (
    select * from {{ ref('stg_deal_stages') }}
    where occurred_at < {{ as_of() }}
),

pipeline_stages as (
    select * from {{ ref('int_pipeline_stages_unioned') }}
),

final as (
    select
        events.deal_id,
        events.pipeline,
        events.stage,
        events.occurred_at,
        pipeline_stages.position,
        pipeline_stages.kind
    from events
    left join pipeline_stages
        on events.pipeline = pipeline_stages.pipeline
        and events.stage = pipeline_stages.stage
)

select * from final
