-- grain: one row per day, manager of persons' first won deals, source and channel (TS-28, TS-29)
with won_deals as (
    select * from {{ ref('fct_deals') }}
    where is_won and person_id is not null
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
    outcome_date as date_day,
    coalesce(manager_user_id, '(none)') as user_id,
    manager_name as user_name,
    source,
    channel,
    count(*) as clients_new
from first_won_deals
group by outcome_date, manager_user_id, manager_name, source, channel
