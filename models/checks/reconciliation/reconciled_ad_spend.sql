-- grain: one row per check, platform, day, currency and side: ad spend as landed, and later on
-- Of an account's day only the latest delivery that has it counts. What landed is summed as it is
-- written; what each row loses when it is rounded to millionths has a side of its own.
with landed as (
    select
        platform,
        currency,
        {{ to_date('date') }} as spend_date,
        cast(trim(cost) as decimal(38, 12)) as cost
    from {{ source('landing', 'ad_spend') }}
    where {{ is_known() }}
    qualify
        rank() over (
            partition by
                {{ account_key('platform') }},
                {{ account_key('account_id') }},
                {{ to_date('date') }}
            order by _delivery_date desc
        ) = 1
)

select
    'landed keys = modelled rows' as check_name,
    'ad_spend' as scope,
    cast(null as string) as currency,
    count(*) as raw_total,
    count(*) filter (where spend_date >= {{ as_of_date() }}) as mart_total
from landed

union all

select
    'landed keys = modelled rows' as check_name,
    'ad_spend' as scope,
    cast(null as string) as currency,
    0 as raw_total,
    count(*) as mart_total
from {{ ref('fct_ad_spend') }}
where kind = 'ad'

union all

select
    'landed ad spend = spend that counts' as check_name,
    platform || ' on ' || cast(spend_date as string) as scope,
    currency,
    cast(sum(cost) as decimal(28, 12)) as raw_total,
    cast(sum(cost - cast(cost as decimal(18, 6))) as decimal(28, 12)) as mart_total
from landed
group by all

union all

select
    'landed ad spend = spend that counts' as check_name,
    platform || ' on ' || cast(date as string) as scope,
    currency,
    0 as raw_total,
    cast(sum(cost) as decimal(28, 12)) as mart_total
from {{ ref('stg_ad_spend') }}
group by all

union all

select
    'landed ad spend = fct_ad_spend' as check_name,
    platform || ' on ' || cast(spend_date as string) as scope,
    currency,
    cast(sum(cost) as decimal(28, 12)) as raw_total,
    cast(sum(cost - cast(cost as decimal(18, 6))) as decimal(28, 12)) as mart_total
from landed
where spend_date < {{ as_of_date() }}
group by all

union all

select
    'landed ad spend = fct_ad_spend' as check_name,
    platform || ' on ' || cast(date_day as string) as scope,
    currency,
    0 as raw_total,
    cast(sum(cost) as decimal(28, 12)) as mart_total
from {{ ref('fct_ad_spend') }}
where kind = 'ad'
group by all
