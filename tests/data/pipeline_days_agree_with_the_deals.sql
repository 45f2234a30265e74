-- Detects: open deals of the last day of rpt_pipeline_daily that are not those of fct_deals or of
--   rpt_pipeline_changes, or deals created, won or lost that are not those of fct_deals (ST-40 to
--   ST-43).
-- Usually means: a span of fct_deal_spans that does not end as the deal did.
-- A returned row is: one total.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_pipeline_daily'}}}) }}
{%- set eve = add_days(as_of_date(), -1) %}
{%- set open_deals = '(is_open or outcome_date >= ' ~ as_of_date() ~ ')' %}
{%- set open_on_eve = "case when date_day = " ~ eve ~ ' then deals_open else 0 end' %}
with in_report as (
    select
        coalesce(sum({{ open_on_eve }}), 0) as deals_open,
        coalesce(sum(deals_created), 0) as deals_created,
        coalesce(sum(deals_won), 0) as deals_won,
        coalesce(sum(deals_lost), 0) as deals_lost
    from {{ ref('rpt_pipeline_daily') }}
),

in_deals as (
    select
        count(*) filter (where {{ open_deals }}) as deals_open,
        count(*) as deals_created,
        count(*) filter (where is_won and outcome_date < {{ as_of_date() }}) as deals_won,
        count(*) filter (where is_lost and outcome_date < {{ as_of_date() }}) as deals_lost
    from {{ ref('fct_deals') }}
    where created_date < {{ as_of_date() }}
),

in_changes as (
    select coalesce(sum(deals), 0) as deals_open
    from {{ ref('rpt_pipeline_changes') }}
    where movement = 'closing' and month = {{ period_start('month', eve) }}
),

compared as (
    {%- for total in ['deals_open', 'deals_created', 'deals_won', 'deals_lost'] %}
    select
        '{{ total }}' as total,
        in_report.{{ total }} as in_report,
        'fct_deals' as elsewhere,
        in_deals.{{ total }} as in_it
    from in_report
    cross join in_deals

    union all

    {% endfor %}
    select
        'deals_open' as total,
        in_report.deals_open as in_report,
        'rpt_pipeline_changes' as elsewhere,
        in_changes.deals_open as in_it
    from in_report
    cross join in_changes
)

select
    'rpt_pipeline_daily: ' || total || ' is ' || cast(in_report as string) || ', in ' || elsewhere
    || ' ' || cast(in_it as string) || ': look at the deal''s spans in'
    || ' models/marts/pipeline/fct_deal_spans.sql.' as problem
from compared
where in_report <> in_it
