-- grain: one row per month and demand class of won deals (EE-7, D-23)
with won_deals as (
    select
        *,
        {{ period_start('month', 'outcome_date') }} as month,
        {{ ordered_at('created_at', 'created_at_is_day') }} as ordered_at
    from {{ ref('fct_deals') }}
    where is_won
),

channels as (
    select * from {{ ref('dim_channels') }}
),

-- Persons of whom a card says that somebody told them of the company.
told_persons as (
    select cards.person_id
    from {{ ref('fct_source_candidates') }} as cards
    inner join channels
        on cards.source = channels.source
        and cards.medium is not distinct from channels.medium
    where cards.evidence = 'crm_card' and channels.demand_class = 'word_of_mouth'
    group by cards.person_id
),

paid_touches as (
    select
        touches.person_id,
        min(touches.occurred_at) as first_paid_at
    from {{ ref('fct_touchpoints') }} as touches
    inner join channels
        on touches.source = channels.source
        and touches.medium is not distinct from channels.medium
    where channels.is_paid
    group by touches.person_id
),

classed as (
    select
        won_deals.month,
        coalesce(channels.demand_class, 'unknown') as demand_class,
        won_deals.revenue_rc,
        coalesce(
            (card_channels.demand_class = 'word_of_mouth' or told_persons.person_id is not null)
            and (
                paid_touches.first_paid_at < won_deals.created_at
                -- A deal of which only the day is known follows what that day brought.
                or (
                    won_deals.created_at_is_day
                    and paid_touches.first_paid_at <= won_deals.ordered_at
                )
            ),
            false
        ) as is_conflict
    from won_deals
    left join channels
        on won_deals.source = channels.source
        and won_deals.medium is not distinct from channels.medium
    left join channels as card_channels
        on won_deals.card_source = card_channels.source
        and won_deals.card_medium is not distinct from card_channels.medium
    left join told_persons on won_deals.person_id = told_persons.person_id
    left join paid_touches on won_deals.person_id = paid_touches.person_id
),

months as (
    select
        month,
        demand_class,
        count(*) as deals_won,
        sum(count(*)) over (partition by month) as deals_won_in_month,
        sum(revenue_rc) as revenue_rc,
        count(*) filter (where is_conflict) as conflicts
    from classed
    group by month, demand_class
)

select
    month,
    demand_class,
    deals_won,
    cast(deals_won_in_month as bigint) as deals_won_in_month,
    {{ ratio('deals_won', 'deals_won_in_month') }} as share,
    cast(revenue_rc as decimal(18, 2)) as revenue_rc,
    conflicts
from months
