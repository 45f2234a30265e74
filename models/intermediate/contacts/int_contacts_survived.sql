-- grain: one row per contact record created before as_of, with the contact it counts as
with contacts as (
    select * from {{ ref('stg_contacts') }}
    where created_at < {{ as_of() }}
),

labelled as (
    {{ canonical_labels(
        'contacts', source='lead_source', medium='lead_medium', campaign='lead_campaign'
    ) }}
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
        labelled.contact_id,
        coalesce(survivors.surviving_contact_id, labelled.contact_id) as surviving_contact_id,
        -- The earliest surviving record is 1: persons are named by it.
        case
            when survivors.contact_id is null
                then
                    cast(row_number() over (
                        partition by survivors.contact_id is null
                        order by
                            {{ ordered_at('labelled.created_at', 'labelled.created_at_is_day') }},
                            labelled.contact_id
                    ) as bigint)
        end as contact_no,
        labelled.owner_user_id,
        labelled.first_name,
        labelled.middle_name,
        labelled.last_name,
        labelled.email,
        labelled.phone,
        {{ normalised_email('labelled.email') }} as compared_email,
        phones.phone as compared_phone,
        labelled.company,
        labelled.account_id,
        labelled.country,
        labelled.region,
        labelled.city,
        labelled.gender,
        labelled.canonical_source as lead_source,
        labelled.canonical_medium as lead_medium,
        labelled.canonical_campaign as lead_campaign,
        labelled.is_deleted,
        labelled.birth_date,
        labelled.created_at,
        labelled.created_at_is_day,
        {{ ordered_at('labelled.created_at', 'labelled.created_at_is_day') }} as ordered_at,
        labelled.source_system
    from labelled
    left join survivors on labelled.contact_id = survivors.contact_id
    left join phones on labelled.phone = phones.written_phone
)

select * from final
