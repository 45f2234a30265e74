-- Detects: deals at a stage of rpt_bottlenecks that neither passed it nor dropped out, and stages
--   whose counts are not those of rpt_bottleneck_ranks or fct_deal_steps (TS-7, ST-19).
-- Usually means: a join of rpt_bottlenecks.sql that repeats or drops a step.
-- A returned row is: one month of creation, pipeline and stage.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_bottlenecks'}}}) }}
with bottlenecks as (
    select
        created_month,
        pipeline,
        stage,
        sum(reached) as reached,
        sum(passed) as passed,
        sum(dropped) as dropped,
        sum(dropped_lost + dropped_open) as dropped_either_way
    from {{ ref('rpt_bottlenecks') }}
    group by created_month, pipeline, stage
),

steps as (
    select
        {{ period_start('month', 'created_date') }} as created_month,
        pipeline,
        stage,
        count(*) as reached
    from {{ ref('fct_deal_steps') }}
    where is_reached and stage_kind is distinct from 'lost'
    group by {{ period_start('month', 'created_date') }}, pipeline, stage
),

ranks as (
    select * from {{ ref('rpt_bottleneck_ranks') }}
),

compared as (
    select
        steps.*,
        coalesce(bottlenecks.reached, 0) as in_bottlenecks,
        coalesce(ranks.reached, 0) as in_ranks,
        coalesce(bottlenecks.passed, 0) as passed,
        coalesce(bottlenecks.dropped, 0) as dropped,
        coalesce(bottlenecks.dropped_either_way, 0) as dropped_either_way,
        coalesce(ranks.dropped, 0) as dropped_in_ranks
    from steps
    left join bottlenecks
        on steps.created_month = bottlenecks.created_month
        and steps.pipeline = bottlenecks.pipeline
        and steps.stage = bottlenecks.stage
    left join ranks
        on steps.created_month = ranks.created_month
        and steps.pipeline = ranks.pipeline
        and steps.stage = ranks.stage
)

select
    'rpt_bottlenecks: of deals created in ' || cast(created_month as string) || ', '
    || cast(reached as string) || ' reached stage ' || stage || ' of pipeline ' || pipeline
    || '; the report has ' || cast(in_bottlenecks as string) || ', of which '
    || cast(passed as string) || ' passed and ' || cast(dropped as string)
    || ' dropped out, rpt_bottleneck_ranks has ' || cast(in_ranks as string) || '.' as problem
from compared
where
    reached <> in_bottlenecks
    or reached <> in_ranks
    or reached <> passed + dropped
    or dropped <> dropped_either_way
    or dropped <> dropped_in_ranks
