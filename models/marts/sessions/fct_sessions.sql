-- grain: one row per web session
with sessions as (
    select * from {{ ref('int_sessions_sourced') }}
),

visitors as (
    select * from {{ ref('int_visitors_identified') }}
)

select
    sessions.session_id,
    sessions.visitor_id,
    visitors.person_id,
    sessions.started_at,
    {{ local_date('sessions.started_at') }} as started_date,
    sessions.started_at_is_day,
    sessions.utm_source,
    sessions.utm_medium,
    sessions.utm_campaign,
    sessions.utm_content,
    sessions.utm_term,
    sessions.gclid,
    sessions.yclid,
    sessions.fbclid,
    sessions.referrer,
    sessions.landing_page,
    sessions.device,
    sessions.country,
    sessions.region,
    sessions.source,
    sessions.medium,
    sessions.campaign,
    sessions.keyword,
    sessions.is_direct
from sessions
left join visitors on sessions.visitor_id = visitors.visitor_id
