-- grain: one row per user or role that has a limit of open deals (ST-12)
with capacities as (
    select * from {{ ref('capacities') }}
),

users as (
    select * from {{ ref('dim_users') }}
)

select
    capacities.user_id,
    users.user_name,
    capacities.role,
    cast(capacities.open_deals as bigint) as open_deals
from capacities
left join users on capacities.user_id = users.user_id
