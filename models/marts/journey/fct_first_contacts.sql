-- grain: one row per person who called or wrote: its earliest inbound call or enquiry (ties: calls
-- first, then id), and how many of its sessions came before (D-22, DJ-35)
with calls as (
    select * from {{ ref('fct_calls') }}
    where direction = 'in' and person_id is not null and not is_internal
),

enquiries as (
    select * from {{ ref('fct_enquiries') }}
    where person_id is not null
),

own_sessions as (
    select
        person_id,
        session_id,
        {{ ordered_at('started_at', 'started_at_is_day') }} as ordered_at
    from {{ ref('fct_sessions') }}
    where person_id is not null
),

persons as (
    select * from {{ ref('dim_persons') }}
),

approaches as (
    select
        person_id,
        started_at as contacted_at,
        {{ ordered_at('started_at', 'started_at_is_day') }} as ordered_at,
        1 as kind_rank,
        call_id as contact_event_id,
        'call' as contact_channel,
        -- A caller's history names the source of the call, not a visit that the call came from.
        case when match_method <> 'caller_history' then session_id end as session_id,
        call_id
    from calls

    union all

    select
        person_id,
        occurred_at as contacted_at,
        {{ ordered_at('occurred_at', 'occurred_at_is_day') }} as ordered_at,
        2 as kind_rank,
        enquiry_id as contact_event_id,
        channel as contact_channel,
        session_id,
        cast(null as string) as call_id
    from enquiries
),

firsts as (
    select * from approaches
    qualify
        row_number() over (
            partition by person_id
            order by ordered_at, kind_rank, contact_event_id
        ) = 1
),

anchored as (
    select
        firsts.person_id,
        firsts.contacted_at,
        firsts.contact_channel,
        firsts.call_id,
        own_sessions.session_id,
        coalesce(own_sessions.ordered_at, firsts.ordered_at) as counted_until
    from firsts
    left join own_sessions
        on firsts.person_id = own_sessions.person_id
        and firsts.session_id = own_sessions.session_id
),

counted as (
    select
        anchored.person_id,
        anchored.contacted_at,
        anchored.contact_channel,
        anchored.call_id,
        anchored.session_id,
        case
            when count(own_sessions.session_id) > 0
                then count(*) filter (where own_sessions.ordered_at < anchored.counted_until)
        end as sessions_before_contact,
        case
            when anchored.session_id is not null
                then count(*) filter (where own_sessions.ordered_at < anchored.counted_until) + 1
        end as contact_session_no
    from anchored
    left join own_sessions on anchored.person_id = own_sessions.person_id
    group by
        anchored.person_id,
        anchored.contacted_at,
        anchored.contact_channel,
        anchored.call_id,
        anchored.session_id
)

select
    counted.person_id,
    counted.contacted_at,
    {{ local_date('counted.contacted_at') }} as contacted_date,
    counted.contact_channel,
    counted.call_id,
    counted.session_id,
    counted.sessions_before_contact,
    counted.contact_session_no,
    persons.source,
    persons.channel
from counted
inner join persons on counted.person_id = persons.person_id
