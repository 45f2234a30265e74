-- Detects: a won deal whose weights under a model do not sum to exactly 1, whose values do not sum
-- to its revenue to the cent, that a model leaves out, or a deal that is credited though it is
-- not won (EE-23).
-- Usually means: a join in the attribution models duplicates or loses touches, or shares are
-- rounded one by one instead of by largest remainder.
-- A returned row is: one attribution model and deal.
with models as (
    select * from {{ ref('attribution_models') }}
),

won_deals as (
    select
        models.model_id,
        deals.deal_id,
        deals.revenue_rc
    from {{ ref('fct_deals') }} as deals
    cross join models
    where deals.is_won
),

credited as (
    select
        model_id,
        conversion_id as deal_id,
        sum(weight) as weight,
        sum(value_rc) as value_rc,
        min(weight) as least_weight,
        count(*) filter (where touch_id = '(unattributed)') as unattributed,
        count(*) as touches
    from {{ ref('fct_attribution') }}
    group by model_id, conversion_id
)

select
    'fct_attribution, model ' || coalesce(won_deals.model_id, credited.model_id) || ', deal '
    || coalesce(won_deals.deal_id, credited.deal_id) || ': weights sum to '
    || coalesce(cast(credited.weight as string), 'nothing') || ' and values to '
    || coalesce(cast(credited.value_rc as string), 'NULL') || ', but the deal has a revenue of '
    || coalesce(cast(won_deals.revenue_rc as string), 'NULL')
    || ': look for a doubled or lost touch in models/intermediate/attribution.' as problem
from won_deals
full join credited
    on won_deals.model_id = credited.model_id
    and won_deals.deal_id = credited.deal_id
where
    won_deals.deal_id is null
    or credited.weight is distinct from 1
    or credited.least_weight <= 0
    or credited.value_rc is distinct from won_deals.revenue_rc
    or (credited.unattributed > 0 and credited.touches > 1)
{{ config(meta={'dagster': {'ref': {'name': 'fct_attribution'}}}) }}
