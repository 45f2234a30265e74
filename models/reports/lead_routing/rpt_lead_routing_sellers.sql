-- grain: one row per panel, day of acquisition and salesperson; zeros included
with cohorts as (
    select * from {{ ref('fct_seller_cohorts') }}
)

select
    panel_id,
    panel_name,
    acquired_date,
    user_id,
    user_name,
    team,
    cast(sum(handed_over) as bigint) as handed_over,
    cast(sum(contacted) as bigint) as contacted,
    cast(sum(cp1_entered) as bigint) as cp1_entered,
    cast(sum(cp2_entered) as bigint) as cp2_entered,
    cast(sum(final_entered) as bigint) as final_entered
from cohorts
group by panel_id, panel_name, acquired_date, user_id, user_name, team
