-- grain: one row per deal, with the contact and person it belongs to: the contact on its card, the
-- first of several, else its primary contact (D-29)
with deals as (
    select * from {{ ref('int_deals_decided') }}
),

labelled as (
    {{ canonical_labels('deals', keyword='term') }}
),

primary_contacts as (
    select
        deal_id,
        min(contact_id) as contact_id
    from {{ ref('stg_deal_contacts') }}
    where is_primary
    group by deal_id
),

survivors as (
    select * from {{ ref('int_contact_survivors_resolved') }}
),

persons as (
    select * from {{ ref('int_persons_resolved') }}
),

carded as (
    select
        labelled.*,
        coalesce({{ first_id_of('labelled.contact_id') }}, primary_contacts.contact_id)
            as card_contact_id
    from labelled
    left join primary_contacts on labelled.deal_id = primary_contacts.deal_id
),

linked as (
    select
        carded.*,
        coalesce(survivors.surviving_contact_id, carded.card_contact_id) as surviving_contact_id
    from carded
    left join survivors on carded.card_contact_id = survivors.contact_id
),

final as (
    select
        linked.*,
        persons.person_id,
        {{ ordered_at('linked.created_at', 'linked.created_at_is_day') }} as ordered_at
    from linked
    left join persons on linked.surviving_contact_id = persons.contact_id
)

select * from final
