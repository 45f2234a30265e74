-- grain: one row per surviving contact that is in no active panel (LR-53)
with contacts as (
    select * from {{ ref('fct_unrouted_contacts') }}
)

select
    contact_id,
    created_date,
    owner_user_id,
    owner_name,
    source,
    is_deleted,
    reason
from contacts
