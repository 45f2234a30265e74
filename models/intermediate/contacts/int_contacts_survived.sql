-- grain: one row per contact record created before as_of, with the contact it counts as
with contacts as (
    select * from {{ ref('stg_contacts') }}
    where created_at < {{ as_of() }}
),

survivors as (
    select * from {{ ref('int_contact_survivors_resolved') }}
),

phones as (
    select * from {{ ref('int_phones_normalised') }}
    where phone_no = 1
),

final as (
    select
        contacts.contact_id,
        coalesce(survivors.surviving_contact_id, contacts.contact_id) as surviving_contact_id,
        -- The earliest surviving record is 1: persons are named by it.
        case
            when survivors.contact_id is null
                then
                    row_number() over (
                        partition by survivors.contact_id is null
                        order by contacts.created_at, contacts.contact_id
                    )
        end as contact_no,
        contacts.owner_user_id,
        contacts.first_name,
        contacts.middle_name,
        contacts.last_name,
        contacts.email,
        contacts.phone,
        {{ normalised_email('contacts.email') }} as compared_email,
        phones.phone as compared_phone,
        contacts.company,
        contacts.country,
        contacts.region,
        contacts.city,
        contacts.gender,
        contacts.lead_source,
        contacts.lead_medium,
        contacts.lead_campaign,
        contacts.is_deleted,
        contacts.birth_date,
        contacts.created_at,
        contacts.source_system
    from contacts
    left join survivors on contacts.contact_id = survivors.contact_id
    left join phones on contacts.phone = phones.written_phone
)

select * from final
