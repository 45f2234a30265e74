-- grain: one row per visitor whose person is known: that of the earliest call or enquiry with
-- the visitor or one of its sessions, given or matched (ties: smallest id)
with calls as (
    select * from {{ ref('int_calls_identified') }}
    where person_id is not null
),

matches as (
    select * from {{ ref('int_calls_traced') }}
),

enquiries as (
    select * from {{ ref('int_enquiries_identified') }}
    where person_id is not null
),

sessions as (
    select
        session_id,
        visitor_id
    from {{ ref('int_sessions_sourced') }}
),

carriers as (
    select
        call_id as carrier_id,
        ordered_at as carried_at,
        person_id,
        visitor_id,
        session_id
    from calls

    union all

    select
        calls.call_id as carrier_id,
        calls.ordered_at as carried_at,
        calls.person_id,
        cast(null as string) as visitor_id,
        matches.session_id
    from calls
    inner join matches on calls.call_id = matches.call_id
    where matches.match_method = 'dynamic'

    union all

    select
        enquiry_id as carrier_id,
        ordered_at as carried_at,
        person_id,
        visitor_id,
        session_id
    from enquiries
),

ties as (
    select
        visitor_id,
        carrier_id,
        carried_at,
        person_id
    from carriers
    where visitor_id is not null

    union all

    select
        sessions.visitor_id,
        carriers.carrier_id,
        carriers.carried_at,
        carriers.person_id
    from carriers
    inner join sessions on carriers.session_id = sessions.session_id
),

final as (
    select
        visitor_id,
        person_id
    from ties
    qualify
        row_number() over (
            partition by visitor_id
            order by carried_at, carrier_id, person_id
        ) = 1
)

select * from final
