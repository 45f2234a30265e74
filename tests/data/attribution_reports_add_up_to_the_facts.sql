-- Detects: a month of rpt_attribution whose conversions, values or margins under a model are not
-- those of fct_attribution, or whose spend is not all of the month's; and paths that do not add up
-- to all conversions.
-- Usually means: a join of credit and spend that loses or doubles rows.
-- A returned row is: one month, model and conversion type, or one conversion type of the paths.
with kinds as (
    select distinct
        model_id,
        conversion_type
    from {{ ref('rpt_attribution') }}
),

sides as (
    select
        {{ period_start('month', 'conversion_date') }} as month,
        model_id,
        conversion_type,
        weight as conversions,
        value_rc,
        margin_rc,
        null as spend_rc,
        1 as sign
    from {{ ref('fct_attribution') }}

    union all

    select
        {{ period_start('month', 'spend.date_day') }} as month,
        kinds.model_id,
        kinds.conversion_type,
        null as conversions,
        null as value_rc,
        null as margin_rc,
        spend.cost_rc as spend_rc,
        1 as sign
    from {{ ref('fct_ad_spend') }} as spend
    cross join kinds

    union all

    select
        month,
        model_id,
        conversion_type,
        conversions,
        value_rc,
        margin_rc,
        spend_rc,
        -1 as sign
    from {{ ref('rpt_attribution') }}

    union all

    select
        null as month,
        '(paths)' as model_id,
        conversion_type,
        1 as conversions,
        value_rc,
        null as margin_rc,
        null as spend_rc,
        1 as sign
    from {{ ref('fct_journeys') }}

    union all

    select
        null as month,
        '(paths)' as model_id,
        conversion_type,
        conversions,
        value_rc,
        null as margin_rc,
        null as spend_rc,
        -1 as sign
    from {{ ref('rpt_attribution_paths') }}
),

differences as (
    select
        {%- for measure in ['conversions', 'value_rc', 'margin_rc', 'spend_rc'] %}
        coalesce(sum(sign * {{ measure }}), 0) as {{ measure }},
        {%- endfor %}
        month,
        model_id,
        conversion_type
    from sides
    group by month, model_id, conversion_type
)

select
    'Attribution, model ' || model_id || ', ' || conversion_type || ', '
    || coalesce(cast(month as string), 'all months') || ': the facts have '
    || cast(conversions as string) || ' conversions, ' || cast(value_rc as string) || ' of value, '
    || cast(margin_rc as string) || ' of margin and ' || cast(spend_rc as string)
    || ' of spend more than the report; look for a lost or doubled row in'
    || ' models/reports/attribution.'
        as problem
from differences
where conversions <> 0 or value_rc <> 0 or margin_rc <> 0 or spend_rc <> 0
{{ config(meta={'dagster': {'ref': {'name': 'rpt_attribution'}}}) }}
