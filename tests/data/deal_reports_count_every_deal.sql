-- Detects: a deal report whose deals or revenue are not those of fct_deals, where the
--   reconciliation does not look: numbers of deals, revenue by the day of the outcome, the best
--   deal.
-- Usually means: a join in the report duplicates or loses deals, or a date basis leaves some out.
-- A returned row is: one total of one report.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_deal_summary'}}}) }}
{%- set totals = [
    (
        'number of deals', 'rpt_deal_summary by created_date',
        'rpt_deal_summary', 'sum(deals)', "date_basis = 'created'", 'count(*)', 'true',
    ),
    (
        'number of deals', 'rpt_deal_summary by outcome_date',
        'rpt_deal_summary', 'sum(deals)', "date_basis = 'outcome'", 'count(*)', 'is_won or is_lost',
    ),
    (
        'revenue', 'rpt_deal_summary by outcome_date',
        'rpt_deal_summary', 'sum(revenue_rc)', "date_basis = 'outcome'", 'sum(revenue_rc)', 'true',
    ),
    (
        'highest revenue', 'rpt_top_deals',
        'rpt_top_deals', 'max(amount_rc)', "period_type = 'all' and rank = 1",
        'max(revenue_rc)', 'is_won',
    ),
] %}
with totals as (
    {%- for measure, shown, report, total, condition, deal_total, deal_condition in totals %}
    select
        '{{ measure }}' as measure,
        '{{ shown }}' as report,
        (
            select cast(coalesce({{ total }}, 0) as decimal(28, 2))
            from {{ ref(report) }}
            where {{ condition }}
        ) as in_report,
        (
            select cast(coalesce({{ deal_total }}, 0) as decimal(28, 2))
            from {{ ref('fct_deals') }}
            where {{ deal_condition }}
        ) as in_deals
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    'The ' || measure || ' of ' || report || ' is ' || cast(in_report as string)
    || ', of fct_deals ' || cast(in_deals as string)
    || ': look for a join in the report that duplicates or loses deals.' as problem
from totals
where in_report <> in_deals
