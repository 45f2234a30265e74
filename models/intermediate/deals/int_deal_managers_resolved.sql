-- grain: one row per closed deal whose delivered versions name its owner at closing (DJ-20)
with deals as (
    select * from {{ ref('int_deals_linked') }}
    where closed_at is not null
),

versions as (
    select * from {{ ref('stg_deal_versions') }}
),

final as (
    select
        versions.deal_id,
        versions.owner_user_id
    from deals
    inner join versions
        on deals.deal_id = versions.deal_id
        and versions.version_at <= deals.closed_at
    qualify
        row_number() over (
            partition by versions.deal_id
            order by versions.version_at desc, {{ latest_first() }}
        ) = 1
)

select * from final
