-- grain: one row per open lead that nobody has tried to reach, or not lately (ST-4)
with leads as (
    select
        *,
        {{ elapsed_days('coalesce(last_attempt_at, opened_at)', as_of()) }} as days_waiting
    from {{ ref('fct_leads') }}
    where status = 'open'
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
    contact_channel
from leads
where last_attempt_at is null or days_waiting > {{ var('untouched_days') }}
