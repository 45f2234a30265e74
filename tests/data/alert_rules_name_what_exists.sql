-- Detects: a metric, table, column, threshold or number of weeks in alert_rules that is none.
-- Usually means: a spelling in the seed.
-- A returned row is: one value of one rule.
{{ config(tags=['configuration'], meta={'dagster': {'ref': {'name': 'alert_rules'}}}) }}
with rules as (
    select * from {{ ref('alert_rules') }}
),

metrics as (
    {%- for metric in published_metrics() %}
    select '{{ metric.metric }}' as metric
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

tables as (
    {%- for table, columns in published_columns().items() %}
    select
        '{{ table }}' as table_name,
        ',{{ columns | join(",") }},' as column_names
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

named as (
    select
        rules.*,
        metrics.metric is not null as is_metric,
        tables.column_names
    from rules
    left join metrics on rules.metric = metrics.metric
    left join tables on rules.table_name = tables.table_name
),

problems as (
    select
        rule,
        'metric' as column_name,
        metric as value,
        'which is not in dim_metrics' as what
    from named
    where metric is not null and not is_metric

    union all

    select
        rule,
        'table_name' as column_name,
        table_name as value,
        'which is not a published table such as reports.rpt_calls' as what
    from named
    where table_name is not null and column_names is null

    union all

    select
        rule,
        'column_name' as column_name,
        column_name as value,
        'which is not a column of ' || table_name as what
    from named
    where
        column_names is not null
        and position(',' || coalesce(column_name, '') || ',' in column_names) = 0

    union all

    select
        rule,
        'metric' as column_name,
        metric as value,
        'and table_name is ' || coalesce(table_name, 'empty') || '; give one of the two' as what
    from named
    where (metric is null) = (table_name is null)

    union all

    select
        rule,
        'threshold' as column_name,
        threshold as value,
        'which is not a number' as what
    from named
    where threshold is not null and try_cast(threshold as double) is null

    union all

    select
        rule,
        'weeks' as column_name,
        weeks as value,
        'which is not a whole number of weeks' as what
    from named
    where
        weeks is not null
        and not coalesce(try_cast(weeks as int) > 0 and position('.' in weeks) = 0, false)
)

select
    'seeds/alert_rules.csv: the ' || column_name || ' of ' || rule || ' is '
    || coalesce(value, 'empty') || ', ' || what || '; correct its row.' as problem
from problems
