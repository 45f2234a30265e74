-- grain: one row per pool and beginning of a lease, or of a day while one is held (EE-33)
with leases as (
    select
        *,
        {{ local_date('least(released_at, ' ~ as_of() ~ ')') }} as last_day
    from {{ ref('fct_number_leases') }}
),

held_days as (
    {{ each_day('leases', 'leased_date', 'last_day', ['pool']) }}
),

days as (
    select distinct
        pool,
        date_day
    from held_days
),

-- At one instant what ends comes first, then the day, then what begins; what ends as it begins
-- comes last.
changes as (
    select
        pool,
        leased_at as happened_at,
        leased_date as date_day,
        2 as moment_no,
        1 as held_change,
        1 as covered_change,
        tracking_phone_hash,
        session_id
    from leases

    union all

    {% for end, held_change, covered_change in [
        ('released_at', -1, 0), ('covered_until', 0, -1)
    ] -%}
    select
        pool,
        {{ end }} as happened_at,
        cast(null as date) as date_day,
        case when {{ end }} = leased_at then 3 else 0 end as moment_no,
        {{ held_change }} as held_change,
        {{ covered_change }} as covered_change,
        tracking_phone_hash,
        session_id
    from leases

    union all

    {% endfor -%}
    select
        pool,
        {{ day_start('date_day') }} as happened_at,
        date_day,
        1 as moment_no,
        0 as held_change,
        0 as covered_change,
        cast(null as string) as tracking_phone_hash,
        cast(null as string) as session_id
    from days
),

counted as (
    select
        *,
        {%- for count in ['held', 'covered'] %}
        sum({{ count }}_change) over (
            partition by pool
            order by
                happened_at, moment_no, tracking_phone_hash nulls first, session_id nulls first
            rows between unbounded preceding and current row
        ) as {{ count }},
        {%- endfor %}
        moment_no = 2 as is_lease
    from changes
)

select
    pool,
    date_day,
    happened_at,
    is_lease,
    tracking_phone_hash,
    session_id,
    cast(held as bigint) as held,
    cast(covered as bigint) as covered
from counted
where is_lease or (moment_no = 1 and held > 0 and happened_at < {{ as_of() }})
