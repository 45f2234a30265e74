-- grain: one row per deal of which contacts were delivered, with their surviving ids
with deal_contacts as (
    select * from {{ ref('stg_deal_contacts') }}
),

survivors as (
    select * from {{ ref('int_contact_survivors_resolved') }}
),

participants as (
    select distinct
        deal_contacts.deal_id,
        coalesce(survivors.surviving_contact_id, deal_contacts.contact_id) as contact_id
    from deal_contacts
    left join survivors on deal_contacts.contact_id = survivors.contact_id
)

select
    deal_id,
    {{ list_of('contact_id', 'contact_id', separator=';') }} as contact_ids
from participants
group by deal_id
