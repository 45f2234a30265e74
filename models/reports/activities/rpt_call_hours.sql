-- grain: one row per day, hour of the day and direction with calls
with calls as (
    select
        started_date as date_day,
        case when not started_at_is_day then {{ local_hour('started_at') }} end as hour,
        direction,
        call_count,
        is_missed
    from {{ ref('fct_calls') }}
    where not is_internal
)

select
    date_day,
    hour,
    direction,
    cast(sum(call_count) as bigint) as calls,
    cast(coalesce(sum(call_count) filter (where is_missed), 0) as bigint) as missed
from calls
group by date_day, hour, direction
