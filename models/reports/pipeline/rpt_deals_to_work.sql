-- grain: one row per deal that is open at as_of, those to work first at the top (ST-79)
with deals as (
    select * from {{ ref('fct_open_deals') }}
),

pipeline_stages as (
    select * from {{ ref('dim_pipeline_stages') }}
),

points as (
    select
        subject_id as deal_id,
        sum(points) as points,
        {{ list_of('reason', 'points desc, reason', '; ') }} as reasons
    from {{ ref('fct_work_points') }}
    where subject = 'deal'
    group by subject_id
),

pointed as (
    select
        deals.*,
        pipeline_stages.position as stage_position,
        coalesce(points.points, 0) as points,
        points.reasons
    from deals
    left join pipeline_stages
        on deals.pipeline = pipeline_stages.pipeline
        and deals.stage = pipeline_stages.stage
    left join points on deals.deal_id = points.deal_id
),

placed as (
    select
        *,
        row_number() over (
            order by points desc, expected_rc desc nulls last, created_at asc, deal_id asc
        ) as place
    from pointed
)

select
    deal_id,
    person_id,
    created_at,
    pipeline,
    stage,
    stage_position,
    owner_user_id,
    owner_name,
    team,
    source,
    amount_rc,
    probability,
    expected_rc,
    days_in_stage,
    days_since_activity,
    is_slow,
    is_untouched,
    cast(points as bigint) as points,
    reasons,
    cast(place as bigint) as place
from placed
order by place
