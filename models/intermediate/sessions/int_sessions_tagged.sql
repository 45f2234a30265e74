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
    select
        *,
        {{ url_host('referrer') }} as referrer_host,
        {{ url_host('landing_page') }} as landing_host
    from {{ ref('stg_sessions') }}
    where started_at < {{ as_of() }}
),

-- The host of most landing pages is the company's own.
main_hosts as (
    select landing_host
    from sessions
    where landing_host is not null
    group by landing_host
    qualify row_number() over (order by count(*) desc, landing_host) = 1
),

referrer_hosts as (
    select distinct referrer_host from sessions
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
        {%- for name in tags %}
        {%- set written, inside = decoded(name), url_parameter('landing_page', [name]) %}
        coalesce({{ written }}, {{ inside }}) as {{ name }},
        {%- endfor %}
        {%- for name, parameters in click_ids.items() %}
        {%- set landed = name if name in landed_click_ids else 'null' %}
        {%- set inside = url_parameter('landing_page', parameters) %}
        coalesce({{ landed }}, {{ inside }}) as {{ name }},
        {%- endfor %}
        session_id
    from sessions
),

final as (
    select
        sessions.session_id,
        sessions.visitor_id,
        sessions.started_at,
        sessions.started_at_is_day,
        {%- for name in tags %}
        {%- if name == 'utm_source' %}
        -- The ad was tagged but its placeholder never filled in: the source is unknown.
        case when {{ is_unfilled('tagged.utm_source') }} then '(unknown)' else tagged.utm_source end
            as utm_source,
        {%- else %}
        case when not {{ is_unfilled('tagged.' ~ name) }} then tagged.{{ name }} end
            as {{ name }},
        {%- endif %}
        {%- endfor %}
        {%- for name in click_ids %}
        tagged.{{ name }},
        {%- endfor %}
        sessions.referrer,
        case
            when sessions.referrer_host = sessions.landing_host then null
            when own_referrers.referrer_host is null then sessions.referrer_host
        end as referrer_host,
        sessions.landing_page,
        sessions.device,
        sessions.country,
        sessions.region
    from sessions
    inner join tagged on sessions.session_id = tagged.session_id
    left join own_referrers on sessions.referrer_host = own_referrers.referrer_host
)

select * from final
