-- grain: one row per attribution model, conversion and touch; without a touch, (unattributed)
with models as (
    select * from {{ ref('attribution_models') }}
),

lookbacks as (
    select distinct lookback_days from models
),

journeys as (
    select
        *,
        row_number() over (order by conversion_type, conversion_id) as journey_no
    from {{ ref('fct_journeys') }}
),

touches as (
    select * from {{ ref('fct_touchpoints') }}
),

effects as (
    select * from {{ ref('fct_removal_effects') }}
),

in_lookback as (
    select
        journeys.journey_no,
        journeys.conversion_type,
        lookbacks.lookback_days,
        touches.channel,
        touches.is_direct,
        touches.touch_no,
        touches.sourced_touch_no,
        {{ elapsed_days('touches.occurred_at', 'journeys.ordered_at') }} as days_before
    from journeys
    cross join lookbacks
    inner join touches
        on journeys.person_id = touches.person_id
        and {{ came_before(
            'touches.occurred_at', 'journeys.converted_at', 'journeys.ordered_at'
        ) }}
        and (
            lookbacks.lookback_days is null
            or cast({{ elapsed_micros('touches.occurred_at', 'journeys.converted_at') }} as double)
            <= lookbacks.lookback_days * 86400000000
        )
),

windows as (
    select
        journey_no,
        lookback_days,
        bool_and(is_direct) as is_all_direct,
        min(touch_no) as first_no,
        max(touch_no) as last_no,
        min(days_before) as latest_days_before,
        min(sourced_touch_no) filter (where not is_direct) as first_sourced_no,
        max(sourced_touch_no) as last_sourced_no,
        min(days_before) filter (where not is_direct) as latest_sourced_days_before
    from in_lookback
    group by journey_no, lookback_days
),

-- Direct touches take no credit while there is another one, except as the last touch (D-24).
ranked as (
    select
        models.model_id,
        models.family,
        models.half_life_days,
        models.first_weight,
        models.last_weight,
        in_lookback.*,
        in_lookback.touch_no - windows.first_no + 1 as window_position,
        {%- for column, all_touches, sourced_touches in [
            ('position', 'in_lookback.touch_no - windows.first_no + 1',
             'in_lookback.sourced_touch_no - windows.first_sourced_no + 1'),
            ('touch_count', 'windows.last_no - windows.first_no + 1',
             'windows.last_sourced_no - windows.first_sourced_no + 1'),
            ('latest_days_before', 'windows.latest_days_before',
             'windows.latest_sourced_days_before'),
        ] %}
        case
            when models.family = 'last' or windows.is_all_direct then {{ all_touches }}
            else {{ sourced_touches }}
        end as {{ column }},
        {%- endfor %}
        effects.removal_effect
    from in_lookback
    inner join windows
        on in_lookback.journey_no = windows.journey_no
        and in_lookback.lookback_days is not distinct from windows.lookback_days
    inner join models on in_lookback.lookback_days is not distinct from models.lookback_days
    left join effects
        on in_lookback.conversion_type = effects.conversion_type
        and in_lookback.channel = effects.channel
    where models.family = 'last' or windows.is_all_direct or not in_lookback.is_direct
),

-- Whole numbers from here on: a sum of doubles depends on the order of its rows.
weighed as (
    select
        model_id,
        journey_no,
        touch_no,
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
        'credited', total='1000000000000', weight='raw_units', group_by=['journey_no', 'model_id'],
        order_by='position', name='weight_units',
        keep=['journey_no', 'model_id', 'touch_no', 'position']
    ) }}
),

conversions as (
    select
        models.model_id,
        journeys.journey_no,
        {{ to_cents('journeys.value_rc') }} as value_cents,
        {{ to_cents('journeys.margin_rc') }} as margin_cents,
        weighted.touch_no,
        weighted.position,
        coalesce(weighted.weight_units, 1000000000000) as weight_units
    from journeys
    cross join models
    left join weighted
        on models.model_id = weighted.model_id
        and journeys.journey_no = weighted.journey_no
        and weighted.weight_units > 0
),

split as (
    select * from conversions
    where weight_units < 1000000000000
        and (coalesce(value_cents, 0) <> 0 or coalesce(margin_cents, 0) <> 0)
),

{%- set row = ['model_id', 'journey_no', 'touch_no', 'position', 'weight_units'] %}

valued as (
    {{ share_by_largest_remainder(
        'split', total='value_cents', weight='weight_units', group_by=['journey_no', 'model_id'],
        order_by='position', name='value_share', keep=row + ['margin_cents']
    ) }}
),

split_shares as (
    {{ share_by_largest_remainder(
        'valued', total='margin_cents', weight='weight_units', group_by=['journey_no', 'model_id'],
        order_by='position', name='margin_share', keep=row + ['value_share']
    ) }}
),

shared as (
    select * from split_shares

    union all

    select
        {%- for column in row %}
        {{ column }},
        {%- endfor %}
        value_cents as value_share,
        margin_cents as margin_share
    from conversions
    where weight_units = 1000000000000
        or (coalesce(value_cents, 0) = 0 and coalesce(margin_cents, 0) = 0)
)

select
    shared.model_id,
    journeys.conversion_type,
    journeys.conversion_id,
    journeys.person_id,
    coalesce(touches.touch_id, '(unattributed)') as touch_id,
    shared.position,
    cast(
        cast(shared.weight_units as decimal(18, 0)) * cast(0.000000000001 as decimal(13, 12))
        as decimal(18, 12)
    ) as weight,
    {{ from_cents('shared.value_share') }} as value_rc,
    {{ from_cents('shared.margin_share') }} as margin_rc,
    journeys.conversion_date,
    coalesce(touches.source, '(unattributed)') as source,
    touches.medium,
    touches.campaign,
    touches.keyword,
    coalesce(touches.channel, '(unattributed)') as channel
from shared
inner join journeys on shared.journey_no = journeys.journey_no
left join touches
    on journeys.person_id = touches.person_id
    and shared.touch_no = touches.touch_no
