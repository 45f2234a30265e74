-- grain: one row per CRM user (LR-4)
with users as (
    select * from {{ ref('int_users_unioned') }}
)

select
    user_id,
    name as user_name,
    role,
    team,
    is_active
from users
