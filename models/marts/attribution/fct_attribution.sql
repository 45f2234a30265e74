-- grain: one row per attribution model, won deal and touch, or the deal's (unattributed) row
with deals as (
    select * from {{ ref('fct_deals') }}
),

weights as (
    select * from {{ ref('int_attribution_weighted') }}
),

credited as (
    select
        weights.model_id,
        weights.deal_id,
        weights.person_id,
        weights.touch_id,
        weights.position,
        weights.weight_units,
        cast(deals.revenue_rc * 100 as bigint) as cents
    from weights
    inner join deals on weights.deal_id = deals.deal_id
),

floored as (
    select
        *,
        cast(abs(cents) as decimal(38, 0)) * weight_units as scaled_cents,
        cast(abs(cents) as decimal(38, 0)) * weight_units % 1000000000000 as left_over
    from credited
),

shared as (
    select
        *,
        cast((scaled_cents - left_over) * cast(0.000000000001 as decimal(13, 12)) as bigint)
            as floor_cents
    from floored
),

-- Cents by largest remainder: the value of a deal is shared without losing or inventing one.
ranked as (
    select
        *,
        row_number() over (
            partition by model_id, deal_id
            order by left_over desc nulls last, position asc nulls last
        ) as left_no,
        abs(cents) - sum(floor_cents) over (partition by model_id, deal_id) as missing_cents
    from shared
),

final as (
    select
        model_id,
        'deal_won' as conversion_type,
        deal_id as conversion_id,
        person_id,
        touch_id,
        position,
        cast(
            cast(weight_units as decimal(18, 0)) * cast(0.000000000001 as decimal(13, 12))
            as decimal(18, 12)
        ) as weight,
        sign(cents) * (
            floor_cents + case when left_no <= missing_cents then 1 else 0 end
        ) as value_cents
    from ranked
)

select
    model_id,
    conversion_type,
    conversion_id,
    person_id,
    touch_id,
    position,
    weight,
    cast(
        cast(value_cents as decimal(18, 0)) * cast(0.01 as decimal(3, 2)) as decimal(18, 2)
    ) as value_rc
from final
