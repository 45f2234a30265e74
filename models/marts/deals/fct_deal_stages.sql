-- grain: one row per deal and entry of a stage (each landed event is one entry, D-41), or per deal
-- without any event its present stage
{%- set course = 'deal_id, pipeline' if var('parallel_pipelines') else 'deal_id' %}
with events as (
    select * from {{ ref('stg_deal_stages') }}
    where occurred_at < {{ as_of() }}
),

deals_with_events as (
    select deal_id
    from events
    group by deal_id
),

deals as (
    select * from {{ ref('int_deals_linked') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

entries as (
    select
        deal_id,
        pipeline,
        stage,
        occurred_at,
        occurred_at_is_day,
        {{ ordered_at('occurred_at', 'occurred_at_is_day') }} as ordered_at,
        actor_user_id
    from events

    union all

    select
        deals.deal_id,
        deals.pipeline,
        deals.stage,
        cast(null as {{ instant_type() }}) as occurred_at,
        cast(null as boolean) as occurred_at_is_day,
        cast(null as {{ instant_type() }}) as ordered_at,
        cast(null as string) as actor_user_id
    from deals
    left join deals_with_events on deals.deal_id = deals_with_events.deal_id
    where deals_with_events.deal_id is null and deals.stage is not null
),

pipeline_stages as (
    select * from {{ ref('dim_pipeline_stages') }}
),

placed as (
    select
        entries.deal_id,
        entries.pipeline,
        entries.stage,
        entries.occurred_at,
        entries.occurred_at_is_day,
        entries.ordered_at,
        entries.actor_user_id,
        users.user_name as actor_name,
        pipeline_stages.position,
        pipeline_stages.stage_kind
    from entries
    left join users on entries.actor_user_id = users.user_id
    left join pipeline_stages
        on entries.pipeline = pipeline_stages.pipeline
        and entries.stage = pipeline_stages.stage
),

final as (
    select
        deal_id,
        pipeline,
        stage,
        position as stage_position,
        stage_kind,
        occurred_at as entered_at,
        occurred_at_is_day as entered_at_is_day,
        lead(occurred_at) over course as left_at,
        row_number() over (
            partition by deal_id, stage
            order by ordered_at nulls last, position nulls last, pipeline
        ) as visit_no,
        coalesce(
            lag(pipeline) over course = pipeline
            and lag(position) over course > position,
            false
        ) as is_backward,
        actor_user_id,
        actor_name
    from placed
    window course as (
        partition by {{ course }}
        order by ordered_at nulls last, position nulls last, pipeline, stage
    )
)

select
    deal_id,
    stage,
    entered_at,
    entered_at_is_day,
    left_at,
    -- How long is not known where only the day of the next entry is, and it is this one's.
    case when left_at >= entered_at then {{ elapsed_hours('entered_at', 'left_at') }} end as hours,
    cast(visit_no as bigint) as visit_no,
    is_backward,
    pipeline,
    stage_position,
    stage_kind,
    actor_user_id,
    actor_name
from final
