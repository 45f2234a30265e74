-- grain: one row per rule that every build is held against (ST-48)
with alert_rules as (
    select * from {{ ref('alert_rules') }}
)

select
    rule,
    metric,
    table_name,
    column_name,
    filter,
    comparison,
    cast(coalesce(weeks, '1') as bigint) as weeks,
    cast(threshold as double) as threshold,
    severity,
    channel
from alert_rules
