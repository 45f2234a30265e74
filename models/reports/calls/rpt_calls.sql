-- grain: one row per day, user, team, direction and source (TS-22, TS-23)
with calls as (
    select
        *,
        coalesce(user_id, '(none)') as user_or_none,
        coalesce(team, '(none)') as team_or_none,
        coalesce(source, '(none)') as source_or_none
    from {{ ref('fct_calls') }}
    where not is_internal
),

inbound_calls as (
    select * from calls
    where direction = 'in'
),

counted as (
    select
        started_date as date_day,
        user_or_none as user_id,
        max(user_name) as user_name,
        team_or_none as team,
        direction,
        source_or_none as source,
        cast(sum(call_count) as bigint) as calls,
        cast(coalesce(sum(call_count) filter (where is_answered), 0) as bigint) as answered,
        cast(coalesce(sum(call_count) filter (where is_missed), 0) as bigint) as missed,
        sum(call_count) filter (where is_target) as target,
        count(*) filter (where is_first_call) as first_calls,
        sum(talk_seconds) as talk_seconds,
        sum(wait_seconds) as wait_seconds
    from calls
    group by started_date, user_or_none, team_or_none, direction, source_or_none
)

-- What no call of the company ever has was not measured, which is not 0.
select
    date_day,
    user_id,
    user_name,
    team,
    direction,
    source,
    calls,
    answered,
    missed,
    {{ if_measured('target', 'calls', 'talk_seconds') }} as target,
    {{ if_measured('first_calls', 'inbound_calls', 'client_phone_hash') }} as first_calls,
    {{ if_measured('talk_seconds', 'calls', 'talk_seconds') }} as talk_seconds,
    {{ if_measured('wait_seconds', 'calls', 'wait_seconds') }} as wait_seconds
from counted
