-- Detects: a month, pipeline and owner whose opening and movements are not its closing, or whose
--   opening is not the closing of the month before (ST-40, ST-41).
-- Usually means: a movement that fct_pipeline_moves has on one side only.
-- A returned row is: one month of a pipeline and owner.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_pipeline_changes'}}}) }}
with changes as (
    select * from {{ ref('rpt_pipeline_changes') }}
),

summed as (
    select
        pipeline,
        owner_user_id,
        month,
        sum(case when movement = 'closing' then deals else 0 end) as closing,
        sum(case when movement = 'closing' then amount_rc else 0 end) as closing_rc,
        sum(case when movement <> 'closing' then deals else 0 end) as deals,
        sum(case when movement <> 'closing' then amount_rc else 0 end) as amount_rc,
        sum(case when movement not in ('opening', 'closing') then deals else 0 end) as moved,
        sum(case when movement not in ('opening', 'closing') then amount_rc else 0 end) as moved_rc
    from changes
    group by pipeline, owner_user_id, month
),

-- What was moved in all months so far is open now.
compared as (
    select
        *,
        sum(moved) over course as moved_so_far,
        sum(moved_rc) over course as moved_so_far_rc
    from summed
    window course as (
        partition by pipeline, owner_user_id
        order by month
    )
)

select
    'rpt_pipeline_changes: opening and movements of ' || cast(month as string) || ', pipeline '
    || pipeline || ', owner ' || owner_user_id || ' are ' || cast(deals as string)
    || ' deals with ' || cast(amount_rc as string) || ', closing has ' || cast(closing as string)
    || ' with ' || cast(closing_rc as string) || ': look for a movement with one side only in'
    || ' models/marts/pipeline/fct_pipeline_moves.sql.' as problem
from compared
where
    deals <> closing
    or amount_rc <> closing_rc
    or moved_so_far <> closing
    or moved_so_far_rc <> closing_rc
