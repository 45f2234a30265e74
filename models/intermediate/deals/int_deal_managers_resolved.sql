-- grain: one row per deal with who answers for it: its owner at closing by the delivered versions,
-- else its owner now (DJ-20)
with deals as (
    select
        deal_id,
        owner_user_id,
        closed_at
    from {{ ref('int_deals_linked') }}
),

versions as (
    select * from {{ ref('stg_deal_versions') }}
),

users as (
    select * from {{ ref('stg_users') }}
),

owners_at_closing as (
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
),

managed as (
    select
        deals.deal_id,
        coalesce(owners_at_closing.owner_user_id, deals.owner_user_id) as manager_user_id
    from deals
    left join owners_at_closing on deals.deal_id = owners_at_closing.deal_id
),

final as (
    select
        managed.deal_id,
        managed.manager_user_id,
        users.name as manager_name,
        users.team
    from managed
    left join users on managed.manager_user_id = users.user_id
)

select * from final
