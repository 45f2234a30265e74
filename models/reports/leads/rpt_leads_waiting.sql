-- grain: one row per open lead that nobody has tried to reach, or not lately (ST-4)
with leads as (
    select * from {{ ref('fct_leads') }}
    where
        status = 'open'
        and (last_attempt_at is null or days_waiting > {{ var('untouched_days') }})
),

points as (
    select
        subject_id as lead_id,
        sum(points) as points,
        {{ list_of('reason', 'points desc, reason', '; ') }} as reasons
    from {{ ref('fct_work_points') }}
    where subject = 'lead'
    group by subject_id
),

pointed as (
    select
        leads.*,
        coalesce(points.points, 0) as points,
        points.reasons
    from leads
    left join points on leads.lead_id = points.lead_id
),

placed as (
    select
        *,
        row_number() over (order by points desc, opened_at asc, lead_id asc) as place
    from pointed
)

select
    lead_id,
    person_id,
    owner_user_id,
    owner_name,
    team,
    opened_at,
    last_attempt_at,
    days_waiting,
    source,
    contact_channel,
    cast(points as bigint) as points,
    reasons,
    cast(place as bigint) as place
from placed
order by place
