-- grain: one row per user of any source
with files as (
    select * from {{ ref('stg_users') }}
)

select
    user_id,
    name,
    role,
    team,
    is_active,
    source_system
from files
