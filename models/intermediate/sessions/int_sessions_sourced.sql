-- grain: one row per session before as_of, with where it came from
with sessions as (
    select
        *,
        {{ url_host('referrer') }} as referrer_host
    from {{ ref('stg_sessions') }}
    where started_at < {{ as_of() }}
),

hosted as (
    select
        *,
        -- The landing page's host matters only beside a referrer's.
        case
            when referrer_host is null then null
            when coalesce(referrer_host <> {{ url_host('landing_page') }}, true)
                then referrer_host
        end as other_host
    from sessions
),

marked as (
    select
        *,
        coalesce(utm_source, utm_medium, utm_campaign, utm_content, utm_term) is null
        and coalesce(gclid, yclid, fbclid) is null
        and other_host is null as is_direct
    from hosted
),

-- Rules are matched once per way of arriving, not once per session.
arrivals as (
    select distinct
        utm_source,
        utm_medium,
        referrer_host,
        gclid is not null as has_gclid,
        yclid is not null as has_yclid,
        fbclid is not null as has_fbclid
    from marked
    where not is_direct
),

rules as (
    select * from {{ ref('source_rules') }}
),

matched as (
    select
        arrivals.*,
        rules.source,
        rules.medium
    from arrivals
    inner join rules
        on {{ matches('arrivals.utm_source', 'rules.utm_source') }}
        and {{ matches('arrivals.utm_medium', 'rules.utm_medium') }}
        and {{ matches('arrivals.referrer_host', 'rules.referrer_domain') }}
        and (
            rules.click_id is null
            or (arrivals.has_gclid and 'gclid' like lower(rules.click_id))
            or (arrivals.has_yclid and 'yclid' like lower(rules.click_id))
            or (arrivals.has_fbclid and 'fbclid' like lower(rules.click_id))
        )
    qualify
        row_number() over (
            partition by
                arrivals.utm_source,
                arrivals.utm_medium,
                arrivals.referrer_host,
                arrivals.has_gclid,
                arrivals.has_yclid,
                arrivals.has_fbclid
            order by rules.priority
        ) = 1
),

final as (
    select
        marked.session_id,
        marked.visitor_id,
        marked.started_at,
        marked.utm_source,
        marked.utm_medium,
        marked.utm_campaign,
        marked.utm_content,
        marked.utm_term,
        marked.gclid,
        marked.yclid,
        marked.fbclid,
        marked.referrer,
        marked.landing_page,
        marked.device,
        marked.country,
        marked.region,
        marked.is_direct,
        case
            when marked.is_direct then 'direct'
            when matched.source is not null then matched.source
            when marked.utm_source is not null then marked.utm_source
            when marked.other_host is not null then marked.other_host
            else '(unknown)'
        end as source,
        case
            when marked.is_direct then 'none'
            when matched.source is not null then matched.medium
            when marked.utm_source is not null then marked.utm_medium
            when marked.other_host is not null then 'referral'
        end as medium,
        marked.utm_campaign as campaign,
        marked.utm_term as keyword
    from marked
    left join matched
        on not marked.is_direct
        and marked.utm_source is not distinct from matched.utm_source
        and marked.utm_medium is not distinct from matched.utm_medium
        and marked.referrer_host is not distinct from matched.referrer_host
        and (marked.gclid is not null) = matched.has_gclid
        and (marked.yclid is not null) = matched.has_yclid
        and (marked.fbclid is not null) = matched.has_fbclid
)

select * from final
