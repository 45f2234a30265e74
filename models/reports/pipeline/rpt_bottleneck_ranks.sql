-- grain: one row per month of creation, pipeline and stage that a deal reached
with steps as (
    select
        *,
        {{ period_start('month', 'created_date') }} as created_month
    from {{ ref('fct_deal_steps') }}
    where is_reached and stage_kind is distinct from 'lost'
),

stages as (
    select
        created_month,
        pipeline,
        stage,
        stage_position,
        count(*) as reached,
        count(*) filter (where not is_passed) as dropped
    from steps
    group by created_month, pipeline, stage, stage_position
),

shares as (
    select
        *,
        {{ ratio('dropped', 'reached') }} as drop_share
    from stages
)

select
    created_month,
    pipeline,
    stage,
    stage_position,
    reached,
    dropped,
    drop_share,
    {{ wilson('low', 'dropped', 'reached') }} as drop_share_low,
    {{ wilson('high', 'dropped', 'reached') }} as drop_share_high,
    reached < {{ var('low_sample_below') }} as is_low_sample,
    cast(
        rank() over (
            partition by created_month, pipeline
            order by drop_share desc
        ) as bigint
    ) as rank
from shares
