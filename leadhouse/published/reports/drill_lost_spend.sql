-- The deals behind a cell of rpt_lost_spend, by measure. NULL asks for any.
create macro reports.drill_lost_spend(
    month := null, lost_reason := null, stage := null, manager_user_id := null, source := null
) as table
select
    measures.measure,
    'marts.fct_deals' as table_name,
    deals.deal_id as key,
    cast(measures.value as decimal(28, 6)) as value
from marts.fct_deals as deals
cross join lateral (
    values ('deals', 1), ('spend_rc', deals.allocated_cost_spread_rc)
) as measures (measure, value)
where deals.is_lost
    and measures.value is not null
    and reports.is_asked(cast(date_trunc('month', deals.outcome_date) as date), month)
    and reports.is_asked(deals.lost_reason, lost_reason)
    and reports.is_asked(deals.stage, stage)
    and reports.is_asked(deals.manager_user_id, manager_user_id)
    and reports.is_asked(deals.source, source)
