-- grain: one row per surviving contact and identifier (e-mail or phone) as it is compared; each
-- of those in a cell counts (D-37)
with contacts as (
    select
        contact_id,
        surviving_contact_id,
        email,
        phone
    from {{ ref('int_contacts_survived') }}
),

phones as (
    select * from {{ ref('int_phones_normalised') }}
),

identifiers as (
    select
        emails.contact_id,
        emails.surviving_contact_id,
        'email' as kind,
        emails.address as identifier
    from (
        {{ each_part(
            'contacts', email_addresses('email'), 'address', ['contact_id', 'surviving_contact_id']
        ) }}
    ) as emails

    union all

    select
        contacts.contact_id,
        contacts.surviving_contact_id,
        'phone' as kind,
        phones.phone as identifier
    from contacts
    inner join phones on contacts.phone = phones.written_phone
),

final as (
    select
        surviving_contact_id as contact_id,
        kind,
        identifier,
        bool_or(contact_id = surviving_contact_id) as is_own
    from identifiers
    group by surviving_contact_id, kind, identifier
)

select * from final
