-- grain: one row per day with inbound calls; unique callers do not add up over days (D-35)
with calls as (
    select * from {{ ref('fct_calls') }}
    where direction = 'in'
)

select
    started_date as date_day,
    count(distinct client_phone_hash) as unique_callers
from calls
group by started_date
