-- grain: one row per first day of a month, month forecast on it, pipeline and method
with dates as (
    select forecast_date
    from {{ ref('dim_forecast_dates') }}
    where not is_today
),

deals as (
    select * from {{ ref('fct_deals') }}
),

pipelines as (
    select
        pipeline,
        min(created_date) as first_date
    from deals
    group by pipeline
),

forecasts as (
    select
        forecast_date,
        month,
        pipeline,
        method,
        -- A sum of doubles depends on its order.
        cast(sum(cast(expected_deals as decimal(38, 12))) as double) as deals,
        sum(expected_rc) as expected_rc
    from {{ ref('fct_forecasts') }}
    group by forecast_date, month, pipeline, method
),

won as (
    select
        {{ period_start('month', 'outcome_date') }} as month,
        pipeline,
        count(*) as deals,
        sum(revenue_rc) as revenue_rc
    from deals
    where is_won
    group by {{ period_start('month', 'outcome_date') }}, pipeline
),

-- Every method speaks of every pipeline that had a deal by then, if only to expect nothing.
asked as (
    {%- for n in [0, 1, 2] %}
    {%- for method in ['stage_weighted', 'run_rate', 'won_plus_weighted'] %}
    select
        dates.forecast_date,
        {{ period_start('month', add_days('dates.forecast_date', 31 * n)) }} as month,
        pipelines.pipeline,
        '{{ method }}' as method
    from dates
    inner join pipelines on dates.forecast_date > pipelines.first_date
    {%- if not (loop.last and n == 2) %}

    union all
    {% endif %}
    {%- endfor %}
    {%- endfor %}
),

-- What came of a month is known when it is over.
compared as (
    select
        asked.*,
        {{ period_start('month', add_days('asked.month', 31)) }} <= {{ as_of_date() }} as is_over,
        coalesce(forecasts.deals, 0) as forecast_deals,
        case
            when forecasts.method is null then 0 else forecasts.expected_rc
        end as forecast_rc,
        coalesce(won.deals, 0) as won_deals,
        case when won.month is null then 0 else won.revenue_rc end as won_rc
    from asked
    left join forecasts
        on asked.forecast_date = forecasts.forecast_date
        and asked.month = forecasts.month
        and asked.pipeline = forecasts.pipeline
        and asked.method = forecasts.method
    left join won
        on asked.month = won.month
        and asked.pipeline = won.pipeline
),

actual as (
    select
        *,
        case when is_over then won_deals end as actual_deals,
        case when is_over then won_rc end as actual_rc
    from compared
)

select
    forecast_date,
    month,
    pipeline,
    method,
    forecast_deals,
    cast(forecast_rc as decimal(18, 2)) as forecast_rc,
    cast(actual_deals as bigint) as actual_deals,
    cast(actual_rc as decimal(18, 2)) as actual_rc,
    {{ ratio('100 * (forecast_rc - actual_rc)', 'actual_rc') }} as error_pct
from actual
