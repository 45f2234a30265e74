-- grain: one row per deal created before as_of, with the contact and person it belongs to: the
-- contact on its card, else its primary contact (D-29)
with deals as (
    select * from {{ ref('stg_deals') }}
    where created_at < {{ as_of() }}
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
        deals.*,
        coalesce(deals.contact_id, primary_contacts.contact_id) as card_contact_id
    from deals
    left join primary_contacts on deals.deal_id = primary_contacts.deal_id
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
        linked.deal_id,
        linked.surviving_contact_id as contact_id,
        persons.person_id,
        linked.owner_user_id,
        linked.pipeline,
        linked.stage,
        linked.status,
        linked.product,
        linked.competitor,
        linked.lost_reason,
        linked.source as deal_source,
        linked.medium as deal_medium,
        linked.campaign as deal_campaign,
        linked.term as deal_term,
        linked.creation_method,
        linked.deal_url,
        linked.tags,
        linked.amount,
        linked.margin,
        linked.currency,
        linked.created_at,
        {{ local_date('linked.created_at') }} as created_date,
        linked.closed_at,
        {{ local_date('linked.closed_at') }} as closed_date,
        case
            when linked.status <> 'open'
                then
                    coalesce(
                        {{ local_date('linked.closed_at') }}, {{ local_date('linked.created_at') }}
                    )
        end as outcome_date
    from linked
    left join persons on linked.surviving_contact_id = persons.contact_id
)

select * from final
