-- grain: one row per user or role that has a limit of open deals (ST-12)
with capacities as (
    select * from {{ ref('capacities') }}
)

select
    user_id,
    role,
    cast(open_deals as bigint) as open_deals
from capacities
