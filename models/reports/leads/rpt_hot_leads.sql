-- grain: one row per open lead that is hot by the rules of the company (D-33)
with leads as (
    select * from {{ ref('fct_leads') }}
    where status = 'open'
),

points as (
    select
        subject_id as lead_id,
        sum(points) as points,
        {{ list_of('reason', 'points desc, reason', '; ') }} as reasons
    from {{ ref('fct_work_points') }}
    where subject = 'lead' and kind in ('tag', 'sessions', 'score')
    group by subject_id
)

select
    leads.lead_id,
    leads.person_id,
    leads.owner_user_id,
    leads.owner_name,
    leads.team,
    leads.opened_at,
    leads.source,
    leads.medium,
    leads.channel,
    cast(points.points as bigint) as points,
    points.reasons
from leads
inner join points on leads.lead_id = points.lead_id
where points.points >= {{ var('hot_points') }}
order by points.points desc, leads.opened_at asc, leads.lead_id asc
