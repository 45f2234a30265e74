-- Detects: reports of open deals that leave out or repeat one of fct_deals, and months of
--   rpt_forecast_accuracy whose won deals or revenue are not those of rpt_win_rates (ST-37, EE-36).
-- Usually means: a deal whose last span of fct_deal_spans, or latest row of fct_deal_days, does not
--   say what fct_deals says.
-- A returned row is: one report, or one month of a pipeline.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_forecast'}}}) }}
with deals as (
    select count(*) as deals_open
    from {{ ref('fct_deals') }}
    where is_open
),

reports as (
    {%- for report, deals_open, condition in [
        ('rpt_stage_ageing', 'sum(deals_open)', 'true'),
        ('rpt_forecast', 'sum(deals_open)', "method = 'stage_weighted'"),
        ('rpt_deals_to_work', 'count(*)', 'true'),
    ] %}
    select
        '{{ report }}' as report,
        coalesce({{ deals_open }}, 0) as deals_open
    from {{ ref(report) }}
    where {{ condition }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

won as (
    select
        month,
        member as pipeline,
        won as deals,
        won_rc
    from {{ ref('rpt_win_rates') }}
    where dimension = 'pipeline'
)

select
    reports.report || ': it has ' || cast(reports.deals_open as string) || ' open deals, fct_deals '
    || cast(deals.deals_open as string) || ': look at the deals that are open in one of them only.'
        as problem
from reports
cross join deals
where reports.deals_open <> deals.deals_open

union all

select
    'rpt_forecast_accuracy: ' || cast(accuracy.actual_deals as string) || ' deals with '
    || coalesce(cast(accuracy.actual_rc as string), 'no amount') || ' were won in '
    || cast(accuracy.month as string) || ' in pipeline ' || accuracy.pipeline
    || ', in rpt_win_rates ' || coalesce(cast(won.deals as string), 'none') || '.' as problem
from {{ ref('rpt_forecast_accuracy') }} as accuracy
left join won
    on accuracy.month = won.month
    and accuracy.pipeline = won.pipeline
where
    accuracy.actual_deals <> coalesce(won.deals, 0)
    or (
        accuracy.actual_deals > 0
        and accuracy.actual_rc is distinct from won.won_rc
    )
