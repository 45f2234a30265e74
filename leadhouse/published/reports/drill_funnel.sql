-- The deals behind a cell of rpt_funnel, by measure. NULL asks for any.
create macro reports.drill_funnel(
    created_date := null, pipeline := null, stage := null, owner_user_id := null, source := null
) as table
select
    measures.measure,
    'marts.fct_deals' as table_name,
    steps.deal_id as key,
    cast(measures.value as decimal(28, 6)) as value
from marts.fct_deal_steps as steps
cross join lateral (
    values
    ('deals_entered', cast(steps.is_entered as bigint)),
    ('deals_reached', cast(steps.is_reached as bigint)),
    ('deals_now', cast(steps.is_now as bigint)),
    ('deals_lost_here', cast(steps.is_lost_here as bigint)),
    ('hours_in_stage_count', steps.stays_count)
) as measures (measure, value)
where measures.value > 0
    and reports.is_asked(steps.created_date, created_date)
    and reports.is_asked(steps.pipeline, pipeline)
    and reports.is_asked(steps.stage, stage)
    and reports.is_asked(steps.owner_user_id, owner_user_id)
    and reports.is_asked(steps.source, source)
