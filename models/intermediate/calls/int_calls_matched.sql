-- grain: one row per call, with the session or source that explains it and how it was found (D-21)
with calls as (
    select * from {{ ref('int_calls_identified') }}
),

matches as (
    select * from {{ ref('int_calls_traced') }}
),

sessions as (
    select * from {{ ref('int_sessions_sourced') }}
),

visitors as (
    select * from {{ ref('int_visitors_identified') }}
),

unexplained as (
    select
        calls.call_id,
        calls.started_at,
        calls.person_id
    from calls
    left join matches on calls.call_id = matches.call_id
    where calls.direction = 'in'
        and calls.person_id is not null
        and matches.call_id is null
),

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
        and sessions.started_at <= unexplained.started_at
        and {{ elapsed_micros('sessions.started_at', 'unexplained.started_at') }}
        <= {{ var('caller_history_days') }} * 86400000000
    qualify
        row_number() over (
            partition by unexplained.call_id
            order by sessions.started_at desc, sessions.session_id asc
        ) = 1
),

final as (
    select
        calls.call_id,
        calls.started_at,
        calls.direction,
        calls.user_id,
        calls.contact_id,
        calls.person_id,
        calls.client_phone,
        calls.company_phone,
        calls.status,
        calls.wait_seconds,
        calls.talk_seconds,
        calls.call_count,
        calls.recording_url,
        calls.is_first_call,
        {%- for level in ['medium', 'campaign', 'keyword'] %}
        case
            when matches.call_id is not null then matches.{{ level }}
            else caller_sessions.{{ level }}
        end as {{ level }},
        {%- endfor %}
        case
            when calls.direction = 'out' then 'outbound'
            when matches.match_method is not null then matches.match_method
            when caller_sessions.call_id is not null then 'caller_history'
            else 'none'
        end as match_method,
        case
            when calls.direction = 'out' then null
            when matches.call_id is not null then matches.match_candidates
            when caller_sessions.call_id is not null then 1
            else 0
        end as match_candidates,
        coalesce(matches.session_id, caller_sessions.session_id) as session_id,
        case
            when calls.direction = 'out' then null
            when matches.call_id is not null then coalesce(matches.source, '(unknown)')
            else coalesce(caller_sessions.source, '(unknown)')
        end as source
    from calls
    left join matches on calls.call_id = matches.call_id
    left join caller_sessions on calls.call_id = caller_sessions.call_id
)

select * from final
