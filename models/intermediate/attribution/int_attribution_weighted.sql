-- grain: one row per attribution model, won deal and touch that gets credit, its share in units of
-- 1e-12; or the deal's one row without a touch
with models as (
    select * from {{ ref('attribution_models') }}
),

deals as (
    select * from {{ ref('int_deals_linked') }}
    where status = 'won'
),

touches as (
    select * from {{ ref('int_touchpoints_unioned') }}
),

in_lookback as (
    select
        models.model_id,
        models.family,
        models.half_life_days,
        models.first_weight,
        models.last_weight,
        deals.deal_id,
        touches.touch_id,
        touches.is_direct,
        {{ elapsed_days('touches.occurred_at', 'deals.created_at') }} as days_before,
        row_number() over (
            partition by models.model_id, deals.deal_id
            order by touches.occurred_at, touches.candidate_no nulls last, touches.touch_id
        ) as position,
        count(*) over (partition by models.model_id, deals.deal_id) as touch_count,
        bool_and(touches.is_direct) over (partition by models.model_id, deals.deal_id)
            as is_all_direct
    from deals
    cross join models
    inner join touches
        on deals.person_id = touches.person_id
        and touches.occurred_at < deals.created_at
        and (
            models.lookback_days is null
            or cast({{ elapsed_micros('touches.occurred_at', 'deals.created_at') }} as double)
            <= models.lookback_days * 86400000000
        )
),

ranked as (
    select
        *,
        max(case when not is_direct or is_all_direct then position end)
            over (partition by model_id, deal_id) as last_non_direct_position,
        min(days_before) over (partition by model_id, deal_id) as latest_days_before
    from in_lookback
),

-- Whole numbers from here on: a sum of doubles depends on the order of its rows.
raw_weights as (
    select
        model_id,
        deal_id,
        touch_id,
        position,
        {{ attribution_units('family') }} as raw_units
    from ranked
),

products as (
    select
        *,
        cast(raw_units as decimal(38, 0)) * 1000000000000 as scaled_units,
        cast(sum(raw_units) over (partition by model_id, deal_id) as decimal(38, 0))
            as total_units
    from raw_weights
    where raw_units > 0
),

divided as (
    select
        *,
        scaled_units % total_units as left_units
    from products
),

floored as (
    select
        *,
        cast(round({{ ratio('scaled_units - left_units', 'total_units') }}) as bigint)
            as floor_units
    from divided
),

-- Largest remainder: what flooring left over goes, a unit each, to the largest fractions.
remainders as (
    select
        *,
        row_number() over (
            partition by model_id, deal_id order by left_units desc, position asc
        ) as left_no,
        1000000000000 - sum(floor_units) over (partition by model_id, deal_id) as missing_units
    from floored
),

weighted as (
    select
        model_id,
        deal_id,
        touch_id,
        position,
        floor_units + case when left_no <= missing_units then 1 else 0 end as weight_units
    from remainders
    where floor_units > 0 or left_no <= missing_units
),

final as (
    select
        models.model_id,
        deals.deal_id,
        deals.person_id,
        coalesce(weighted.touch_id, '(unattributed)') as touch_id,
        weighted.position,
        coalesce(weighted.weight_units, 1000000000000) as weight_units
    from deals
    cross join models
    left join weighted
        on models.model_id = weighted.model_id
        and deals.deal_id = weighted.deal_id
)

select * from final
