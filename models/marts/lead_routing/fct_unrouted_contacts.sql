-- grain: one row per surviving contact that is in no active panel (LR-53)
with contacts as (
    select * from {{ ref('dim_contacts') }}
),

routed as (
    select distinct contact_id from {{ ref('fct_contact_acquisition') }}
),

inactive_tags as (
    select distinct panel_sources.source_tag
    from {{ ref('lead_routing_panel_sources') }} as panel_sources
    left join {{ ref('int_panels_configured') }} as panels
        on panel_sources.panel_id = panels.panel_id
    where panels.panel_id is null
),

tagged as (
    select distinct tags.contact_id
    from {{ ref('int_contact_tags_survived') }} as tags
    inner join inactive_tags on tags.tag = inactive_tags.source_tag
    where tags.action = 'add'
)

select
    contacts.contact_id,
    contacts.person_id,
    contacts.created_at,
    contacts.created_date,
    contacts.owner_user_id,
    contacts.owner_name,
    contacts.source,
    contacts.is_deleted,
    case
        when tagged.contact_id is not null then 'panel inactive'
        else 'no source tag'
    end as reason
from contacts
left join routed on contacts.contact_id = routed.contact_id
left join tagged on contacts.contact_id = tagged.contact_id
where routed.contact_id is null
