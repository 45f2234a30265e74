-- grain: one row per attribution model, won deal and touch; without a touch, (unattributed)
with models as (
    select * from {{ ref('attribution_models') }}
),

deals as (
    select
        deal_id,
        person_id,
        created_at,
        {{ ordered_at('created_at', 'created_at_is_day') }} as ordered_at,
        created_at_is_day,
        {{ to_cents('revenue_rc') }} as cents
    from {{ ref('fct_deals') }}
    where is_won
),

touches as (
    select * from {{ ref('fct_touchpoints') }}
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
        {{ elapsed_days('touches.occurred_at', 'deals.ordered_at') }} as days_before,
        row_number() over (
            partition by models.model_id, deals.deal_id
            order by touches.occurred_at, touches.candidate_no nulls last, touches.touch_id
        ) as window_position,
        bool_and(touches.is_direct) over (partition by models.model_id, deals.deal_id)
            as is_all_direct
    from deals
    cross join models
    inner join touches
        on deals.person_id = touches.person_id
        -- What the day of a deal brought came before it, where only its day is known.
        and (
            touches.occurred_at < deals.created_at
            or (deals.created_at_is_day and touches.occurred_at <= deals.ordered_at)
        )
        and (
            models.lookback_days is null
            or cast({{ elapsed_micros('touches.occurred_at', 'deals.created_at') }} as double)
            <= models.lookback_days * 86400000000
        )
),

-- Direct touches take no credit while there is another one, except as the last touch (D-24).
ranked as (
    select
        *,
        row_number() over (partition by model_id, deal_id order by window_position) as position,
        count(*) over (partition by model_id, deal_id) as touch_count,
        min(days_before) over (partition by model_id, deal_id) as latest_days_before
    from in_lookback
    where family = 'last' or is_all_direct or not is_direct
),

-- Whole numbers from here on: a sum of doubles depends on the order of its rows.
weighed as (
    select
        model_id,
        deal_id,
        touch_id,
        window_position as position,
        {{ attribution_units('family') }} as raw_units
    from ranked
),

credited as (
    select * from weighed
    where raw_units > 0
),

-- A weight in units of 1e-12.
weighted as (
    {{ share_by_largest_remainder(
        'credited', total='1000000000000', weight='raw_units', group_by=['model_id', 'deal_id'],
        order_by='position', name='weight_units', keep=['model_id', 'deal_id', 'touch_id', 'position']
    ) }}
),

conversions as (
    select
        models.model_id,
        deals.deal_id,
        deals.person_id,
        deals.cents,
        coalesce(weighted.touch_id, '(unattributed)') as touch_id,
        weighted.position,
        coalesce(weighted.weight_units, 1000000000000) as weight_units
    from deals
    cross join models
    left join weighted
        on models.model_id = weighted.model_id
        and deals.deal_id = weighted.deal_id
        and weighted.weight_units > 0
),

valued as (
    {{ share_by_largest_remainder(
        'conversions', total='cents', weight='weight_units', group_by=['model_id', 'deal_id'],
        order_by='position nulls last', name='value_cents',
        keep=['model_id', 'deal_id', 'person_id', 'touch_id', 'position', 'weight_units']
    ) }}
)

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
    {{ from_cents('value_cents') }} as value_rc
from valued
