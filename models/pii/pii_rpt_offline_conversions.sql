-- grain: one row per conversion that an ad platform can recognise by a click, an e-mail or a phone
{{ config(alias='rpt_offline_conversions') }}
with deals as (
    select * from {{ ref('fct_deals') }}
),

-- A won deal is a conversion of its closing, not of its creation; of a deleted deal nobody is told.
conversions as (
    select
        journeys.person_id,
        journeys.conversion_type,
        journeys.conversion_id,
        journeys.value_rc,
        case
            when journeys.conversion_type = 'deal_won'
                then coalesce(deals.closed_at, journeys.converted_at)
            else journeys.converted_at
        end as happened_at,
        case
            when journeys.conversion_type = 'deal_won' and deals.closed_at is not null
                then {{ ordered_at('deals.closed_at', 'deals.closed_at_is_day') }}
            else journeys.ordered_at
        end as ordered_at
    from {{ ref('fct_journeys') }} as journeys
    left join deals
        on journeys.conversion_type <> 'lead'
        and journeys.conversion_id = deals.deal_id
    where journeys.person_id is not null and deals.status is distinct from 'deleted'
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
        conversions.conversion_type,
        conversions.conversion_id,
        max_by(sessions.gclid, sessions.session_no) filter (where sessions.gclid is not null)
            as gclid,
        max_by(sessions.fbclid, sessions.session_no) filter (where sessions.fbclid is not null)
            as fbclid,
        max_by(sessions.started_at, sessions.session_no) filter (where sessions.fbclid is not null)
            as fbclid_at
    from conversions
    inner join sessions
        on conversions.person_id = sessions.person_id
        and {{ came_before(
            'sessions.started_at', 'conversions.happened_at', 'conversions.ordered_at'
        ) }}
    group by conversions.conversion_type, conversions.conversion_id
),

-- Of a person's contacts the earliest that has one, those that were merged into another one last.
contacts as (
    select
        persons.person_id,
        contacts.compared_email,
        contacts.compared_phone,
        row_number() over (
            partition by persons.person_id
            order by contacts.contact_no nulls last, contacts.ordered_at, contacts.contact_id
        ) as contact_no
    from {{ ref('int_persons_resolved') }} as persons
    inner join {{ ref('int_contacts_survived') }} as contacts
        on persons.contact_id = contacts.surviving_contact_id
),

addresses as (
    select
        person_id,
        min_by(compared_email, contact_no) filter (where compared_email is not null) as email,
        min_by(compared_phone, contact_no) filter (where compared_phone is not null) as phone
    from contacts
    group by person_id
)

select
    conversions.conversion_type,
    conversions.conversion_id,
    conversions.happened_at,
    conversions.value_rc,
    {{ session_value('currency') }} as currency,
    clicks.gclid,
    'fb.1.' || cast(
        cast(floor({{ elapsed_micros(epoch(), 'clicks.fbclid_at') }} / 1000.0) as bigint) as string
    ) || '.' || clicks.fbclid as fbc,
    {{ hash_of('addresses.email') }} as hashed_email,
    {{ hash_of('addresses.phone') }} as hashed_phone,
    {{ hash_of("replace(addresses.phone, '+', '')") }} as hashed_phone_digits
from conversions
left join clicks
    on conversions.conversion_type = clicks.conversion_type
    and conversions.conversion_id = clicks.conversion_id
left join addresses on conversions.person_id = addresses.person_id
where coalesce(clicks.gclid, clicks.fbclid, addresses.email, addresses.phone) is not null
