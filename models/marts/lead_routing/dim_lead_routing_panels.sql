-- grain: one row per active lead-routing panel (LR-11 to LR-20)
with panels as (
    select * from {{ ref('int_panels_configured') }}
),

users as (
    select * from {{ ref('stg_users') }}
),

sellers as (
    select
        panel_id,
        count(distinct user_id) as sellers_count
    from {{ ref('dim_lead_routing_panel_sellers') }}
    group by panel_id
),

source_rows as (
    select
        panel_id,
        source_tag,
        {{ json_of(['source_tag', 'source_label', 'source_priority']) }} as seed_row
    from (
        select
            panel_id,
            source_tag,
            coalesce(label, '') as source_label,
            coalesce(cast(priority as string), '') as source_priority
        from {{ ref('lead_routing_panel_sources') }}
    ) as texts
),

seller_rows as (
    select
        panel_id,
        user_id,
        valid_from,
        {{ json_of(['user_id', 'valid_from', 'valid_to']) }} as seed_row
    from (
        select
            panel_id,
            user_id,
            coalesce(cast(valid_from as string), '') as valid_from,
            coalesce(cast(valid_to as string), '') as valid_to
        from {{ ref('lead_routing_panel_sellers') }}
    ) as texts
),

source_settings as (
    select
        panel_id,
        {{ list_of('seed_row', 'source_tag') }} as seed_rows
    from source_rows
    group by panel_id
),

seller_settings as (
    select
        panel_id,
        {{ list_of('seed_row', 'user_id, valid_from') }} as seed_rows
    from seller_rows
    group by panel_id
),

-- By panel and configuration the first build before this one that was published with it.
publications as (
    select
        published_at,
        {{ members_of('panel_hashes') }} as panel_hash
    from {{ ref('stg_publications') }}
),

first_publications as (
    select
        panel_hash.key as panel_id,
        panel_hash.value as config_hash,
        min(publications.published_at) as first_published_at
    from publications
    group by panel_hash.key, panel_hash.value
),

-- Of the panel's rows in its three seeds, whatever their order there (LR-22).
settings as (
    select
        panels.panel_id,
        {{ json_of([
            'panels.panel_id', 'panels.panel_name', 'panels.handed_from_user_id',
            'panels.first_contact_tag', 'panels.pipeline', 'panels.cp1_stage',
            'panels.cp2_stage', 'panels.final_stage',
        ]) }}
        || coalesce(source_settings.seed_rows, '')
        || ';'
        || coalesce(seller_settings.seed_rows, '') as seed_rows
    from panels
    left join source_settings on panels.panel_id = source_settings.panel_id
    left join seller_settings on panels.panel_id = seller_settings.panel_id
)

select
    panels.panel_id,
    panels.panel_name,
    panels.handed_from_user_id,
    users.name as handed_from_name,
    panels.first_contact_tag,
    panels.pipeline,
    panels.cp1_stage,
    panels.cp2_stage,
    panels.final_stage,
    coalesce(sellers.sellers_count, 0) as sellers_count,
    {{ hash_of('settings.seed_rows') }} as config_hash,
    first_publications.first_published_at
from panels
inner join settings on panels.panel_id = settings.panel_id
left join users on panels.handed_from_user_id = users.user_id
left join sellers on panels.panel_id = sellers.panel_id
left join first_publications
    on panels.panel_id = first_publications.panel_id
    and {{ hash_of('settings.seed_rows') }} = first_publications.config_hash
