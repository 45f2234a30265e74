{# The one rule of every label of a source, wherever it stands: the rows of a relation with
   canonical_source, canonical_medium, canonical_campaign, canonical_keyword and is_labelled (does it
   name a source that is not direct, or a medium?). Source and medium without blanks around them and in
   lower case, without what the seed empty_labels lists; then the first matching row of source_rules
   names both, else (or where the rule says =) they stay as they are. Campaign and keyword keep their case. The arguments are
   columns of the relation: click_ids holds the names of the click ids beside the label, separated by
   blanks; a rule that asks for a referrer needs referrer_host. #}
{% macro canonical_labels(
    relation,
    source='source',
    medium='medium',
    campaign='campaign',
    keyword=none,
    click_ids=none,
    referrer_host=none
) -%}
    {%- set nothing = 'cast(null as string)' -%}
    select
        written.*,
        named.is_labelled,
        named.canonical_source,
        named.canonical_medium,
        {%- for part, column in [('campaign', campaign), ('keyword', keyword)] %}
        {%- if column %}
        case
            when not coalesce({{ to_boolean('empty_' ~ part ~ 's.in_campaigns') }}, false)
                then nullif(trim(written.{{ column }}), '')
        end as canonical_{{ part }}
        {%- else %}
        {{ nothing }} as canonical_{{ part }}
        {%- endif %}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }} as written
    -- Rules are matched once per writing, not once per row.
    inner join (
        select
            plain.written_source,
            plain.written_medium,
            plain.click_ids,
            plain.referrer_host,
            coalesce(plain.source, 'direct') <> 'direct' or plain.medium is not null
                as is_labelled,
            case when coalesce(rules.source, '=') = '=' then plain.source else rules.source end
                as canonical_source,
            case
                when coalesce(rules.source, '=') = '=' then plain.medium
                else rules.medium
            end as canonical_medium
        from (
            select
                labels.written_source,
                labels.written_medium,
                labels.click_ids,
                labels.referrer_host,
                case
                    when sources.label is null then nullif(lower(trim(labels.written_source)), '')
                    when sources.meaning = 'direct' then 'direct'
                end as source,
                case
                    when media.label is null then nullif(lower(trim(labels.written_medium)), '')
                end as medium
            from (
                select distinct
                    {{ source }} as written_source,
                    {{ medium }} as written_medium,
                    {{ click_ids or nothing }} as click_ids,
                    {{ referrer_host or nothing }} as referrer_host
                from {{ relation }}
            ) as labels
            left join {{ ref('empty_labels') }} as sources
                on lower(trim(labels.written_source)) = lower(sources.label)
            left join {{ ref('empty_labels') }} as media
                on lower(trim(labels.written_medium)) = lower(media.label)
        ) as plain
        left join {{ ref('source_rules') }} as rules
            on {{ matches('plain.source', 'rules.utm_source') }}
            and {{ matches('plain.medium', 'rules.utm_medium') }}
            and {{ matches('plain.referrer_host', 'rules.referrer_domain') }}
            and (
                rules.click_id is null
                {%- for name in click_id_names() %}
                or (' ' || plain.click_ids || ' ' like '% {{ name }} %'
                    and '{{ name }}' like lower(rules.click_id))
                {%- endfor %}
            )
            {%- if not referrer_host %}
            and coalesce(plain.source, plain.medium) is not null
            {%- endif %}
        qualify
            row_number() over (
                partition by
                    plain.written_source,
                    plain.written_medium,
                    plain.click_ids,
                    plain.referrer_host
                order by rules.priority nulls last
            ) = 1
    ) as named
        on written.{{ source }} is not distinct from named.written_source
        and written.{{ medium }} is not distinct from named.written_medium
        {%- if click_ids %}
        and written.{{ click_ids }} is not distinct from named.click_ids
        {%- endif %}
        {%- if referrer_host %}
        and written.{{ referrer_host }} is not distinct from named.referrer_host
        {%- endif %}
    {%- for part, column in [('campaign', campaign), ('keyword', keyword)] if column %}
    left join {{ ref('empty_labels') }} as empty_{{ part }}s
        on lower(trim(written.{{ column }})) = lower(empty_{{ part }}s.label)
    {%- endfor %}
{%- endmacro %}

{# The click ids that a session or an ad platform may have. #}
{% macro click_id_names() -%}
    {{ return(['gclid', 'yclid', 'fbclid', 'msclkid', 'ttclid']) }}
{%- endmacro %}
