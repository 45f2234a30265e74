-- grain: one row per currency and day on which a rate is known: the latest on or before the day, at
-- most 7 days old (D-28)
with rates as (
    select * from {{ ref('stg_fx_rates') }}
),

spans as (
    select
        currency,
        rate,
        date as first_day,
        least(
            {{ add_days('date', 7) }},
            coalesce(
                {{ add_days('lead(date) over (partition by currency order by date)', -1) }},
                {{ add_days('date', 7) }}
            )
        ) as last_day
    from rates
),

final as (
    {{ each_day('spans', 'first_day', 'last_day', ['currency', 'rate']) }}
)

select * from final
