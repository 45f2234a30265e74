-- grain: one row per panel, day of acquisition, source tag and salesperson; zeros included
with cohorts as (
    select * from {{ ref('fct_seller_cohorts') }}
)

select
    panel_id,
    panel_name,
    acquired_date,
    source_tag,
    user_id,
    user_name,
    team,
    handed_over,
    contacted,
    cp1_entered,
    cp2_entered,
    final_entered
from cohorts
