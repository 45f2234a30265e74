-- grain: one row per month, level, who it is for and metric
with targets as (
    select * from {{ ref('stg_targets') }}
),

users as (
    select * from {{ ref('dim_users') }}
)

select
    cast(trim(targets.month) || '-01' as date) as month,
    targets.level,
    targets.level_id,
    users.user_name,
    targets.metric,
    targets.target,
    targets.currency
from targets
left join users
    on targets.level = 'user'
    and targets.level_id = users.user_id
