-- grain: one row per deal and stage that it entered, reached, is or was lost in
with deals as (
    select
        *,
        coalesce(owner_user_id, '(none)') as owner_or_none
    from {{ ref('fct_deals') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

listed_stages as (
    select
        pipeline,
        stage,
        position,
        stage_kind
    from {{ ref('dim_pipeline_stages') }}
),

visits as (
    select * from {{ ref('fct_deal_stages') }}
),

stages_met as (
    select
        pipeline,
        stage
    from deals
    where stage is not null

    union

    select
        pipeline,
        stage
    from visits
),

-- A stage that pipeline_stages does not list may have deals, but no position and no kind.
stages as (
    select * from listed_stages

    union all

    select
        stages_met.pipeline,
        stages_met.stage,
        cast(null as bigint) as position,
        cast(null as string) as stage_kind
    from stages_met
    left join listed_stages
        on stages_met.pipeline = listed_stages.pipeline
        and stages_met.stage = listed_stages.stage
    where listed_stages.stage is null
),

entries as (
    select
        deal_id,
        pipeline,
        stage,
        count(*) filter (where left_at >= entered_at) as hours_count,
        sum({{ elapsed_micros('entered_at', 'left_at') }}) filter (where left_at >= entered_at)
            as micros_sum
    from visits
    group by deal_id, pipeline, stage
),

-- The furthest open or won stage a deal entered decides which earlier ones it has reached.
furthest as (
    select
        entries.deal_id,
        entries.pipeline,
        max(stages.position) as position
    from entries
    inner join stages
        on entries.pipeline = stages.pipeline
        and entries.stage = stages.stage
    where stages.stage_kind in ('open', 'won')
    group by entries.deal_id, entries.pipeline
),

-- A lost deal was lost in the last stage of its pipeline it entered that is not itself a lost one;
-- of two at the same instant the later one, as fct_deal_stages orders them.
lost_in as (
    select
        visits.deal_id,
        visits.pipeline,
        visits.stage
    from visits
    left join stages
        on visits.pipeline = stages.pipeline
        and visits.stage = stages.stage
    where visits.stage_kind is distinct from 'lost'
    qualify
        row_number() over (
            partition by visits.deal_id, visits.pipeline
            order by
                {{ ordered_at('visits.entered_at', 'visits.entered_at_is_day') }} desc nulls last,
                case when stages.position is null then 1 else 0 end desc,
                stages.position desc nulls last,
                visits.stage desc
        ) = 1
),

-- A deal may have gone through another pipeline before its own.
courses as (
    select
        deal_id,
        pipeline
    from deals

    union

    select
        deal_id,
        pipeline
    from visits
),

crossed as (
    select
        deals.deal_id,
        deals.created_date,
        courses.pipeline,
        stages.stage,
        stages.position,
        stages.stage_kind,
        deals.owner_or_none,
        deals.owner_name,
        users.team,
        deals.source,
        entries.deal_id is not null as is_entered,
        case
            when entries.deal_id is not null then true
            when stages.stage_kind = 'lost' then false
            else coalesce(furthest.position > stages.position, false) or deals.is_won
        end as is_reached,
        coalesce(furthest.position > stages.position, false) or deals.is_won as is_passed,
        courses.pipeline = deals.pipeline
        and coalesce(deals.stage = stages.stage, false) as is_now,
        deals.is_lost
        and courses.pipeline = deals.pipeline
        and coalesce(lost_in.stage, deals.stage, '') = stages.stage as is_lost_here,
        entries.micros_sum,
        coalesce(entries.hours_count, 0) as hours_count
    from deals
    inner join courses on deals.deal_id = courses.deal_id
    inner join stages on courses.pipeline = stages.pipeline
    left join users on deals.owner_user_id = users.user_id
    left join entries
        on deals.deal_id = entries.deal_id
        and stages.pipeline = entries.pipeline
        and stages.stage = entries.stage
    left join furthest
        on deals.deal_id = furthest.deal_id
        and courses.pipeline = furthest.pipeline
    left join lost_in
        on deals.deal_id = lost_in.deal_id
        and courses.pipeline = lost_in.pipeline
)

select
    deal_id,
    created_date,
    pipeline,
    stage,
    position as stage_position,
    stage_kind,
    owner_or_none as owner_user_id,
    owner_name,
    team,
    source,
    is_entered,
    is_reached,
    is_passed,
    is_now,
    is_lost_here,
    cast(micros_sum as bigint) as stay_micros,
    cast(hours_count as bigint) as stays_count
from crossed
where is_entered or is_reached or is_now or is_lost_here
