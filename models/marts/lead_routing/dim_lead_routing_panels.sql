-- grain: one row per active lead-routing panel (LR-11 to LR-20)
with panels as (
    select * from {{ ref('int_panels_configured') }}
),

users as (
    select * from {{ ref('stg_users') }}
),

sellers as (
    select
        panel_id,
        count(*) as sellers_count
    from {{ ref('dim_lead_routing_panel_sellers') }}
    group by panel_id
)

select
    panels.panel_id,
    panels.panel_name,
    panels.handed_from_user_id,
    users.name as handed_from_name,
    panels.first_contact_tag,
    panels.pipeline,
    panels.cp1_stage,
    panels.cp2_stage,
    panels.final_stage,
    coalesce(sellers.sellers_count, 0) as sellers_count
from panels
left join users on panels.handed_from_user_id = users.user_id
left join sellers on panels.panel_id = sellers.panel_id
