-- grain: one row per e-mail or phone that identifies a contact: the earliest created one
with links as (
    select * from {{ ref('int_identifier_links_bounded') }}
),

-- The company's own numbers identify nobody (D-36).
own_numbers as (
    select distinct phone
    from {{ ref('int_tracking_numbers_normalised') }}
    where kind = 'own'
),

final as (
    select
        links.kind,
        links.identifier,
        links.contact_id,
        links.contact_no
    from links
    left join own_numbers
        on links.kind = 'phone'
        and links.identifier = own_numbers.phone
    where own_numbers.phone is null
    qualify
        row_number() over (
            partition by links.kind, links.identifier
            order by links.contact_no
        ) = 1
)

select * from final
