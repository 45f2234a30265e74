-- grain: one row per day of creation, pipeline, stage, owner and source with any count
with steps as (
    select * from {{ ref('fct_deal_steps') }}
)

select
    created_date,
    pipeline,
    stage,
    stage_position as position,
    max(stage_kind) as stage_kind,
    owner_user_id,
    max(owner_name) as owner_name,
    max(team) as team,
    source,
    count(*) filter (where is_entered) as deals_entered,
    count(*) filter (where is_reached) as deals_reached,
    count(*) filter (where is_now) as deals_now,
    count(*) filter (where is_lost_here) as deals_lost_here,
    -- Hours are added up in whole microseconds: a sum of doubles depends on its order.
    cast(coalesce(sum(stay_micros), 0) as double) / 1000000 / 3600 as hours_in_stage_sum,
    cast(sum(stays_count) as bigint) as hours_in_stage_count
from steps
group by created_date, pipeline, stage, stage_position, owner_user_id, source
