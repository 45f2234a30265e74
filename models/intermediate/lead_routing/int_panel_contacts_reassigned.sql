-- grain: one row per acquired panel contact and change of its owner after the hand-over (D-02)
with owner_events as (
    select * from {{ ref('int_panel_owner_events_classified') }}
),

handed_over as (
    select * from {{ ref('int_panel_contacts_handed_over') }}
),

final as (
    select
        owner_events.panel_id,
        owner_events.contact_id,
        owner_events.ordered_at,
        owner_events.previous_user_id,
        owner_events.to_user_id
    from owner_events
    inner join handed_over
        on owner_events.panel_id = handed_over.panel_id
        and owner_events.contact_id = handed_over.contact_id
        and owner_events.ordered_at > handed_over.ordered_at
    where owner_events.to_user_id is distinct from owner_events.previous_user_id
)

select * from final
