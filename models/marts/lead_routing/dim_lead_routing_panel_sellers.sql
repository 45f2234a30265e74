-- grain: one row per active panel and salesperson (LR-15)
with sellers as (
    select * from {{ ref('int_panel_sellers_configured') }}
)

select
    panel_id,
    user_id
from sellers
