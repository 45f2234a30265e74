-- grain: one row per activity and side: hours as landed, hours in fct_time_entries
with landed as (
    select
        activity,
        {{ to_date('date') }} as work_date,
        {{ to_amount('hours') }} as hours
    from {{ source('landing', 'time_entries') }}
    where {{ is_row() }}
    qualify row_number() over (partition by entry_id order by {{ latest_first() }}) = 1
)

select
    'landed hours = fct_time_entries' as check_name,
    activity as scope,
    cast(null as string) as currency,
    sum(hours) as raw_total,
    0 as mart_total
from landed
where work_date < {{ as_of_date() }}
group by activity

union all

select
    'landed hours = fct_time_entries' as check_name,
    activity as scope,
    cast(null as string) as currency,
    0 as raw_total,
    sum(hours) as mart_total
from {{ ref('fct_time_entries') }}
group by activity
