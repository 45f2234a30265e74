-- grain: one row per call as its vendor delivered it (call_count says how many it stands for)
with calls as (
    select * from {{ ref('int_calls_matched') }}
)

select
    call_id,
    started_at,
    {{ local_date('started_at') }} as started_date,
    direction,
    user_id,
    person_id,
    contact_id,
    {{ keyed_hash('company_phone') }} as tracking_phone_hash,
    status,
    status = 'answered' as is_answered,
    direction = 'in' and status <> 'answered' as is_missed,
    wait_seconds,
    talk_seconds,
    call_count,
    is_first_call,
    direction = 'in'
    and status = 'answered'
    and coalesce(talk_seconds >= {{ var('target_call_seconds') }}, false) as is_target,
    session_id,
    source,
    medium,
    campaign,
    keyword,
    match_method,
    match_candidates,
    {{ keyed_hash('client_phone') }} as client_phone_hash
from calls
