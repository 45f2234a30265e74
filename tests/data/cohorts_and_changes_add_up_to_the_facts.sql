-- Detects: persons, spend, deals or revenue that the reports of cohorts, demand and
--   demographics, or the effects on revenue, do not count exactly once (EE-7, EE-9, EE-15, EE-17).
-- Usually means: a join in one of these models duplicates or loses rows.
-- A returned row is: one total.
{{ config(meta={'dagster': {'ref': {'name': 'fct_cohort_months'}}}) }}
with totals as (
    select
        'persons of fct_cohort_months' as total,
        (
            select coalesce(sum(persons), 0)
            from {{ ref('fct_cohort_months') }}
            where cohort_basis = 'first_candidate'
        ) as counted,
        (select count(*) from {{ ref('dim_persons') }}) as wanted

    union all

    select
        'spend of fct_cohort_months' as total,
        (
            select coalesce(sum(spend_rc), 0)
            from {{ ref('fct_cohort_months') }}
            where cohort_basis = 'first_candidate'
        ) as counted,
        (select coalesce(sum(cost_rc), 0) from {{ ref('fct_ad_spend') }}) as wanted

    {% for basis in ['first_candidate', 'first_won'] -%}
    union all

    select
        'revenue of fct_cohort_months by {{ basis }}' as total,
        (
            select coalesce(sum(revenue_rc), 0)
            from {{ ref('fct_cohort_months') }}
            where cohort_basis = '{{ basis }}'
        ) as counted,
        (
            select coalesce(sum(revenue_rc), 0)
            from {{ ref('fct_deals') }}
            where is_won and person_id is not null
        ) as wanted

    {% endfor -%}
    union all

    select
        'won deals of rpt_demand' as total,
        (select coalesce(sum(deals_won), 0) from {{ ref('rpt_demand') }}) as counted,
        (
            select count(*)
            from {{ ref('fct_deals') }}
            where is_won
        ) as wanted

    union all

    select
        'revenue of rpt_demand' as total,
        (select coalesce(sum(revenue_rc), 0) from {{ ref('rpt_demand') }}) as counted,
        (select coalesce(sum(revenue_rc), 0) from {{ ref('fct_deals') }}) as wanted

    union all

    select
        'persons of rpt_demographics' as total,
        (select coalesce(sum(persons), 0) from {{ ref('rpt_demographics') }}) as counted,
        (select count(*) from {{ ref('dim_persons') }}) as wanted
),

effects as (
    select
        period_type,
        period_start,
        slice,
        sum(effect_rc) as effect_rc
    from {{ ref('rpt_revenue_changes') }}
    group by period_type, period_start, slice
),

companies as (
    select
        period_type,
        period_start,
        revenue_now_rc - revenue_before_rc as change_rc
    from {{ ref('fct_revenue_comparisons') }}
    where slice = 'all'
)

select
    'There are ' || cast(counted as string) || ' ' || total || ' instead of '
    || cast(wanted as string) || '.' as problem
from totals
where counted <> wanted

union all

select
    'The effects on the revenue of the ' || effects.period_type || ' from '
    || cast(effects.period_start as string) || ' by ' || effects.slice || ' sum to '
    || cast(effects.effect_rc as string) || ' instead of ' || cast(companies.change_rc as string)
    || '.' as problem
from effects
inner join companies
    on effects.period_type = companies.period_type
    and effects.period_start = companies.period_start
where effects.effect_rc <> companies.change_rc
