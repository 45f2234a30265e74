-- grain: one row per date basis, day, team, manager and pipeline with any deal (D-14)
with deals as (
    select
        *,
        coalesce(team, '(none)') as team_or_none,
        coalesce(manager_user_id, '(none)') as manager_or_none
    from {{ ref('fct_deals') }}
),

dated as (
    select
        'created' as date_basis,
        created_date as date_day,
        *
    from deals

    union all

    select
        'outcome' as date_basis,
        outcome_date as date_day,
        *
    from deals
    where outcome_date is not null
)

select
    date_basis,
    date_day,
    team_or_none as team,
    manager_or_none as user_id,
    max(manager_name) as user_name,
    pipeline,
    count(*) filter (where date_basis = 'created') as deals_created,
    count(*) filter (where is_won) as deals_won,
    count(*) filter (where is_lost) as deals_lost,
    cast(sum(revenue_rc) as decimal(18, 2)) as revenue_rc,
    -- Days are added up in whole microseconds: a sum of doubles depends on its order.
    coalesce(
        cast(sum(cast(round(cycle_days * 86400000000) as bigint)) as double) / 1000000 / 86400, 0
    ) as cycle_days_sum,
    count(cycle_days) as cycle_days_count
from dated
group by date_basis, date_day, team_or_none, manager_or_none, pipeline
