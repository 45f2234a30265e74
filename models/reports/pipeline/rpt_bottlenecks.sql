-- grain: one row per month of creation, pipeline, stage that a deal reached, source and owner
with steps as (
    select
        *,
        {{ period_start('month', 'created_date') }} as created_month
    from {{ ref('fct_deal_steps') }}
    where is_reached and stage_kind is distinct from 'lost'
),

deals as (
    select * from {{ ref('fct_deals') }}
),

judged as (
    select
        steps.*,
        deals.amount_rc,
        not steps.is_passed and not deals.is_open as is_dropped_lost,
        not steps.is_passed and deals.is_open as is_dropped_open
    from steps
    inner join deals on steps.deal_id = deals.deal_id
),

summed as (
    select
        created_month,
        pipeline,
        stage,
        stage_position,
        source,
        owner_user_id,
        max(owner_name) as owner_name,
        max(team) as team,
        count(*) as reached,
        count(*) filter (where is_passed) as passed,
        count(*) filter (where is_dropped_lost) as dropped_lost,
        count(*) filter (where is_dropped_open) as dropped_open,
        sum(case when is_dropped_lost then amount_rc end) as lost_amount_rc,
        sum(stay_micros) as stay_micros,
        sum(stays_count) as stays_count
    from judged
    group by created_month, pipeline, stage, stage_position, source, owner_user_id
)

select
    created_month,
    pipeline,
    stage,
    stage_position,
    source,
    owner_user_id,
    owner_name,
    team,
    reached,
    passed,
    dropped_lost + dropped_open as dropped,
    dropped_lost,
    dropped_open,
    cast(case when dropped_lost = 0 then 0 else lost_amount_rc end as decimal(18, 2))
        as lost_amount_rc,
    cast(coalesce(stay_micros, 0) as double) / 1000000 / 3600 as hours_sum,
    cast(stays_count as bigint) as hours_count
from summed
