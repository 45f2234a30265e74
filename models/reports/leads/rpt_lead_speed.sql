-- grain: one row per month in which leads were opened and owner (ST-4); not additive
with leads as (
    select
        *,
        {{ period_start('month', 'opened_date') }} as month
    from {{ ref('fct_leads') }}
)

select
    month,
    owner_user_id as user_id,
    owner_name as user_name,
    count(minutes_to_first_attempt) as first_attempts,
    {{ percentile('minutes_to_first_attempt', 0.5) }} as minutes_to_first_attempt_p50,
    {{ percentile('minutes_to_first_attempt', 0.9) }} as minutes_to_first_attempt_p90,
    count(minutes_to_first_contact) as first_contacts,
    {{ percentile('minutes_to_first_contact', 0.5) }} as minutes_to_first_contact_p50,
    {{ percentile('minutes_to_first_contact', 0.9) }} as minutes_to_first_contact_p90
from leads
group by month, owner_user_id, owner_name
