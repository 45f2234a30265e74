-- grain: one row per enquiry before as_of, with its contact (the one given, else its e-mail's, else
-- its phone's earliest created) and where it came from: its own source, else its session's
with enquiries as (
    select * from {{ ref('stg_enquiries') }}
    where occurred_at < {{ as_of() }}
),

phones as (
    select * from {{ ref('int_phones_normalised') }}
),

survivors as (
    select * from {{ ref('int_contact_survivors_resolved') }}
),

owners as (
    select * from {{ ref('int_identifier_owners_resolved') }}
),

persons as (
    select * from {{ ref('int_persons_resolved') }}
),

sessions as (
    select * from {{ ref('int_sessions_sourced') }}
),

normalised as (
    select
        enquiries.*,
        {{ normalised_email('enquiries.email') }} as compared_email,
        phones.phone as compared_phone
    from enquiries
    left join phones on enquiries.phone = phones.written_phone
),

owned as (
    select
        normalised.*,
        coalesce(
            survivors.surviving_contact_id,
            normalised.contact_id,
            email_owners.contact_id,
            phone_owners.contact_id
        ) as client_contact_id
    from normalised
    left join survivors on normalised.contact_id = survivors.contact_id
    left join owners as email_owners
        on email_owners.kind = 'email'
        and normalised.compared_email = email_owners.identifier
    left join owners as phone_owners
        on phone_owners.kind = 'phone'
        and normalised.compared_phone = phone_owners.identifier
),

final as (
    select
        owned.enquiry_id,
        owned.occurred_at,
        owned.channel,
        owned.session_id,
        owned.visitor_id,
        owned.client_contact_id as contact_id,
        persons.person_id,
        owned.name,
        owned.compared_email,
        owned.compared_phone,
        owned.page,
        owned.source is not null as has_own_source,
        coalesce(owned.source, sessions.source, '(unknown)') as source,
        case when owned.source is not null then owned.medium else sessions.medium end as medium,
        case when owned.source is not null then owned.campaign else sessions.campaign end
            as campaign,
        case when owned.source is null then sessions.keyword end as keyword,
        coalesce(
            case
                when owned.source is not null then {{ is_direct_source('owned.source') }}
                else sessions.is_direct
            end,
            false
        ) as is_direct
    from owned
    left join persons on owned.client_contact_id = persons.contact_id
    left join sessions on owned.session_id = sessions.session_id
)

select * from final
