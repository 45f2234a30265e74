{{ config(meta={'dagster': {'ref': {'name': 'rpt_deal_summary'}}}) }}
-- Detects: a deal report whose revenue is not that of fct_deals (DJ-27, DJ-30).
-- Usually means: a join in the report duplicates or loses deals, or a date basis leaves won deals
-- out.
-- A returned row is: one report and date basis with another total.
with expected as (
    select
        cast(coalesce(sum(revenue_rc), 0) as string) as revenue,
        cast(coalesce(max(revenue_rc) filter (where is_won), 0) as string) as best,
        cast(count(*) as string) as deals,
        cast(count(*) filter (where not is_open) as string) as closed_deals
    from {{ ref('fct_deals') }}
),

totals as (
    select
        'rpt_deal_journal' as report,
        'revenue' as total_of,
        (select revenue from expected) as expected_total,
        cast(coalesce(sum(revenue_rc), 0) as string) as total
    from {{ ref('rpt_deal_journal') }}

    union all

    select
        'rpt_deal_summary by created_date' as report,
        'revenue' as total_of,
        (select revenue from expected) as expected_total,
        cast(coalesce(sum(revenue_rc), 0) as string) as total
    from {{ ref('rpt_deal_summary') }}
    where date_basis = 'created'

    union all

    select
        'rpt_deal_summary by outcome_date' as report,
        'revenue' as total_of,
        (select revenue from expected) as expected_total,
        cast(coalesce(sum(revenue_rc), 0) as string) as total
    from {{ ref('rpt_deal_summary') }}
    where date_basis = 'outcome'

    union all

    select
        'rpt_deal_summary by created_date' as report,
        'number of deals' as total_of,
        (select deals from expected) as expected_total,
        cast(coalesce(sum(deals), 0) as string) as total
    from {{ ref('rpt_deal_summary') }}
    where date_basis = 'created'

    union all

    select
        'rpt_deal_summary by outcome_date' as report,
        'number of deals' as total_of,
        (select closed_deals from expected) as expected_total,
        cast(coalesce(sum(deals), 0) as string) as total
    from {{ ref('rpt_deal_summary') }}
    where date_basis = 'outcome'

    union all

    select
        'rpt_top_deals' as report,
        'highest revenue' as total_of,
        (select best from expected) as expected_total,
        cast(coalesce(max(amount_rc), 0) as string) as total
    from {{ ref('rpt_top_deals') }}
    where period_type = 'all' and rank = 1
)

select
    'The ' || total_of || ' of ' || report || ' is ' || total || ', of fct_deals '
    || expected_total
    || ': look for a join in the report that duplicates or loses deals.' as problem
from totals
where total is distinct from expected_total
