-- grain: one row per touch of a person
with touchpoints as (
    select * from {{ ref('int_touchpoints_unioned') }}
)

select
    person_id,
    touch_id,
    touch_type,
    occurred_at,
    source,
    medium,
    campaign,
    keyword,
    is_direct,
    session_id,
    call_id
from touchpoints
