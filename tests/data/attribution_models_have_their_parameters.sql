-- Detects: an attribution model whose parameters cannot share a deal (D-13).
-- Usually means: a new row in seeds/attribution_models.csv without the columns its family needs, or
-- with a family that no file of macros/attribution defines.
-- A returned row is: one model and what is wrong with it.
with models as (
    select * from {{ ref('attribution_models') }}
),

problems as (
    select
        model_id,
        'there is no family ' || family as fault
    from models
    where family not in ({{ attribution_family_names() }})

    union all

    select
        model_id,
        'a time_decay model needs half_life_days above 0' as fault
    from models
    where family = 'time_decay' and not coalesce(half_life_days > 0, false)

    union all

    select
        model_id,
        'a position model needs first_weight and last_weight of 0 or more, together above 0 and at'
        || ' most 1' as fault
    from models
    where
        family = 'position'
        and not coalesce(
            first_weight >= 0
            and last_weight >= 0
            and first_weight + last_weight > 0
            and first_weight + last_weight <= 1,
            false
        )

    union all

    select
        model_id,
        'lookback_days must be above 0, or empty for no limit' as fault
    from models
    where lookback_days <= 0
)

select
    'attribution_models: model ' || model_id || ': ' || fault
    || '; correct its row in seeds/attribution_models.csv.' as problem
from problems
{{ config(tags=['configuration'], meta={'dagster': {'ref': {'name': 'attribution_models'}}}) }}
