-- grain: one row per day, manager of persons' first won deals, source and channel (TS-28, TS-29)
with won_deals as (
    select * from {{ ref('fct_deals') }}
    where is_won and person_id is not null
),

users as (
    select * from {{ ref('dim_users') }}
),

first_won_deals as (
    select * from won_deals
    qualify
        row_number() over (
            partition by person_id
            order by outcome_date, deal_id
        ) = 1
)

select
    deals.outcome_date as date_day,
    coalesce(deals.manager_user_id, '(none)') as user_id,
    deals.manager_name as user_name,
    max(users.team) as team,
    deals.source,
    deals.channel,
    count(*) as clients_new
from first_won_deals as deals
left join users on deals.manager_user_id = users.user_id
group by
    deals.outcome_date,
    deals.manager_user_id,
    deals.manager_name,
    deals.source,
    deals.channel
