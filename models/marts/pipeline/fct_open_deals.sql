-- grain: one row per deal that is open at as_of
with deals as (
    select * from {{ ref('fct_deals') }}
),

days as (
    select * from {{ ref('fct_deal_days') }}
    where until_day is null
),

visits as (
    select * from {{ ref('fct_deal_stages') }}
),

chances as (
    select * from {{ ref('fct_stage_chances') }}
    where is_today
),

-- Mass mail is no work on a deal.
activities as (
    select * from {{ ref('fct_activities') }}
    where not is_internal and activity <> 'campaign_email'
),

deal_activities as (
    select
        deal_id,
        max(occurred_at) as occurred_at
    from activities
    group by deal_id
),

person_activities as (
    select
        person_id,
        max(occurred_at) as occurred_at
    from activities
    group by person_id
),

won_stays as (
    select
        visits.pipeline,
        visits.stage,
        visits.deal_id,
        cast(
            sum({{ elapsed_micros('visits.entered_at', 'visits.left_at') }}) as double
        ) / 1000000 / 86400 as stay_days
    from visits
    inner join deals on visits.deal_id = deals.deal_id
    where deals.is_won and visits.left_at >= visits.entered_at
    group by visits.pipeline, visits.stage, visits.deal_id
),

won_stages as (
    select
        pipeline,
        stage,
        {{ percentile('stay_days', 0.9) }} as won_days_p90
    from won_stays
    group by pipeline, stage
),

standing as (
    select
        deals.*,
        days.pipeline as pipeline_now,
        days.stage as stage_now,
        chances.probability,
        won_stages.won_days_p90,
        greatest(deal_activities.occurred_at, person_activities.occurred_at) as last_activity_at
    from deals
    inner join days on deals.deal_id = days.deal_id
    inner join chances
        on days.pipeline = chances.pipeline
        and days.stage = chances.stage
    left join won_stages
        on days.pipeline = won_stages.pipeline
        and days.stage = won_stages.stage
    left join deal_activities on deals.deal_id = deal_activities.deal_id
    left join person_activities on deals.person_id = person_activities.person_id
    where deals.is_open
),

-- Without any activity a deal is untouched since it was created.
aged as (
    select
        *,
        case
            when {{ is_measured('activities') }}
                then {{ elapsed_days('greatest(created_at, last_activity_at)', as_of()) }}
        end as days_since_activity
    from standing
)

select
    deal_id,
    person_id,
    created_at,
    pipeline_now as pipeline,
    stage_now as stage,
    coalesce(owner_user_id, '(none)') as owner_user_id,
    owner_name,
    team,
    source,
    amount_rc,
    probability,
    cast(round(amount_rc * probability, 2) as decimal(18, 2)) as expected_rc,
    days_in_stage,
    won_days_p90,
    last_activity_at,
    days_since_activity,
    days_in_stage > won_days_p90 as is_slow,
    days_since_activity > {{ var('untouched_days') }} as is_untouched
from aged
