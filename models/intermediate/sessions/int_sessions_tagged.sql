-- grain: one row per session before as_of, with its tags, click ids and referrer as they are read:
-- what the export left out stands in the landing page's address
{%- set tags = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term'] %}
{%- set click_ids = {
    'gclid': ['gclid', 'wbraid', 'gbraid'],
    'yclid': ['yclid'],
    'fbclid': ['fbclid'],
    'msclkid': ['msclkid'],
    'ttclid': ['ttclid'],
} %}
{%- set landed_click_ids = ['gclid', 'yclid', 'fbclid'] %}
with sessions as (
    select * from {{ ref('stg_sessions') }}
    where started_at < {{ as_of() }}
),

-- An address is read once, however many sessions have it.
pages as (
    select
        {%- for name in tags %}
        {{ url_parameter('landing_page', [name]) }} as {{ name }},
        {%- endfor %}
        {%- for name, parameters in click_ids.items() %}
        {{ url_parameter('landing_page', parameters) }} as {{ name }},
        {%- endfor %}
        {{ url_host('landing_page') }} as landing_host,
        landing_page,
        sessions
    from (
        select
            landing_page,
            count(*) as sessions
        from sessions
        where landing_page is not null
        group by landing_page
    ) as landing_pages
),

-- The host of most landing pages is the company's own.
main_hosts as (
    select landing_host
    from (
        select
            landing_host,
            sum(sessions) as sessions
        from pages
        where landing_host is not null
        group by landing_host
    ) as landing_hosts
    qualify row_number() over (order by sessions desc, landing_host asc) = 1
),

referrers as (
    select
        referrer,
        {{ url_host('referrer') }} as referrer_host
    from (
        select distinct referrer from sessions
        where referrer is not null
    ) as referring_pages
),

referrer_hosts as (
    select distinct referrer_host from referrers
    where referrer_host is not null
),

-- Coming back from a payment page or a host of one's own says nothing about where a visit began.
own_referrers as (
    select referrer_hosts.referrer_host
    from referrer_hosts
    inner join main_hosts
        on referrer_hosts.referrer_host = main_hosts.landing_host
        or referrer_hosts.referrer_host like '%.' || main_hosts.landing_host

    union

    select referrer_hosts.referrer_host
    from referrer_hosts
    inner join {{ ref('own_hosts') }} as own_hosts
        on referrer_hosts.referrer_host like lower(own_hosts.host)
        or referrer_hosts.referrer_host like '%.' || lower(own_hosts.host)
),

tagged as (
    select
        sessions.session_id,
        sessions.visitor_id,
        sessions.started_at,
        sessions.started_at_is_day,
        {%- for name in tags %}
        coalesce({{ decoded('sessions.' ~ name) }}, pages.{{ name }}) as {{ name }},
        {%- endfor %}
        {%- for name in click_ids %}
        {%- if name in landed_click_ids %}
        coalesce(sessions.{{ name }}, pages.{{ name }}) as {{ name }},
        {%- else %}
        pages.{{ name }},
        {%- endif %}
        {%- endfor %}
        sessions.referrer,
        case
            when referrers.referrer_host = pages.landing_host then null
            when own_referrers.referrer_host is null then referrers.referrer_host
        end as referrer_host,
        sessions.landing_page,
        sessions.device,
        sessions.country,
        sessions.region
    from sessions
    left join pages on sessions.landing_page = pages.landing_page
    left join referrers on sessions.referrer = referrers.referrer
    left join own_referrers on referrers.referrer_host = own_referrers.referrer_host
),

final as (
    select
        session_id,
        visitor_id,
        started_at,
        started_at_is_day,
        {%- for name in tags %}
        {%- if name == 'utm_source' %}
        -- The ad was tagged but its placeholder never filled in: the source is unknown.
        case when {{ is_unfilled('utm_source') }} then '(unknown)' else utm_source end
            as utm_source,
        {%- else %}
        case when not {{ is_unfilled(name) }} then {{ name }} end as {{ name }},
        {%- endif %}
        {%- endfor %}
        {%- for name in click_ids %}
        {{ name }},
        {%- endfor %}
        referrer,
        referrer_host,
        landing_page,
        device,
        country,
        region
    from tagged
)

select * from final
