-- grain: one row per CRM user (LR-4)
with users as (
    select * from {{ ref('stg_users') }}
)

select
    user_id,
    name as user_name,
    role,
    team,
    is_active
from users
