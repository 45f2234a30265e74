-- grain: one row per stage event before as_of, on the contact it counts as
with events as (
    select * from {{ ref('stg_contact_stages') }}
    where occurred_at < {{ as_of() }}
),

survivors as (
    select * from {{ ref('int_contact_survivors_resolved') }}
),

pipeline_stages as (
    select * from {{ ref('stg_pipeline_stages') }}
),

final as (
    select
        coalesce(survivors.surviving_contact_id, events.contact_id) as contact_id,
        events.contact_id as original_contact_id,
        events.pipeline,
        events.stage,
        pipeline_stages.position,
        pipeline_stages.kind,
        events.actor_user_id,
        events.occurred_at,
        events.occurred_at_is_day,
        {{ ordered_at('events.occurred_at', 'events.occurred_at_is_day') }} as ordered_at
    from events
    left join survivors on events.contact_id = survivors.contact_id
    left join pipeline_stages
        on events.pipeline = pipeline_stages.pipeline
        and events.stage = pipeline_stages.stage
)

select * from final
