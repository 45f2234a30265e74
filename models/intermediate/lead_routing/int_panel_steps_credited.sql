-- grain: one row per acquired panel contact and step that it took; with the user who owned the
-- contact at that step's own instant (D-02)
with handed_over as (
    select * from {{ ref('int_panel_contacts_handed_over') }}
),

owned as (
    select * from {{ ref('int_panel_contacts_owned') }}
),

contacted as (
    select * from {{ ref('int_panel_contacts_contacted') }}
),

progress as (
    select * from {{ ref('int_panel_contacts_progressed') }}
),

owners as (
    select * from {{ ref('int_contact_owners_spanned') }}
),

steps as (
    select
        panel_id,
        contact_id,
        'received' as step,
        ordered_at
    from handed_over

    union all

    select
        owned.panel_id,
        owned.contact_id,
        'received' as step,
        owned.direct_ordered_at as ordered_at
    from owned
    left join handed_over
        on owned.panel_id = handed_over.panel_id
        and owned.contact_id = handed_over.contact_id
    where owned.is_direct and handed_over.contact_id is null

    union all

    select
        panel_id,
        contact_id,
        'contacted' as step,
        ordered_at
    from contacted
    {%- for point in ['cp1', 'cp2', 'final'] %}

    union all

    select
        panel_id,
        contact_id,
        '{{ point }}_entered' as step,
        {{ point }}_ordered_at as ordered_at
    from progress
    where {{ point }}_ordered_at is not null
    {%- endfor %}
),

final as (
    select
        steps.panel_id,
        steps.contact_id,
        steps.step,
        steps.ordered_at,
        coalesce(owners.owner_user_id, '(none)') as user_id
    from steps
    left join owners
        on steps.contact_id = owners.contact_id
        and steps.ordered_at >= owners.ordered_from
        and (owners.ordered_to is null or steps.ordered_at < owners.ordered_to)
)

select * from final
