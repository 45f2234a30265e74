-- grain: one row per surviving contact that has a record, with the person it belongs to: contacts
-- that share an e-mail or phone, directly or through others, never by name (D-37)
with surviving_records as (
    select
        contact_id,
        contact_no
    from {{ ref('int_contacts_survived') }}
    where contact_no is not null
),

components as (
    select * from (
        {{ connected_components(
            ref('int_identifier_links_bounded'), 'contact_no', "kind || ':' || identifier"
        ) }}
    )
),

final as (
    select
        surviving_records.contact_id,
        coalesce(earliest.contact_id, surviving_records.contact_id) as person_id
    from surviving_records
    left join components on surviving_records.contact_no = components.node
    left join surviving_records as earliest on components.component = earliest.contact_no
)

select * from final
