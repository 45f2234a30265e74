-- grain: one row per source and medium that anything came from (EE-21, D-23)
with channels as (
    select * from {{ ref('int_channels_assigned') }}
)

select
    source,
    medium,
    channel,
    demand_class,
    is_paid
from channels
