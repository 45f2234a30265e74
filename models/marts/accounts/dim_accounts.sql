-- grain: one row per account created before as_of, or at an unknown time
with accounts as (
    select * from {{ ref('stg_accounts') }}
    where created_at < {{ as_of() }} or created_at is null
),

users as (
    select * from {{ ref('dim_users') }}
)

select
    accounts.account_id,
    accounts.name,
    accounts.domain,
    accounts.industry,
    accounts.size,
    accounts.country,
    accounts.region,
    accounts.owner_user_id,
    users.user_name as owner_name,
    accounts.created_at,
    {{ local_date('accounts.created_at') }} as created_date,
    accounts.updated_at
from accounts
left join users on accounts.owner_user_id = users.user_id
