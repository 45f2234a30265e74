-- grain: one row per month, user and team that the user was on; with anything done or planned
-- (ST-10, ST-11)
{%- set counts = [
    'leads', 'attempted_within_sla', 'calls_answered', 'talk_seconds', 'meetings_held',
    'emails_sent', 'tasks_done', 'tasks_due', 'deals_created', 'deals_won', 'deals_lost',
    'cycle_days_count',
] %}
with user_months as (
    select * from {{ ref('fct_user_months') }}
),

targets as (
    select
        month,
        level_id as user_id,
        user_name,
        target_rc,
        least(
            {{ day_start(period_start('month', add_days('month', 31))) }}, {{ as_of() }}
        ) as ended_at
    from {{ ref('fct_targets') }}
    where level = 'user' and metric = 'revenue' and month < {{ as_of_date() }}
),

user_history as (
    select * from {{ ref('dim_user_history') }}
),

worked as (
    select distinct
        month,
        user_id
    from user_months
),

-- Who has a target and did nothing is shown, too: in the team at the end of the month.
shown as (
    select
        {%- for name in counts %}
        {{ name }},
        {%- endfor %}
        revenue_rc,
        cycle_days_sum,
        month,
        user_id,
        user_name,
        team
    from user_months

    union all

    select
        {%- for name in counts %}
        {{ if_measured('0', 'user_months', name) }} as {{ name }},
        {%- endfor %}
        {{ if_measured('0', 'user_months', 'deals_won', 'decimal(18, 2)') }} as revenue_rc,
        {{ if_measured('0', 'user_months', 'cycle_days_count', 'double') }} as cycle_days_sum,
        targets.month,
        targets.user_id,
        targets.user_name,
        coalesce(user_history.team, '(none)') as team
    from targets
    left join worked
        on targets.month = worked.month
        and targets.user_id = worked.user_id
    left join user_history
        on targets.user_id = user_history.user_id
        and {{ holds_at('user_history', 'targets.ended_at') }}
    where targets.user_id is not null and worked.month is null
),

-- A user of two teams is compared once, with what it did in both.
totals as (
    select
        month,
        user_id,
        cast(sum(revenue_rc) as decimal(18, 2)) as revenue_rc
    from shown
    group by month, user_id
),

compared as (
    select
        totals.month,
        totals.user_id,
        targets.target_rc,
        totals.user_id <> '(none)' and totals.revenue_rc is not null as is_ranked,
        totals.revenue_rc,
        {{ ratio('totals.revenue_rc', 'targets.target_rc') }} as attainment
    from totals
    left join targets
        on totals.month = targets.month
        and totals.user_id = targets.user_id
),

ranked as (
    select
        *,
        case
            when is_ranked
                then cast(rank() over (
                        partition by month, is_ranked order by revenue_rc desc nulls last
                    ) as bigint)
        end as rank_revenue,
        case
            when is_ranked and attainment is not null
                then cast(rank() over (
                        partition by month, is_ranked order by attainment desc nulls last
                    ) as bigint)
        end as rank_attainment
    from compared
)

select
    {%- for name in counts %}
    shown.{{ name }},
    {%- endfor %}
    shown.revenue_rc,
    shown.cycle_days_sum,
    ranked.target_rc,
    ranked.attainment,
    ranked.rank_revenue,
    ranked.rank_attainment,
    shown.month,
    shown.user_id,
    shown.user_name,
    shown.team
from shown
inner join ranked
    on shown.month = ranked.month
    and shown.user_id = ranked.user_id
