-- Detects: an active panel without any source tag, which could never acquire a contact (LR-13).
-- Usually means: the panel was added to lead_routing_panels and forgotten in its other seed.
-- A returned row: one such panel.
{{ config(tags=['configuration'], meta={'dagster': {'ref': {'name': 'lead_routing_panels'}}}) }}
with panels as (
    select * from {{ ref('lead_routing_panels') }}
    where {{ to_boolean('is_active') }}
),

panel_sources as (
    select * from {{ ref('lead_routing_panel_sources') }}
),

final as (
    select
        'Panel ' || panels.panel_id || ' has no source tag, so it can acquire no contact. Add a '
        || 'row for it to seeds/lead_routing_panel_sources.csv, or set its is_active to false in '
        || 'seeds/lead_routing_panels.csv.' as problem
    from panels
    left join panel_sources on panels.panel_id = panel_sources.panel_id
    where panel_sources.panel_id is null
)

select * from final
