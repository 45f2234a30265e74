-- grain: one row per contact and span of time in which one user was its main owner (LR-5)
with spans as (
    select * from {{ ref('int_contact_owners_spanned') }}
),

users as (
    select * from {{ ref('dim_users') }}
)

select
    spans.contact_id,
    spans.owner_user_id,
    users.user_name as owner_name,
    spans.ordered_from as owned_from,
    spans.ordered_to as owned_to,
    spans.from_main_account
from spans
left join users on spans.owner_user_id = users.user_id
