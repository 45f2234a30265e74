-- grain: one row per currency and side: manual costs as landed, in fct_ad_spend and to come
with landed as (
    select
        currency,
        {{ to_amount('amount') }} as amount,
        {{ to_date('date_from') }} as date_from,
        {{ to_date('date_to') }} as date_to
    from {{ source('landing', 'manual_costs') }}
    where {{ is_row() }}
    qualify row_number() over (partition by cost_id order by {{ latest_first() }}) = 1
),

measured as (
    select
        currency,
        amount,
        {{ to_cents('abs(amount)') }} as cents,
        greatest({{ calendar_days('date_from', 'date_to') }}, 0) + 1 as day_count,
        greatest({{ calendar_days('date_from', as_of_date()) }}, 0) as days_gone
    from landed
),

-- A day has an equal share in whole cents, each of the first days one cent more until none is left.
shared as (
    select
        currency,
        amount,
        least(days_gone, day_count)
        * cast(round({{ ratio('cents - cents % day_count', 'day_count') }}) as bigint)
        + least(days_gone, cents % day_count) as cents_gone
    from measured
)

select
    'landed manual costs = fct_ad_spend + to come' as check_name,
    'manual_costs' as scope,
    currency,
    sum(amount) as raw_total,
    sum(amount - sign(amount) * {{ from_cents('cents_gone') }}) as mart_total
from shared
group by all

union all

select
    'landed manual costs = fct_ad_spend + to come' as check_name,
    'manual_costs' as scope,
    currency,
    0 as raw_total,
    sum(cost) as mart_total
from {{ ref('fct_ad_spend') }}
where kind <> 'ad'
group by all
