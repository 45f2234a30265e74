-- grain: one row per month in which leads were opened and owner (ST-4); not additive
with leads as (
    select
        *,
        {{ period_start('month', 'opened_date') }} as month
    from {{ ref('fct_leads') }}
),

users as (
    select * from {{ ref('dim_users') }}
)

select
    leads.month,
    leads.owner_user_id as user_id,
    leads.owner_name as user_name,
    max(users.team) as team,
    count(leads.minutes_to_first_attempt) as first_attempts,
    {{ percentile('leads.minutes_to_first_attempt', 0.5) }} as minutes_to_first_attempt_p50,
    {{ percentile('leads.minutes_to_first_attempt', 0.9) }} as minutes_to_first_attempt_p90,
    count(leads.minutes_to_first_contact) as first_contacts,
    {{ percentile('leads.minutes_to_first_contact', 0.5) }} as minutes_to_first_contact_p50,
    {{ percentile('leads.minutes_to_first_contact', 0.9) }} as minutes_to_first_contact_p90
from leads
left join users on leads.owner_user_id = users.user_id
group by leads.month, leads.owner_user_id, leads.owner_name
