-- grain: one row per panel, day of acquisition, source tag and salesperson of the panel, zeros included (LR-50)
with flow as (
    select * from {{ ref('rpt_lead_routing_flow') }}
),

sellers as (
    select * from {{ ref('dim_lead_routing_panel_sellers') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

-- A panel open to everybody may have handed contacts to users that no user record has.
panel_users as (
    select
        panel_id,
        user_id
    from sellers

    union

    select
        panel_id,
        user_id
    from flow
    where user_id <> '(none)'
),

cohorts as (
    select distinct
        panel_id,
        acquired_date,
        source_tag
    from flow
),

final as (
    select
        cohorts.panel_id,
        cohorts.acquired_date,
        cohorts.source_tag,
        panel_users.user_id,
        users.user_name,
        coalesce(flow.handed_over, 0) as handed_over,
        coalesce(flow.contacted, 0) as contacted,
        coalesce(flow.cp1_entered, 0) as cp1_entered,
        coalesce(flow.cp2_entered, 0) as cp2_entered,
        coalesce(flow.final_entered, 0) as final_entered
    from cohorts
    inner join panel_users on cohorts.panel_id = panel_users.panel_id
    left join flow
        on cohorts.panel_id = flow.panel_id
        and cohorts.acquired_date = flow.acquired_date
        and cohorts.source_tag = flow.source_tag
        and panel_users.user_id = flow.user_id
    left join users on panel_users.user_id = users.user_id
)

select
    panel_id,
    acquired_date,
    source_tag,
    user_id,
    user_name,
    handed_over,
    contacted,
    cp1_entered,
    cp2_entered,
    final_entered
from final
