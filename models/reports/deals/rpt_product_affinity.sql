-- grain: one row per ordered pair of products that were won together in a deal (ST-18)
with items as (
    select * from {{ ref('fct_deal_items') }}
    where status = 'won'
),

baskets as (
    select count(distinct deal_id) as deals from items
),

products as (
    select
        product,
        count(*) as deals
    from items
    group by product
),

pairs as (
    select
        items.product as product_a,
        bought_with.product as product_b,
        count(*) as deals
    from items
    inner join items as bought_with
        on items.deal_id = bought_with.deal_id
        and items.product <> bought_with.product
    group by items.product, bought_with.product
)

select
    pairs.product_a,
    pairs.product_b,
    pairs.deals,
    products_a.deals as deals_a,
    products_b.deals as deals_b,
    baskets.deals as deals_with_items,
    {{ ratio('pairs.deals', 'baskets.deals') }} as support,
    {{ ratio('pairs.deals', 'products_a.deals') }} as confidence,
    {{ wilson('low', 'pairs.deals', 'products_a.deals') }} as confidence_low,
    {{ wilson('high', 'pairs.deals', 'products_a.deals') }} as confidence_high,
    products_a.deals < {{ var('low_sample_below') }} as is_low_sample,
    {{ ratio('pairs.deals * baskets.deals', 'products_a.deals * products_b.deals') }} as lift
from pairs
cross join baskets
inner join products as products_a on pairs.product_a = products_a.product
inner join products as products_b on pairs.product_b = products_b.product
