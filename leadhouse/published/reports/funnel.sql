-- How far the deals of a pipeline that were created from d1 to d2 got: a row for each stage in order, with
-- the share that reached it and the mean hours in it.
create macro reports.funnel(d1, d2, pipeline) as table
with deals as (
    select count(*) as deals_created
    from marts.fct_deals as deals
    where deals.pipeline = pipeline
        and deals.created_date between cast(d1 as date) and cast(d2 as date)
),

stages as (
    select
        steps.stage,
        steps.position,
        max(steps.stage_kind) as stage_kind,
        cast(sum(steps.deals_entered) as bigint) as deals_entered,
        cast(sum(steps.deals_reached) as bigint) as deals_reached,
        cast(sum(steps.deals_now) as bigint) as deals_now,
        cast(sum(steps.deals_lost_here) as bigint) as deals_lost_here,
        sum(steps.hours_in_stage_sum) as hours_in_stage_sum,
        cast(sum(steps.hours_in_stage_count) as bigint) as hours_in_stage_count
    from reports.rpt_funnel as steps
    where steps.pipeline = pipeline
        and steps.created_date between cast(d1 as date) and cast(d2 as date)
    group by steps.stage, steps.position
)

select
    stages.stage,
    stages.position,
    stages.stage_kind,
    deals.deals_created,
    stages.deals_entered,
    stages.deals_reached,
    cast(stages.deals_reached as double) / nullif(deals.deals_created, 0) as share_reached,
    stages.deals_now,
    stages.deals_lost_here,
    stages.hours_in_stage_sum / nullif(stages.hours_in_stage_count, 0) as hours_in_stage_mean,
    stages.hours_in_stage_count
from stages
cross join deals
order by stages.position nulls last, stages.stage
