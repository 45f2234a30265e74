-- grain: one row per report, period and side: spend in fct_ad_spend, spend in the report
{%- set periods = {
    'rpt_channel_performance': ['date_day', 'date_day'],
    'rpt_channel_return': ['month', period_start('month', 'date_day')],
    'rpt_wasted_spend': ['month', period_start('month', 'date_day')],
} %}
{%- for report, (period, period_of_day) in periods.items() %}
{%- if not loop.first %}

union all
{% endif %}
select
    'ad spend = {{ report }}' as check_name,
    cast({{ period_of_day }} as string) as scope,
    {{ session_value('currency') }} as currency,
    sum(cost_rc) as raw_total,
    0 as mart_total
from {{ ref('fct_ad_spend') }}
group by all

union all

select
    'ad spend = {{ report }}' as check_name,
    cast({{ period }} as string) as scope,
    {{ session_value('currency') }} as currency,
    0 as raw_total,
    sum(spend_rc) as mart_total
from {{ ref(report) }}
group by all
{%- endfor %}
