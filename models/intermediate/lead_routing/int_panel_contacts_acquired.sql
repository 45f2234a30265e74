-- grain: one row per active panel and contact that has one of its source tags: the tag added first
-- (LR-51), ties by the panel's priority, then by the tag's text (D-06)
with panels as (
    select * from {{ ref('int_panels_configured') }}
),

panel_sources as (
    select * from {{ ref('lead_routing_panel_sources') }}
),

tags as (
    select * from {{ ref('int_contact_tags_survived') }}
    where action = 'add'
),

final as (
    select
        panel_sources.panel_id,
        tags.contact_id,
        panel_sources.source_tag,
        tags.occurred_at as acquired_at,
        min(panel_sources.source_tag) over moment
        < max(panel_sources.source_tag) over moment as is_source_tie
    from panels
    inner join panel_sources on panels.panel_id = panel_sources.panel_id
    inner join tags on panel_sources.source_tag = tags.tag
    window moment as (partition by panel_sources.panel_id, tags.contact_id, tags.ordered_at)
    qualify
        row_number() over (
            partition by panel_sources.panel_id, tags.contact_id
            order by
                tags.ordered_at,
                panel_sources.priority nulls last,
                panel_sources.source_tag,
                tags.occurred_at
        ) = 1
)

select * from final
