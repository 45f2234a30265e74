-- grain: one row per month, level, who it is for, metric and currency of a target (TS-3, TS-9)
{%- set metrics = {
    'revenue': 'revenue_rc',
    'deals_won': 'deals_won',
    'leads': 'leads',
    'calls': 'calls',
    'meetings': 'meetings_held',
} %}
{%- set members = {'company': "'(all)'", 'team': 'team', 'user': 'user_id'} %}
with targets as (
    select
        month,
        level,
        case when level = 'company' then '(all)' else coalesce(level_id, '(none)') end as level_id,
        max(user_name) as user_name,
        metric,
        currency,
        cast(sum(target) as decimal(18, 2)) as target,
        cast(sum(target_rc) as decimal(18, 2)) as target_rc
    from {{ ref('fct_targets') }}
    group by
        month,
        level,
        case when level = 'company' then '(all)' else coalesce(level_id, '(none)') end,
        metric,
        currency
),

user_months as (
    select * from {{ ref('fct_user_months') }}
),

months as (
    select
        month,
        {{ calendar_days('month', period_start('month', add_days('month', 31))) }} as month_days,
        {{ calendar_days('month', as_of_date()) }} as days_since_start
    from targets
    group by month
),

actuals as (
    {%- for level, member in members.items() %}
    select
        {%- for metric, measure in metrics.items() %}
        {%- set total = 'cast(sum(' ~ measure ~ ') as decimal(18, 2))' %}
        {%- if metric == 'revenue' %}
        case
            when sum(deals_won) = 0 or sum(deals_with_revenue) > 0 then {{ total }}
        end as {{ metric }},
        {%- else %}
        {{ total }} as {{ metric }},
        {%- endif %}
        {%- endfor %}
        month,
        '{{ level }}' as member_level,
        {{ member }} as member_id
    from user_months
    group by month{{ ', ' ~ member if level != 'company' }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

-- Who did nothing of it in the month has 0, if anybody was ever measured at it.
compared as (
    select
        targets.*,
        case when targets.metric = 'revenue' then targets.target_rc else targets.target end
            as compared_target,
        least(greatest(months.days_since_start, 0), months.month_days) as days_elapsed,
        months.month_days,
        case
            {%- for metric in metrics %}
            when targets.metric = '{{ metric }}' and actuals.month is not null
                then actuals.{{ metric }}
            {%- endfor %}
            {%- for metric, measure in metrics.items() %}
            when targets.metric = '{{ metric }}'
                then {{ if_measured(
                    '0', 'user_months', 'deals_won' if metric == 'revenue' else measure,
                    'decimal(18, 2)'
                ) }}
            {%- endfor %}
        end as actual
    from targets
    inner join months on targets.month = months.month
    left join actuals
        on targets.month = actuals.month
        and targets.level = actuals.member_level
        and targets.level_id = actuals.member_id
),

expected as (
    select
        *,
        cast(compared_target as double)
        * {{ ratio('days_elapsed', 'month_days') }} as expected_by_now
    from compared
)

select
    month,
    level,
    level_id,
    user_name,
    metric,
    currency,
    target,
    target_rc,
    actual,
    {{ ratio('actual', 'compared_target') }} as attainment,
    expected_by_now,
    {{ ratio('actual', 'expected_by_now') }} as pace
from expected
