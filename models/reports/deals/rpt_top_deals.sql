-- grain: one row per period and rank: the three won deals with the highest revenue (DJ-30, D-17)
with deals as (
    select * from {{ ref('fct_deals') }}
    where is_won and revenue_rc is not null
),

in_periods as (
    {%- for period in ['day', 'week', 'month', 'quarter', 'year'] %}
    select
        '{{ period }}' as period_type,
        {{ period_start(period, 'outcome_date') }} as period_start,
        *
    from deals

    union all
    {% endfor %}
    select
        'all' as period_type,
        cast(null as date) as period_start,
        *
    from deals
),

final as (
    select
        *,
        row_number() over (
            partition by period_type, period_start
            order by
                revenue_rc desc,
                {{ ordered_at('closed_at', 'closed_at_is_day') }} asc nulls last,
                deal_id asc
        ) as rank
    from in_periods
)

select
    period_type,
    period_start,
    cast(rank as bigint) as rank,
    deal_id,
    closed_at,
    amount_rc,
    person_id,
    manager_user_id,
    manager_name,
    team,
    source,
    created_at,
    sessions_before_contact,
    deal_url
from final
where rank <= 3
