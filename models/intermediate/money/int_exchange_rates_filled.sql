-- grain: one row per currency and day on which a rate is known: the latest on or before the day, at
-- most rate_max_age_days old, else the fixed one (D-28)
with rates as (
    select * from {{ ref('stg_fx_rates') }}
),

spans as (
    select
        currency,
        rate,
        date as first_day,
        least(
            {{ add_days('date', var('rate_max_age_days')) }},
            coalesce(
                {{ add_days('lead(date) over (partition by currency order by date)', -1) }},
                {{ add_days('date', var('rate_max_age_days')) }}
            )
        ) as last_day
    from rates
),

fixed_spans as (
    {{ fixed_rate_spans() }}
),

landed as (
    {{ each_day('spans', 'first_day', 'last_day', ['currency', 'rate']) }}
),

fixed as (
    {{ each_day('fixed_spans', 'first_day', 'last_day', ['currency', 'rate']) }}
),

final as (
    select
        currency,
        rate,
        date_day
    from landed

    union all

    select
        fixed.currency,
        fixed.rate,
        fixed.date_day
    from fixed
    left join landed
        on fixed.currency = landed.currency
        and fixed.date_day = landed.date_day
    where landed.currency is null
)

select * from final
