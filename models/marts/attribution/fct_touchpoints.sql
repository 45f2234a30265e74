-- grain: one row per touch of a person: a session, a call or enquiry that no session of the person
-- stands for, or a source tag that echoes none of them
with candidates as (
    select
        *,
        case
            when evidence in ('call_dynamic', 'call_static', 'call_vendor') then 'call'
            else evidence
        end as touch_type
    from {{ ref('fct_source_candidates') }}
    where evidence not in ('crm_card', 'crm_deal')
),

-- A tag that is put on after a visit, call or enquiry tells of it once more.
echoing as (
    select
        *,
        max(case when touch_type <> 'tag' then occurred_at end) over (
            partition by person_id
            order by occurred_at
            range between unbounded preceding and current row
        ) as touched_at
    from candidates
),

own_touches as (
    select * from echoing
    where touch_type <> 'tag'
        or touched_at is null
        or {{ elapsed_micros('touched_at', 'occurred_at') }}
        > {{ var('tag_echo_hours') }} * 3600000000
),

calls as (
    select
        call_id,
        session_id
    from {{ ref('fct_calls') }}
),

enquiries as (
    select
        enquiry_id,
        session_id
    from {{ ref('fct_enquiries') }}
),

placed as (
    select
        own_touches.*,
        calls.call_id,
        case
            when own_touches.touch_type = 'session' then own_touches.evidence_id
            else coalesce(calls.session_id, enquiries.session_id)
        end as session_id
    from own_touches
    left join calls
        on own_touches.touch_type = 'call'
        and own_touches.evidence_id = calls.call_id
    left join enquiries
        on own_touches.touch_type = 'enquiry'
        and own_touches.evidence_id = enquiries.enquiry_id
),

person_sessions as (
    select
        person_id,
        session_id
    from placed
    where touch_type = 'session'
),

channels as (
    select * from {{ ref('dim_channels') }}
),

touches as (
    select
        placed.person_id,
        placed.evidence || ':' || placed.evidence_id
        || case
            -- A tag can be taken off and put on again: the instant tells the two apart.
            when placed.touch_type = 'tag'
                then ':' || cast({{ elapsed_micros(epoch(), 'placed.occurred_at') }} as string)
            else ''
        end as touch_id,
        placed.touch_type,
        placed.occurred_at,
        coalesce(placed.source, '(unknown)') as source,
        placed.medium,
        placed.campaign,
        placed.keyword,
        placed.is_direct,
        placed.session_id,
        placed.call_id,
        placed.candidate_no
    from placed
    left join person_sessions
        on placed.touch_type <> 'session'
        and placed.person_id = person_sessions.person_id
        and placed.session_id = person_sessions.session_id
    -- A call or enquiry made in a visit is that visit's touch, not a second one.
    where person_sessions.session_id is null
)

select
    touches.*,
    channels.channel,
    cast(row_number() over so_far as bigint) as touch_no,
    count(*) filter (where not touches.is_direct) over so_far as sourced_touch_no
from touches
left join channels
    on touches.source = channels.source
    and touches.medium is not distinct from channels.medium
window so_far as (partition by touches.person_id order by touches.candidate_no)
