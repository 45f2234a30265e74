-- grain: one row per active panel and source tag (LR-13, LR-32)
with panels as (
    select * from {{ ref('int_panels_configured') }}
),

panel_sources as (
    select * from {{ ref('lead_routing_panel_sources') }}
)

select
    panels.panel_id,
    panels.panel_name,
    panel_sources.source_tag,
    panel_sources.label,
    cast(panel_sources.priority as bigint) as priority
from panels
inner join panel_sources on panels.panel_id = panel_sources.panel_id
