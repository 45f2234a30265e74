-- What is expected today of the months to come, by method, of a pipeline or an employee. low_rc and high_rc are
-- those of independent deals taken together; NULL where run_rate is asked of several rows of rpt_forecast.
create macro reports.forecast(pipeline := null, employee := null) as table
with forecasts as (
    select
        forecasts.*,
        forecasts.method = 'run_rate' as is_run_rate
    from reports.rpt_forecast as forecasts
    where reports.is_asked(forecasts.pipeline, pipeline)
        and reports.is_asked(forecasts.manager_user_id, employee)
),

sums as (
    select
        forecasts.month,
        forecasts.method,
        cast(sum(forecasts.deals_open) as bigint) as deals_open,
        cast(sum(forecasts.deals_without_amount) as bigint) as deals_without_amount,
        sum(forecasts.expected_deals) as expected_deals,
        cast(sum(forecasts.expected_rc) as decimal(18, 2)) as expected_rc,
        case
            when not forecasts.is_run_rate or count(*) = 1
                then sqrt(sum(forecasts.standard_deviation_rc * forecasts.standard_deviation_rc))
        end as standard_deviation_rc
    from forecasts
    group by forecasts.month, forecasts.method, forecasts.is_run_rate
),

won as (
    select
        sums.month,
        coalesce(sum(case when sums.method = 'won_plus_weighted' then sums.expected_rc end), 0)
        - coalesce(sum(case when sums.method = 'stage_weighted' then sums.expected_rc end), 0)
            as won_rc
    from sums
    group by sums.month
)

select
    sums.*,
    case
        when sums.expected_rc is not null and sums.standard_deviation_rc is not null
            then greatest(
                cast(sums.expected_rc as double) - 1.2816 * sums.standard_deviation_rc,
                case when sums.method = 'stage_weighted' then 0 else won.won_rc end
            )
    end as low_rc,
    case
        when sums.expected_rc is not null and sums.standard_deviation_rc is not null
            then greatest(
                cast(sums.expected_rc as double) + 1.2816 * sums.standard_deviation_rc,
                case when sums.method = 'stage_weighted' then 0 else won.won_rc end
            )
    end as high_rc
from sums
inner join won on sums.month = won.month
order by sums.month, sums.method
