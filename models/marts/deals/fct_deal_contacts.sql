-- grain: one row per deal and contact that takes part in it
with deals as (
    select
        deal_id,
        contact_id,
        surviving_contact_id
    from {{ ref('int_deals_linked') }}
),

on_cards as (
    {{ each_part('deals', ids_of('contact_id'), 'contact_id', ['deal_id']) }}
),

named as (
    select
        deal_id,
        contact_id
    from on_cards
    where contact_id <> ''

    union

    select
        deal_id,
        contact_id
    from {{ ref('stg_deal_contacts') }}
),

survivors as (
    select * from {{ ref('int_contact_survivors_resolved') }}
),

persons as (
    select * from {{ ref('int_persons_resolved') }}
),

participants as (
    select distinct
        deals.deal_id,
        coalesce(survivors.surviving_contact_id, named.contact_id) as contact_id,
        deals.surviving_contact_id as main_contact_id
    from named
    inner join deals on named.deal_id = deals.deal_id
    left join survivors on named.contact_id = survivors.contact_id
)

select
    participants.deal_id,
    participants.contact_id,
    persons.person_id,
    coalesce(participants.contact_id = participants.main_contact_id, false) as is_main
from participants
left join persons on participants.contact_id = persons.contact_id
