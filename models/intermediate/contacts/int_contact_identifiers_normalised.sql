-- grain: one row per surviving contact and identifier (e-mail or phone) as it is compared (D-37)
with contacts as (
    select * from {{ ref('int_contacts_survived') }}
),

home_region as (
    select * from {{ ref('phone_regions') }}
    where region = {{ session_value('phone_region') }}
),

identifiers as (
    select
        contacts.contact_id,
        contacts.surviving_contact_id,
        'email' as kind,
        {{ normalised_email('contacts.email') }} as identifier
    from contacts

    union all

    select
        contacts.contact_id,
        contacts.surviving_contact_id,
        'phone' as kind,
        {{ e164('contacts.phone', 'home_region') }} as identifier
    from contacts
    cross join home_region
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
