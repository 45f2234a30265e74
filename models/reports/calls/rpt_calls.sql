-- grain: one row per day, user, direction and source (TS-22, TS-23)
with calls as (
    select
        *,
        coalesce(user_id, '(none)') as user_or_none,
        coalesce(source, '(none)') as source_or_none
    from {{ ref('fct_calls') }}
),

final as (
    select
        started_date as date_day,
        user_or_none as user_id,
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
    date_day,
    user_id,
    direction,
    source,
    calls,
    answered,
    missed,
    target,
    first_calls,
    talk_seconds,
    wait_seconds
from final
