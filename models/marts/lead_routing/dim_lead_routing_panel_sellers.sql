-- grain: one row per active panel, salesperson and span of days in which contacts may come to them
with panels as (
    select * from {{ ref('int_panels_configured') }}
),

sellers as (
    select * from {{ ref('lead_routing_panel_sellers') }}
),

users as (
    select * from {{ ref('stg_users') }}
),

-- A panel without configured sellers takes every known user but its main account (LR-15).
open_panels as (
    select panels.*
    from panels
    left join sellers on panels.panel_id = sellers.panel_id
    where sellers.panel_id is null
),

final as (
    select
        panels.panel_id,
        panels.panel_name,
        sellers.user_id,
        sellers.valid_from,
        sellers.valid_to
    from panels
    inner join sellers on panels.panel_id = sellers.panel_id

    union all

    select
        open_panels.panel_id,
        open_panels.panel_name,
        users.user_id,
        cast(null as date) as valid_from,
        cast(null as date) as valid_to
    from open_panels
    cross join users
    where users.user_id <> open_panels.handed_from_user_id
)

select
    final.panel_id,
    final.panel_name,
    final.user_id,
    users.name as user_name,
    final.valid_from,
    final.valid_to
from final
left join users on final.user_id = users.user_id
