-- grain: one row per acquired panel contact that got the panel's first-contact tag: by the earliest
-- add at or after it was acquired, else by the earliest before (D-07)
with acquired as (
    select * from {{ ref('int_panel_contacts_acquired') }}
),

panels as (
    select * from {{ ref('int_panels_configured') }}
),

tags as (
    select * from {{ ref('int_contact_tags_survived') }}
    where
        action = 'add'
        and (
            {{ var('count_automation_contact') }}
            or actor_type is distinct from 'automation'
        )
),

final as (
    select
        acquired.panel_id,
        acquired.contact_id,
        tags.occurred_at as first_contacted_at,
        tags.ordered_at
    from acquired
    inner join panels on acquired.panel_id = panels.panel_id
    inner join tags
        on acquired.contact_id = tags.contact_id
        and panels.first_contact_tag = tags.tag
    qualify
        row_number() over (
            partition by acquired.panel_id, acquired.contact_id
            order by
                (tags.ordered_at >= acquired.acquired_at) desc,
                tags.ordered_at asc,
                tags.occurred_at asc
        ) = 1
)

select * from final
