-- grain: one row per call before as_of, its numbers as they are compared and the client's contact:
-- the one given, else the earliest created contact whose phone it is
with calls as (
    select * from {{ ref('stg_calls') }}
    where started_at < {{ as_of() }}
),

phones as (
    select * from {{ ref('int_phones_normalised') }}
    where phone_no = 1
),

survivors as (
    select * from {{ ref('int_contact_survivors_resolved') }}
),

owners as (
    select * from {{ ref('int_identifier_owners_resolved') }}
    where kind = 'phone'
),

persons as (
    select * from {{ ref('int_persons_resolved') }}
),

numbered as (
    select
        calls.*,
        {{ ordered_at('calls.started_at', 'calls.started_at_is_day') }} as ordered_at,
        case when calls.direction = 'in' then callers.phone else dialled.phone end as client_phone,
        case when calls.direction = 'in' then dialled.phone else callers.phone end as company_phone
    from calls
    left join phones as callers on calls.from_phone = callers.written_phone
    left join phones as dialled on calls.to_phone = dialled.written_phone
),

owned as (
    select
        numbered.*,
        coalesce(survivors.surviving_contact_id, numbered.contact_id, owners.contact_id)
            as client_contact_id
    from numbered
    left join survivors on numbered.contact_id = survivors.contact_id
    left join owners on numbered.client_phone = owners.identifier
),

labelled as (
    {{ canonical_labels('owned', keyword='keyword') }}
),

first_calls as (
    select call_id
    from owned
    where direction = 'in' and client_phone is not null
    qualify
        row_number() over (
            partition by client_phone
            order by ordered_at, call_id
        ) = 1
),

final as (
    select
        labelled.call_id,
        labelled.started_at,
        labelled.started_at_is_day,
        labelled.ordered_at,
        labelled.direction,
        labelled.user_id,
        labelled.client_contact_id as contact_id,
        persons.person_id,
        labelled.client_phone,
        labelled.company_phone,
        labelled.status,
        labelled.vendor_status,
        labelled.wait_seconds,
        labelled.talk_seconds,
        labelled.call_count,
        labelled.is_internal,
        labelled.tags,
        labelled.legs,
        labelled.session_id,
        labelled.visitor_id,
        labelled.deal_id,
        labelled.canonical_source as source,
        labelled.canonical_medium as medium,
        labelled.canonical_campaign as campaign,
        labelled.canonical_keyword as keyword,
        labelled.recording_url,
        first_calls.call_id is not null as is_first_call
    from labelled
    left join persons on labelled.client_contact_id = persons.contact_id
    left join first_calls on labelled.call_id = first_calls.call_id
)

select * from final
