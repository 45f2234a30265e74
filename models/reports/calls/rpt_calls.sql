-- grain: one row per day, user, direction and source (TS-22, TS-23)
with calls as (
    select
        *,
        coalesce(user_id, '(none)') as user_or_none,
        coalesce(source, '(none)') as source_or_none
    from {{ ref('fct_calls') }}
    where not is_internal
),

-- What no call of the company ever has was not measured, which is not 0.
measured as (
    select
        count(client_phone_hash) filter (where direction = 'in') > 0 as has_phones,
        count(talk_seconds) > 0 as has_talk,
        count(wait_seconds) > 0 as has_wait
    from calls
),

counted as (
    select
        started_date as date_day,
        user_or_none as user_id,
        max(user_name) as user_name,
        {{ the_one('team') }} as team,
        direction,
        source_or_none as source,
        cast(sum(call_count) as bigint) as calls,
        cast(coalesce(sum(call_count) filter (where is_answered), 0) as bigint) as answered,
        cast(coalesce(sum(call_count) filter (where is_missed), 0) as bigint) as missed,
        cast(coalesce(sum(call_count) filter (where is_target), 0) as bigint) as target,
        count(*) filter (where is_first_call) as first_calls,
        cast(coalesce(sum(talk_seconds), 0) as bigint) as talk_seconds,
        cast(coalesce(sum(wait_seconds), 0) as bigint) as wait_seconds
    from calls
    group by started_date, user_or_none, direction, source_or_none
)

select
    counted.date_day,
    counted.user_id,
    counted.user_name,
    counted.team,
    counted.direction,
    counted.source,
    counted.calls,
    counted.answered,
    counted.missed,
    case when measured.has_talk then counted.target end as target,
    case when measured.has_phones then counted.first_calls end as first_calls,
    case when measured.has_talk then counted.talk_seconds end as talk_seconds,
    case when measured.has_wait then counted.wait_seconds end as wait_seconds
from counted
cross join measured
