-- grain: one row per surviving contact and identifier that joins it to others: not on the blocklist
-- and shared by no more contacts than max_contacts_per_identifier (D-37)
with identifiers as (
    select * from {{ ref('int_contact_identifiers_normalised') }}
),

surviving_records as (
    select
        contact_id,
        contact_no
    from {{ ref('int_contacts_survived') }}
    where contact_no is not null
),

phones as (
    select * from {{ ref('int_phones_normalised') }}
),

blocklist as (
    select * from {{ ref('identifier_blocklist') }}
),

blocked as (
    select
        'email' as kind,
        emails.address as identifier
    from (
        {{ each_part('blocklist', email_addresses('identifier'), 'address', ['identifier']) }}
    ) as emails

    union

    select
        'phone' as kind,
        phones.phone as identifier
    from blocklist
    inner join phones on blocklist.identifier = phones.written_phone
),

final as (
    select
        identifiers.kind,
        identifiers.identifier,
        identifiers.contact_id,
        surviving_records.contact_no
    from identifiers
    inner join surviving_records on identifiers.contact_id = surviving_records.contact_id
    left join blocked
        on identifiers.kind = blocked.kind
        and identifiers.identifier = blocked.identifier
    where blocked.identifier is null
    qualify
        count(*) over (partition by identifiers.kind, identifiers.identifier)
        <= {{ var('max_contacts_per_identifier') }}
)

select * from final
