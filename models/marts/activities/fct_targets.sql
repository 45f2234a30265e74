-- grain: one row per month, level, who it is for and metric
with targets as (
    select
        *,
        cast(trim(month) || '-01' as date) as first_day
    from {{ ref('stg_targets') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_filled') }}
)

-- A month that has not begun goes by the rate of the last day that is over.
select
    targets.first_day as month,
    targets.level,
    targets.level_id,
    users.user_name,
    targets.metric,
    targets.target,
    targets.currency,
    case
        when targets.metric = 'revenue'
            then {{ convert('targets.target', 'targets.currency', 'rates.rate') }}
    end as target_rc
from targets
left join users
    on targets.level = 'user'
    and targets.level_id = users.user_id
left join rates
    on targets.currency = rates.currency
    and least(targets.first_day, {{ add_days(as_of_date(), -1) }}) = rates.date_day
