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
    left join phones
        on enquiries.phone = phones.written_phone
        and phones.phone_no = 1
),

identifiers as (
    select
        emails.enquiry_id,
        'email' as kind,
        emails.address as identifier
    from (
        {{ each_part('enquiries', email_addresses('email'), 'address', ['enquiry_id']) }}
    ) as emails

    union all

    select
        enquiries.enquiry_id,
        'phone' as kind,
        phones.phone as identifier
    from enquiries
    inner join phones on enquiries.phone = phones.written_phone
),

-- Of several addresses or numbers any may be the client's: the earliest created contact counts.
identified as (
    select
        identifiers.enquiry_id,
        owners.contact_id
    from identifiers
    inner join owners
        on identifiers.kind = owners.kind
        and identifiers.identifier = owners.identifier
    qualify
        row_number() over (
            partition by identifiers.enquiry_id
            order by identifiers.kind, owners.contact_no
        ) = 1
),

owned as (
    select
        normalised.*,
        coalesce(
            survivors.surviving_contact_id,
            normalised.contact_id,
            identified.contact_id
        ) as client_contact_id
    from normalised
    left join survivors on normalised.contact_id = survivors.contact_id
    left join identified on normalised.enquiry_id = identified.enquiry_id
),

labelled as (
    {{ canonical_labels('owned', keyword='term') }}
),

final as (
    select
        labelled.enquiry_id,
        labelled.occurred_at,
        labelled.occurred_at_is_day,
        {{ ordered_at('labelled.occurred_at', 'labelled.occurred_at_is_day') }} as ordered_at,
        labelled.channel,
        labelled.topic,
        labelled.session_id,
        labelled.visitor_id,
        labelled.client_contact_id as contact_id,
        persons.person_id,
        labelled.deal_id,
        labelled.name,
        labelled.compared_email,
        labelled.compared_phone,
        labelled.page,
        labelled.canonical_source is not null as has_own_source,
        coalesce(labelled.canonical_source, sessions.source, '(unknown)') as source,
        case
            when labelled.canonical_source is not null then labelled.canonical_medium
            else sessions.medium
        end as medium,
        case
            when labelled.canonical_source is not null then labelled.canonical_campaign
            else sessions.campaign
        end as campaign,
        case
            when labelled.canonical_source is not null then labelled.canonical_keyword
            else sessions.keyword
        end as keyword,
        labelled.content,
        labelled.term,
        coalesce(
            case
                when labelled.canonical_source is not null then labelled.canonical_source = 'direct'
                else sessions.is_direct
            end,
            false
        ) as is_direct
    from labelled
    left join persons on labelled.client_contact_id = persons.contact_id
    left join sessions on labelled.session_id = sessions.session_id
)

select * from final
