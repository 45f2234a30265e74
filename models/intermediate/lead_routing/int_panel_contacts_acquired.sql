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

first_adds as (
    select
        panel_sources.panel_id,
        tags.contact_id,
        panel_sources.source_tag,
        panel_sources.priority,
        min(tags.occurred_at) as acquired_at
    from panels
    inner join panel_sources on panels.panel_id = panel_sources.panel_id
    inner join tags on panel_sources.source_tag = tags.tag
    group by
        panel_sources.panel_id,
        tags.contact_id,
        panel_sources.source_tag,
        panel_sources.priority
),

final as (
    select
        panel_id,
        contact_id,
        source_tag,
        acquired_at,
        count(*) over (partition by panel_id, contact_id, acquired_at) > 1 as is_source_tie
    from first_adds
    qualify
        row_number() over (
            partition by panel_id, contact_id
            order by acquired_at, priority nulls last, source_tag
        ) = 1
)

select * from final
