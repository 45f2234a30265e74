-- grain: one row per day with inbound calls; unique callers do not add up over days (D-35)
with calls as (
    select * from {{ ref('fct_calls') }}
    where direction = 'in' and not is_internal
),

counted as (
    select
        started_date,
        count(distinct client_phone_hash) as unique_callers
    from calls
    group by started_date
)

-- Where no call ever has a number there is nothing to count callers by: not measurable, not 0.
select
    started_date as date_day,
    {{ if_measured('unique_callers', 'calls', 'client_phone_hash') }} as unique_callers
from counted
