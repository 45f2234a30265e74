-- grain: one row per call as its vendor delivered it (call_count says how many it stands for), with
-- the session or source that explains it and how it was found (D-21)
with calls as (
    select * from {{ ref('int_calls_identified') }}
),

matches as (
    select * from {{ ref('int_calls_traced') }}
),

sessions as (
    select * from {{ ref('int_sessions_sourced') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

user_spans as (
    select * from {{ ref('int_user_spans_dated') }}
),

visitors as (
    select * from {{ ref('int_visitors_identified') }}
),

unexplained as (
    select
        calls.call_id,
        calls.started_at,
        calls.ordered_at,
        calls.person_id
    from calls
    left join matches on calls.call_id = matches.call_id
    where calls.direction = 'in'
        and calls.person_id is not null
        and matches.call_id is null
),

-- The last resort: the caller's own latest session.
caller_sessions as (
    select
        unexplained.call_id,
        sessions.session_id,
        sessions.source,
        sessions.medium,
        sessions.campaign,
        sessions.keyword
    from unexplained
    inner join visitors on unexplained.person_id = visitors.person_id
    inner join sessions
        on visitors.visitor_id = sessions.visitor_id
        and sessions.ordered_at <= unexplained.ordered_at
        and {{ elapsed_micros('sessions.started_at', 'unexplained.started_at') }}
        <= {{ var('caller_history_days') }} * 86400000000
    qualify
        row_number() over (
            partition by unexplained.call_id
            order by sessions.ordered_at desc, sessions.session_id asc
        ) = 1
),

explanations as (
    select
        call_id,
        match_method,
        match_candidates,
        session_id,
        source,
        medium,
        campaign,
        keyword
    from matches

    union all

    select
        call_id,
        'caller_history' as match_method,
        1 as match_candidates,
        session_id,
        source,
        medium,
        campaign,
        keyword
    from caller_sessions
),

final as (
    select
        calls.call_id,
        calls.started_at,
        {{ local_date('calls.started_at') }} as started_date,
        calls.started_at_is_day,
        calls.direction,
        calls.user_id,
        users.user_name,
        user_spans.team,
        calls.person_id,
        calls.contact_id,
        calls.deal_id,
        {{ keyed_hash('calls.company_phone') }} as tracking_phone_hash,
        calls.status,
        calls.vendor_status,
        calls.status = 'answered' as is_answered,
        calls.direction = 'in' and calls.status <> 'answered' as is_missed,
        calls.wait_seconds,
        calls.talk_seconds,
        calls.call_count,
        calls.is_internal,
        calls.tags,
        calls.legs,
        calls.is_first_call,
        calls.direction = 'in'
        and calls.status = 'answered'
        and coalesce(
            calls.talk_seconds >= {{ var('target_call_seconds') }} * calls.call_count, false
        ) as is_target,
        explanations.session_id,
        case
            when calls.direction = 'in' then coalesce(explanations.source, '(unknown)')
        end as source,
        explanations.medium,
        explanations.campaign,
        explanations.keyword,
        case
            when calls.direction = 'out' then 'outbound'
            else coalesce(explanations.match_method, 'none')
        end as match_method,
        case
            when calls.direction = 'in' then coalesce(explanations.match_candidates, 0)
        end as match_candidates,
        {{ keyed_hash('calls.client_phone') }} as client_phone_hash
    from calls
    left join explanations on calls.call_id = explanations.call_id
    left join users on calls.user_id = users.user_id
    left join user_spans
        on calls.user_id = user_spans.user_id
        and {{ holds_at('user_spans', 'calls.started_at') }}
)

select * from final
