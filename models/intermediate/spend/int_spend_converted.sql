-- grain: one row per landed spend row, and per manual cost and day, of the days before as_of; in
-- both currencies; manual costs are spread evenly in cents, the remainder on the first days
with ads as (
    select * from {{ ref('stg_ad_spend') }}
    where date < {{ as_of_date() }}
),

-- An id says what its row says, so that it does not change with the file that brought the row.
hashed_ads as (
    select
        *,
        md5(
            concat_ws(
                '|'
                {%- for name in landing_contract().ad_spend.types %},
                replace(coalesce(cast({{ name }} as string), ''), '|', '||')
                {%- endfor %}
            )
        ) as row_hash
    from ads
),

numbered_ads as (
    select
        *,
        row_number() over (
            partition by row_hash
            order by {{ latest_first() }}
        ) as equal_no
    from hashed_ads
),

platforms as (
    select * from {{ ref('ad_platforms') }}
),

platforms_seen as (
    select distinct platform from ads
),

landing_defaults as (
    select
        platforms_seen.platform,
        platforms.source,
        platforms.medium,
        platforms.click_id
    from platforms_seen
    left join platforms on {{ matches('platforms_seen.platform', 'platforms.platform') }}
    qualify
        row_number() over (
            partition by platforms_seen.platform
            order by platforms.priority nulls last
        ) = 1
),

-- A cost that ends before it begins is kept, on its first day; data quality shows it.
dated_costs as (
    select
        *,
        greatest(date_from, date_to) as last_day
    from {{ ref('stg_manual_costs') }}
),

costs as (
    select
        *,
        1 as day_weight,
        {{ to_cents('amount') }} as cents
    from dated_costs
),

{%- set cost_columns = [
    'cost_id', 'source', 'medium', 'campaign', 'currency', 'kind', 'is_planned'
] %}

cost_days as (
    {{ each_day('costs', 'date_from', 'last_day', cost_columns + ['cents', 'day_weight']) }}
),

shared_days as (
    {{ share_by_largest_remainder(
        'cost_days', total='cents', weight='day_weight', group_by=['cost_id'], order_by='date_day',
        name='day_cents', keep=cost_columns + ['date_day']
    ) }}
),

unioned as (
    select
        'ad:' || ads.row_hash || ':' || cast(ads.equal_no as string) as spend_id,
        'ad' as kind,
        ads.date as date_day,
        ads.platform,
        ads.account_id,
        ads.campaign_id,
        ads.campaign,
        ads.ad_group,
        ads.ad_id,
        ads.keyword,
        coalesce(ads.source, landing_defaults.source, lower(ads.platform)) as source,
        case
            when ads.medium is not null then ads.medium
            when ads.source is null then coalesce(landing_defaults.medium, 'cpc')
        end as medium,
        landing_defaults.click_id,
        ads.impressions,
        ads.clicks,
        ads.cost,
        ads.currency,
        false as is_planned
    from numbered_ads as ads
    inner join landing_defaults on ads.platform = landing_defaults.platform

    union all

    select
        'cost:' || cost_id || ':' || cast(date_day as string) as spend_id,
        coalesce(kind, 'other') as kind,
        date_day,
        cast(null as string) as platform,
        cast(null as string) as account_id,
        cost_id as campaign_id,
        campaign,
        cast(null as string) as ad_group,
        cast(null as string) as ad_id,
        cast(null as string) as keyword,
        source,
        medium,
        cast(null as string) as click_id,
        cast(null as bigint) as impressions,
        cast(null as bigint) as clicks,
        cast({{ from_cents('day_cents') }} as decimal(18, 6)) as cost,
        currency,
        is_planned
    from shared_days
    where date_day < {{ as_of_date() }}
),

labelled as (
    {{ canonical_labels('unioned', keyword='keyword', click_ids='click_id') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_filled') }}
),

final as (
    select
        labelled.spend_id,
        labelled.kind,
        labelled.date_day,
        labelled.platform,
        labelled.account_id,
        labelled.campaign_id,
        labelled.canonical_campaign as campaign,
        labelled.ad_group,
        labelled.ad_id,
        labelled.canonical_keyword as keyword,
        -- A label that says nothing meets the people of whom nothing is known.
        coalesce(labelled.canonical_source, '(none)') as source,
        labelled.canonical_medium as medium,
        labelled.impressions,
        labelled.clicks,
        labelled.cost,
        labelled.currency,
        labelled.is_planned,
        {{ convert('labelled.cost', 'labelled.currency', 'rates.rate', places=6) }} as cost_rc,
        {{ lacks_rate('labelled.cost', 'labelled.currency', 'rates.rate') }} as lacks_rate
    from labelled
    left join rates
        on labelled.currency = rates.currency
        and labelled.date_day = rates.date_day
)

select * from final
