-- grain: one row per surviving contact and identifier (e-mail or phone) as it is compared (D-37)
with contacts as (
    select * from {{ ref('int_contacts_survived') }}
),

identifiers as (
    select
        contacts.contact_id,
        contacts.surviving_contact_id,
        'email' as kind,
        contacts.compared_email as identifier
    from contacts

    union all

    select
        contacts.contact_id,
        contacts.surviving_contact_id,
        'phone' as kind,
        contacts.compared_phone as identifier
    from contacts
),

final as (
    select
        surviving_contact_id as contact_id,
        kind,
        identifier,
        bool_or(contact_id = surviving_contact_id) as is_own
    from identifiers
    where identifier is not null
    group by surviving_contact_id, kind, identifier
)

select * from final
