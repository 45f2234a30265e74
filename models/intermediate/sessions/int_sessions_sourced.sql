-- grain: one row per session before as_of, with where it came from
with clicked as (
    select
        *,
        nullif(
            concat_ws(
                ' '{% for name in click_id_names() %},
                case when {{ name }} is not null then '{{ name }}' end{% endfor %}
            ),
            ''
        ) as click_ids
    from {{ ref('int_sessions_tagged') }}
),

labelled as (
    {{ canonical_labels(
        'clicked', source='utm_source', medium='utm_medium', campaign='utm_campaign',
        keyword='utm_term', click_ids='click_ids', referrer_host='referrer_host'
    ) }}
),

marked as (
    select
        *,
        not is_labelled
        and coalesce(canonical_campaign, utm_content, canonical_keyword) is null
        and click_ids is null
        and referrer_host is null as is_direct,
        -- A visit that is not direct came from somewhere, whatever its utm_source says.
        nullif(canonical_source, 'direct') as named_source
    from labelled
),

final as (
    select
        marked.session_id,
        marked.visitor_id,
        marked.started_at,
        marked.started_at_is_day,
        {{ ordered_at('marked.started_at', 'marked.started_at_is_day') }} as ordered_at,
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
            else coalesce(marked.named_source, marked.referrer_host, '(unknown)')
        end as source,
        case
            when marked.is_direct then 'none'
            when marked.named_source is not null then marked.canonical_medium
            when marked.referrer_host is not null then 'referral'
        end as medium,
        marked.canonical_campaign as campaign,
        marked.canonical_keyword as keyword
    from marked
)

select * from final
