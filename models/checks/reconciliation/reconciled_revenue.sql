-- grain: one row per report or attribution model and side: revenue of fct_deals, revenue there
{%- set reports = {
    'rpt_deal_journal': 'true',
    'rpt_deal_summary': "date_basis = 'created'",
    'rpt_channel_performance': 'true',
    'rpt_channel_return': 'true',
} %}
with deals as (
    select sum(revenue_rc) as revenue_rc
    from {{ ref('fct_deals') }}
)
{%- for report, condition in reports.items() %}

select
    'deal revenue = {{ report }}' as check_name,
    'deals' as scope,
    {{ session_value('currency') }} as currency,
    revenue_rc as raw_total,
    0 as mart_total
from deals

union all

select
    'deal revenue = {{ report }}' as check_name,
    'deals' as scope,
    {{ session_value('currency') }} as currency,
    0 as raw_total,
    sum(revenue_rc) as mart_total
from {{ ref(report) }}
where {{ condition }}

union all
{%- endfor %}

select
    'deal revenue = fct_attribution' as check_name,
    models.model_id as scope,
    {{ session_value('currency') }} as currency,
    deals.revenue_rc as raw_total,
    0 as mart_total
from {{ ref('attribution_models') }} as models
cross join deals

union all

select
    'deal revenue = fct_attribution' as check_name,
    model_id as scope,
    {{ session_value('currency') }} as currency,
    0 as raw_total,
    sum(value_rc) as mart_total
from {{ ref('fct_attribution') }}
where conversion_type = 'deal_won'
group by all
