-- grain: one row per conversion that an ad platform can recognise by a click, an e-mail or a phone
{{ config(alias='rpt_offline_conversions') }}
with journeys as (
    select * from {{ ref('fct_journeys') }}
    where person_id is not null
),

deals as (
    select * from {{ ref('fct_deals') }}
),

sessions as (
    select
        person_id,
        started_at,
        gclid,
        fbclid,
        row_number() over (partition by person_id order by started_at, session_id) as session_no
    from {{ ref('fct_sessions') }}
    where person_id is not null and (gclid is not null or fbclid is not null)
),

clicks as (
    select
        journeys.conversion_type,
        journeys.conversion_id,
        max_by(sessions.gclid, sessions.session_no) filter (where sessions.gclid is not null)
            as gclid,
        max_by(sessions.fbclid, sessions.session_no) filter (where sessions.fbclid is not null)
            as fbclid,
        max_by(sessions.started_at, sessions.session_no) filter (where sessions.fbclid is not null)
            as fbclid_at
    from journeys
    inner join sessions
        on journeys.person_id = sessions.person_id
        and {{ came_before('sessions.started_at', 'journeys.converted_at', 'journeys.ordered_at') }}
    group by journeys.conversion_type, journeys.conversion_id
),

-- Of several contacts of a person the earliest that has one.
addresses as (
    select
        persons.person_id,
        min_by(contacts.compared_email, contacts.contact_no) filter (
            where contacts.compared_email is not null
        ) as email,
        min_by(contacts.compared_phone, contacts.contact_no) filter (
            where contacts.compared_phone is not null
        ) as phone
    from {{ ref('int_persons_resolved') }} as persons
    inner join {{ ref('int_contacts_survived') }} as contacts
        on persons.contact_id = contacts.contact_id
    where contacts.contact_id = contacts.surviving_contact_id
    group by persons.person_id
)

select
    journeys.conversion_type,
    journeys.conversion_id,
    case
        when journeys.conversion_type = 'deal_won'
            then coalesce(deals.closed_at, journeys.converted_at)
        else journeys.converted_at
    end as happened_at,
    journeys.value_rc,
    {{ session_value('currency') }} as currency,
    clicks.gclid,
    'fb.1.' || cast(
        cast(floor({{ elapsed_micros(epoch(), 'clicks.fbclid_at') }} / 1000.0) as bigint) as string
    ) || '.' || clicks.fbclid as fbc,
    {{ hash_of('addresses.email') }} as hashed_email,
    {{ hash_of('addresses.phone') }} as hashed_phone,
    {{ hash_of("replace(addresses.phone, '+', '')") }} as hashed_phone_digits
from journeys
left join deals
    on journeys.conversion_type = 'deal_won'
    and journeys.conversion_id = deals.deal_id
left join clicks
    on journeys.conversion_type = clicks.conversion_type
    and journeys.conversion_id = clicks.conversion_id
left join addresses on journeys.person_id = addresses.person_id
where coalesce(clicks.gclid, clicks.fbclid, addresses.email, addresses.phone) is not null
