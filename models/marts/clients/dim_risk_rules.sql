-- grain: one row per sign by which a client is at risk
with risk_rules as (
    select * from {{ ref('risk_rules') }}
)

select
    rule,
    threshold
from risk_rules
where {{ to_boolean('is_active') }}
