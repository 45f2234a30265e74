-- grain: one row per missed inbound call
with calls as (
    select
        *,
        {{ ordered_at('started_at', 'started_at_is_day') }} as ordered_at,
        case when is_answered and direction = 'out' then started_at end as answered_out_at,
        case when is_answered and direction = 'in' then started_at end as answered_in_at
    from {{ ref('fct_calls') }}
    where not is_internal
),

-- Answered calls come first within an instant, so that only later ones follow a missed call.
followed as (
    select
        *,
        case
            when client_phone_hash is not null then min(answered_out_at) over later
        end as called_back_at,
        case
            when client_phone_hash is not null then min(answered_in_at) over later
        end as called_again_at
    from calls
    window later as (
        partition by client_phone_hash
        order by ordered_at, case when is_answered then 0 else 1 end, call_id
        rows between 1 following and unbounded following
    )
),

returned as (
    select
        *,
        coalesce(called_back_at <= called_again_at, called_again_at is null) as is_called_back,
        least(
            coalesce(called_back_at, called_again_at), coalesce(called_again_at, called_back_at)
        ) as returned_at
    from followed
    where is_missed
)

select
    call_id,
    started_at,
    started_date,
    coalesce(user_id, '(none)') as user_id,
    user_name,
    coalesce(team, '(none)') as team,
    person_id,
    contact_id,
    source,
    returned_at,
    case
        when returned_at >= started_at
            then {{ elapsed_hours('started_at', 'returned_at') }} * 60
    end as minutes_to_return,
    case
        when returned_at is not null and is_called_back then 'returned'
        when returned_at is not null then 'client called again'
        when {{ elapsed_micros('started_at', as_of()) }}
            > {{ var('missed_call_lost_hours') }} * 3600000000 then 'lost'
        else 'open'
    end as outcome
from returned
