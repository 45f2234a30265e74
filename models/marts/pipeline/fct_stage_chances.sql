-- grain: one row per day of a forecast, pipeline and stage
with dates as (
    select * from {{ ref('dim_forecast_dates') }}
),

deals as (
    select * from {{ ref('fct_deals') }}
),

pipeline_stages as (
    select * from {{ ref('dim_pipeline_stages') }}
),

visits as (
    select
        deal_id,
        pipeline,
        stage,
        min({{ local_date('entered_at') }}) as entered_date
    from {{ ref('fct_deal_stages') }}
    group by deal_id, pipeline, stage
),

decided as (
    select
        visits.pipeline,
        visits.stage,
        deals.outcome_date,
        greatest(
            deals.outcome_date, coalesce(visits.entered_date, deals.outcome_date)
        ) as known_date,
        count(*) filter (where deals.is_won) as won,
        count(*) as decided
    from deals
    inner join visits on deals.deal_id = visits.deal_id
    where deals.outcome_date is not null
    group by
        visits.pipeline,
        visits.stage,
        deals.outcome_date,
        greatest(deals.outcome_date, coalesce(visits.entered_date, deals.outcome_date))
),

stages as (
    select
        pipeline,
        stage
    from {{ ref('fct_deal_days') }}

    union

    select
        pipeline,
        coalesce(stage, '(none)') as stage
    from deals
),

histories as (
    select
        dates.forecast_date,
        decided.pipeline,
        decided.stage,
        sum(decided.won) as won,
        sum(decided.decided) as decided
    from dates
    inner join decided
        on decided.known_date < dates.forecast_date
        and decided.outcome_date >= {{ add_days('dates.forecast_date', -365) }}
    group by dates.forecast_date, decided.pipeline, decided.stage
),

-- With no deal decided from the stage nothing speaks for or against: one half.
final as (
    select
        dates.forecast_date,
        dates.is_today,
        stages.pipeline,
        stages.stage,
        coalesce(
            pipeline_stages.probability,
            cast(
                {{ ratio('coalesce(histories.won, 0) + 1', 'coalesce(histories.decided, 0) + 2') }}
                as decimal(20, 12)
            )
        ) as probability
    from dates
    cross join stages
    left join pipeline_stages
        on stages.pipeline = pipeline_stages.pipeline
        and stages.stage = pipeline_stages.stage
    left join histories
        on dates.forecast_date = histories.forecast_date
        and stages.pipeline = histories.pipeline
        and stages.stage = histories.stage
)

select
    forecast_date,
    is_today,
    pipeline,
    stage,
    probability
from final
