-- grain: one row per pipeline, stage and owner with a deal that is open at as_of
with deals as (
    select
        *,
        coalesce(is_slow, false) or coalesce(is_untouched, false) as is_stalled,
        is_slow is not null or is_untouched is not null as is_judged
    from {{ ref('fct_open_deals') }}
),

pipeline_stages as (
    select * from {{ ref('dim_pipeline_stages') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

summed as (
    select
        pipeline,
        stage,
        owner_user_id,
        max(owner_name) as owner_name,
        count(*) as deals_open,
        count(*) - count(amount_rc) as deals_without_amount,
        sum(amount_rc) as amount_rc,
        count(days_in_stage) as deals_in_stage,
        {{ percentile('days_in_stage', 0.5) }} as days_p50,
        {{ percentile('days_in_stage', 0.9) }} as days_p90,
        count(*) filter (where is_judged) as judged,
        count(*) filter (where is_stalled) as stalled
    from deals
    group by pipeline, stage, owner_user_id
)

select
    summed.pipeline,
    summed.stage,
    pipeline_stages.position as stage_position,
    summed.owner_user_id,
    summed.owner_name,
    users.team,
    summed.deals_open,
    summed.deals_without_amount,
    cast(summed.amount_rc as decimal(18, 2)) as amount_rc,
    summed.deals_in_stage as deals_with_days,
    summed.days_p50,
    summed.days_p90,
    case when summed.judged > 0 then summed.stalled end as stalled
from summed
left join pipeline_stages
    on summed.pipeline = pipeline_stages.pipeline
    and summed.stage = pipeline_stages.stage
left join users on summed.owner_user_id = users.user_id
