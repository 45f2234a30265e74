-- grain: one row per currency and side: amounts as landed, amounts in fct_deals
with landed as (
    select
        currency,
        {{ to_amount('amount') }} as amount,
        {{ to_instant('created_at') }} as created_at
    from {{ source('landing', 'deals') }}
    where {{ is_row() }}
    qualify row_number() over (partition by deal_id order by {{ latest_first() }}) = 1
)

select
    'landed deal amounts = fct_deals' as check_name,
    'deals' as scope,
    coalesce(currency, '(none)') as currency,
    sum(amount) as raw_total,
    0 as mart_total
from landed
where created_at < {{ as_of() }}
group by all

union all

select
    'landed deal amounts = fct_deals' as check_name,
    'deals' as scope,
    coalesce(currency, '(none)') as currency,
    0 as raw_total,
    sum(amount) as mart_total
from {{ ref('fct_deals') }}
group by all
