-- grain: one row per day with inbound calls; unique callers do not add up over days (D-35)
with calls as (
    select * from {{ ref('fct_calls') }}
    where direction = 'in' and not is_internal
),

-- Where no call ever has a number there is nothing to count callers by: not measurable, not 0.
measured as (
    select count(client_phone_hash) > 0 as has_phones from calls
),

counted as (
    select
        started_date,
        count(distinct client_phone_hash) as unique_callers
    from calls
    group by started_date
)

select
    counted.started_date as date_day,
    case when measured.has_phones then counted.unique_callers end as unique_callers
from counted
cross join measured
