-- grain: one row per month, reason, stage, manager and source of lost deals (EE-18)
with lost_deals as (
    select
        *,
        {{ period_start('month', 'outcome_date') }} as month,
        coalesce(lost_reason, '(none)') as reason_or_none,
        coalesce(stage, '(none)') as stage_or_none,
        coalesce(manager_user_id, '(none)') as manager_or_none
    from {{ ref('fct_deals') }}
    where is_lost
)

select
    month,
    reason_or_none as lost_reason,
    stage_or_none as stage,
    case
        when min(stage_position) = max(stage_position) then min(stage_position)
    end as stage_position,
    manager_or_none as manager_user_id,
    max(manager_name) as manager_name,
    {{ the_one('team') }} as team,
    source,
    count(*) as deals,
    cast(sum(allocated_cost_spread_rc) as decimal(18, 6)) as spend_rc
from lost_deals
group by month, reason_or_none, stage_or_none, manager_or_none, source
