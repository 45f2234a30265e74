-- grain: one row per day and pool of numbers with any lease that is held or call (EE-33)
with moments as (
    select
        *,
        -- The leases of a day in the order of the numbers that they found taken.
        row_number() over (
            partition by pool, date_day, is_lease
            order by covered, happened_at, tracking_phone_hash, session_id
        ) as lease_no,
        count(*) over (partition by pool, date_day, is_lease) as leases
    from {{ ref('fct_pool_moments') }}
),

used as (
    select
        pool,
        date_day,
        count(*) filter (where is_lease) as leases,
        max(held) as peak_concurrent,
        -- Nearest rank: so many of a hundred leases found no more taken, their own included.
        min(covered) filter (where is_lease and 100 * lease_no >= 95 * leases)
            as numbers_needed_95,
        min(covered) filter (where is_lease and 100 * lease_no >= 99 * leases)
            as numbers_needed_99
    from moments
    group by pool, date_day
),

-- A number that no pool lists may be leased all the same.
pool_numbers as (
    select * from {{ ref('dim_tracking_numbers') }}
    where kind = 'pool'
),

dialled as (
    select
        calls.*,
        coalesce(pool_numbers.pool, '(none)') as pool
    from {{ ref('fct_calls') }} as calls
    left join pool_numbers
        on calls.tracking_phone_hash = pool_numbers.tracking_phone_hash
        and {{ holds_at('pool_numbers', 'calls.started_at') }}
    where
        calls.direction = 'in'
        and not calls.is_internal
        and (pool_numbers.pool is not null or calls.match_method like 'dynamic%')
    qualify
        row_number() over (
            partition by calls.call_id
            order by pool_numbers.valid_from desc nulls last
        ) = 1
),

called as (
    select
        pool,
        started_date as date_day,
        sum(call_count) as calls,
        sum(call_count) filter (where match_method = 'dynamic_ambiguous') as ambiguous_calls
    from dialled
    group by pool, started_date
),

days as (
    select
        pool,
        date_day
    from used

    union

    select
        pool,
        date_day
    from called
),

sized as (
    select
        days.pool,
        days.date_day,
        count(distinct pool_numbers.tracking_phone_hash) as numbers
    from days
    left join pool_numbers
        on days.pool = pool_numbers.pool
        and pool_numbers.valid_from < {{ day_start(add_days('days.date_day', 1)) }}
        and (
            pool_numbers.valid_to is null
            or pool_numbers.valid_to > {{ day_start('days.date_day') }}
        )
    group by days.pool, days.date_day
)

select
    sized.date_day,
    sized.pool,
    coalesce(used.leases, 0) as leases,
    coalesce(used.peak_concurrent, 0) as peak_concurrent,
    {{ if_measured('called.calls', ref('fct_calls')) }} as calls,
    {{ if_measured('called.ambiguous_calls', ref('fct_calls')) }} as ambiguous_calls,
    sized.numbers,
    used.numbers_needed_95,
    used.numbers_needed_99
from sized
left join used
    on sized.pool = used.pool
    and sized.date_day = used.date_day
left join called
    on sized.pool = called.pool
    and sized.date_day = called.date_day
