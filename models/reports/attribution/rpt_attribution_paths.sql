-- grain: one row per conversion type and path of channels
with journeys as (
    select * from {{ ref('fct_journeys') }}
)

select
    conversion_type,
    path,
    count(*) as conversions,
    cast(sum(value_rc) as decimal(18, 2)) as value_rc,
    {{ percentile('days_since_first_touch', 0.5) }} as days_p50,
    {{ ratio('sum(touches)', 'count(*)') }} as touches_mean,
    cast(sum(touches) as bigint) as touches
from journeys
group by conversion_type, path
