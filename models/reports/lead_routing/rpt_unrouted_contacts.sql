-- grain: one row per surviving contact that is in no active panel (LR-53)
with contacts as (
    select * from {{ ref('fct_unrouted_contacts') }}
),

users as (
    select * from {{ ref('dim_users') }}
)

select
    contacts.contact_id,
    contacts.created_date,
    contacts.owner_user_id,
    contacts.owner_name,
    users.team,
    contacts.source,
    contacts.is_deleted,
    contacts.reason
from contacts
left join users on contacts.owner_user_id = users.user_id
