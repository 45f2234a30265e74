-- grain: one row per deal with who answers for it: its owner at closing by the delivered versions,
-- else its owner now (DJ-20); and the team that this manager was on at the outcome. The closing of
-- an open deal is a plan, and nobody has closed it
with deals as (
    select
        deal_id,
        owner_user_id,
        status,
        created_at,
        case
            when status <> 'open' then {{ ordered_at('closed_at', 'closed_at_is_day') }}
        end as closed_at
    from {{ ref('int_deals_linked') }}
),

versions as (
    select * from {{ ref('stg_deal_versions') }}
),

users as (
    select * from {{ ref('stg_users') }}
),

user_spans as (
    select * from {{ ref('int_user_spans_dated') }}
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
        deals.owner_user_id,
        case
            when deals.status in ('won', 'lost') then coalesce(deals.closed_at, deals.created_at)
            else {{ as_of() }}
        end as answered_at,
        coalesce(owners_at_closing.owner_user_id, deals.owner_user_id) as manager_user_id
    from deals
    left join owners_at_closing on deals.deal_id = owners_at_closing.deal_id
),

final as (
    select
        managed.deal_id,
        managed.manager_user_id,
        managers.name as manager_name,
        user_spans.team,
        owners.name as owner_name
    from managed
    left join users as managers on managed.manager_user_id = managers.user_id
    left join users as owners on managed.owner_user_id = owners.user_id
    left join user_spans
        on managed.manager_user_id = user_spans.user_id
        and {{ holds_at('user_spans', 'managed.answered_at') }}
)

select * from final
