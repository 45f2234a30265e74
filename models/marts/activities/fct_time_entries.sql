-- grain: one row per time entry of a local day that was over at as_of
with entries as (
    select * from {{ ref('stg_time_entries') }}
    where date < {{ as_of_date() }}
),

users as (
    select * from {{ ref('dim_users') }}
)

select
    entries.entry_id,
    entries.user_id,
    users.user_name,
    entries.date,
    entries.activity,
    entries.hours
from entries
left join users on entries.user_id = users.user_id
