-- Detects: a lead, deal or won deal whose weights under a model do not sum to exactly 1, whose
-- values do not sum to its own to the cent, that a model leaves out, or one that is credited though
-- it is none (EE-23).
-- Usually means: a join in the attribution models duplicates or loses touches, or shares are
-- rounded one by one instead of by largest remainder.
-- A returned row is: one attribution model and conversion.
with models as (
    select * from {{ ref('attribution_models') }}
),

deals as (
    select * from {{ ref('fct_deals') }}
),

facts as (
    select
        'deal_won' as conversion_type,
        deal_id as conversion_id,
        revenue_rc as value_rc
    from deals
    where is_won

    union all

    select
        'deal_created' as conversion_type,
        deal_id as conversion_id,
        amount_rc as value_rc
    from deals

    union all

    select
        'lead' as conversion_type,
        lead_id as conversion_id,
        0 as value_rc
    from {{ ref('fct_leads') }}
),

conversions as (
    select
        models.model_id,
        facts.*
    from facts
    cross join models
),

credited as (
    select
        model_id,
        conversion_type,
        conversion_id,
        sum(weight) as weight,
        sum(value_rc) as value_rc,
        min(weight) as least_weight,
        count(*) filter (where touch_id = '(unattributed)') as unattributed,
        count(*) as touches
    from {{ ref('fct_attribution') }}
    group by model_id, conversion_type, conversion_id
)

select
    'fct_attribution, model ' || coalesce(conversions.model_id, credited.model_id) || ', '
    || coalesce(conversions.conversion_type, credited.conversion_type) || ' '
    || coalesce(conversions.conversion_id, credited.conversion_id) || ': weights sum to '
    || coalesce(cast(credited.weight as string), 'nothing') || ' and values to '
    || coalesce(cast(credited.value_rc as string), 'NULL') || ', but it is worth '
    || coalesce(cast(conversions.value_rc as string), 'NULL')
    || ': look for a doubled or lost touch in models/marts/attribution.' as problem
from conversions
full join credited
    on conversions.model_id = credited.model_id
    and conversions.conversion_type = credited.conversion_type
    and conversions.conversion_id = credited.conversion_id
where
    conversions.conversion_id is null
    or credited.weight is distinct from 1
    or credited.least_weight <= 0
    or credited.value_rc is distinct from conversions.value_rc
    or (credited.unattributed > 0 and credited.touches > 1)
{{ config(meta={'dagster': {'ref': {'name': 'fct_attribution'}}}) }}
