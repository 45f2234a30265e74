-- grain: one row per currency and day on which a rate is known: the latest on or before the day, at
-- most rate_max_age_days old, else the fixed one (D-28); the company's own rates count before the
-- European Central Bank's as long as they hold
with rates as (
    select * from {{ ref('stg_fx_rates') }}
),

spans as (
    select
        currency,
        rate,
        rate_source,
        date as first_day,
        least(
            {{ add_days('date', var('rate_max_age_days')) }},
            coalesce(
                {{ add_days(
                    'lead(date) over (partition by currency, rate_source order by date)', -1
                ) }},
                {{ add_days('date', var('rate_max_age_days')) }}
            )
        ) as last_day
    from rates
),

fixed_spans as (
    {{ fixed_rate_spans() }}
),

landed as (
    {{ each_day('spans', 'first_day', 'last_day', ['currency', 'rate', 'rate_source']) }}
),

fixed as (
    {{ each_day('fixed_spans', 'first_day', 'last_day', ['currency', 'rate']) }}
),

known as (
    select
        currency,
        rate,
        date_day,
        rate_source
    from landed

    union all

    select
        currency,
        rate,
        date_day,
        'fixed' as rate_source
    from fixed
),

final as (
    select * from known
    qualify
        row_number() over (
            partition by currency, date_day
            order by
                case rate_source
                    when 'delivered' then 1
                    when 'ecb' then 2
                    when 'ecb_package' then 3
                    else 4
                end
        ) = 1
)

select * from final
