-- grain: one row per month, user and team that the user was on at the event; with any event counted
{%- set counts = [
    'leads', 'attempted_within_sla', 'calls', 'calls_answered', 'talk_seconds', 'meetings_held',
    'emails_sent', 'tasks_done', 'tasks_due', 'deals_created', 'deals_won', 'deals_lost',
    'deals_with_revenue', 'cycle_days_count',
] %}
with days as (
    select
        *,
        {{ period_start('month', 'date_day') }} as month
    from {{ ref('fct_user_days') }}
)

select
    {%- for name in counts %}
    cast(sum({{ name }}) as bigint) as {{ name }},
    {%- endfor %}
    case
        when sum(deals_won) = 0 or sum(deals_with_revenue) > 0
            then cast(sum(revenue_rc) as decimal(18, 2))
    end as revenue_rc,
    cast(sum(cycle_micros) as double) / 1000000 / 86400 as cycle_days_sum,
    month,
    user_id,
    max(user_name) as user_name,
    team
from days
group by month, user_id, team
