-- grain: one row per user and span of time in which its card said the same
with spans as (
    select * from {{ ref('int_user_spans_dated') }}
)

select
    user_id,
    valid_from,
    valid_to,
    name,
    role,
    team,
    is_active
from spans
