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

-- What came of the deals that entered a stage, and when both were known.
results as (
    select
        visits.pipeline,
        visits.stage,
        visits.entered_date,
        deals.is_won,
        deals.outcome_date,
        deals.closed_date,
        greatest(
            deals.outcome_date, coalesce(visits.entered_date, deals.outcome_date)
        ) as known_date
    from deals
    inner join visits on deals.deal_id = visits.deal_id
    where deals.outcome_date is not null
),

decided as (
    select
        pipeline,
        stage,
        outcome_date,
        known_date,
        count(*) filter (where is_won) as won,
        count(*) as decided
    from results
    group by pipeline, stage, outcome_date, known_date
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

paces as (
    select
        dates.forecast_date,
        results.pipeline,
        results.stage,
        {{ percentile(
            'greatest(' ~ calendar_days('results.entered_date', 'results.outcome_date') ~ ', 0)',
            0.5
        ) }} as days_to_win
    from dates
    inner join results
        on results.known_date < dates.forecast_date
        and results.outcome_date >= {{ add_days('dates.forecast_date', -365) }}
    -- A win without a closing date does not say how long it took.
    where
        results.is_won
        and results.entered_date is not null
        and results.closed_date is not null
    group by dates.forecast_date, results.pipeline, results.stage
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
        ) as probability,
        paces.days_to_win
    from dates
    cross join stages
    left join pipeline_stages
        on stages.pipeline = pipeline_stages.pipeline
        and stages.stage = pipeline_stages.stage
    left join histories
        on dates.forecast_date = histories.forecast_date
        and stages.pipeline = histories.pipeline
        and stages.stage = histories.stage
    left join paces
        on dates.forecast_date = paces.forecast_date
        and stages.pipeline = paces.pipeline
        and stages.stage = paces.stage
)

select
    forecast_date,
    is_today,
    pipeline,
    stage,
    probability,
    days_to_win
from final
