{# The text in small letters, each by itself. #}
{% macro lower_case(text) %}{{ return(adapter.dispatch('lower_case', 'leadhouse')(text)) }}{% endmacro %}

{% macro default__lower_case(text) %}lower({{ text }}){% endmacro %}

{# Java makes two letters of one, and knows that a sigma ends its word. #}
{% macro spark__lower_case(text) %}lower(translate({{ text }}, 'İΣ', 'iσ')){% endmacro %}

{# The text with every match of a regular expression replaced; \1 in the replacement is its first group. #}
{% macro replace_pattern(text, pattern, replacement) -%}
    {{ return(adapter.dispatch('replace_pattern', 'leadhouse')(text, pattern, replacement)) }}
{%- endmacro %}

{% macro default__replace_pattern(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{% macro spark__replace_pattern(text, pattern, replacement) -%}
    regexp_replace(
        {{ text }}, '{{ pattern | replace("\\", "\\\\") }}', '{{ replacement | replace("\\", "$") }}'
    )
{%- endmacro %}

{# A pattern of what is neither a letter nor a digit of any alphabet. #}
{% macro not_letters_or_digits() %}[^\p{L}\p{N}]+{% endmacro %}

{# The first match of a regular expression in the text, empty without one. #}
{% macro first_match(text, pattern) -%}
    {{ return(adapter.dispatch('first_match', 'leadhouse')(text, pattern)) }}
{%- endmacro %}

{% macro default__first_match(text, pattern) -%}
    regexp_extract({{ text }}, '{{ pattern }}')
{%- endmacro %}

{% macro spark__first_match(text, pattern) -%}
    regexp_extract({{ text }}, '{{ pattern | replace("\\", "\\\\") }}', 0)
{%- endmacro %}

{# Every match of a regular expression in the text, a list. #}
{% macro matches_of(text, pattern) -%}
    {{ return(adapter.dispatch('matches_of', 'leadhouse')(text, pattern)) }}
{%- endmacro %}

{% macro default__matches_of(text, pattern) -%}
    regexp_extract_all({{ text }}, '{{ pattern }}')
{%- endmacro %}

{% macro spark__matches_of(text, pattern) -%}
    regexp_extract_all({{ text }}, '{{ pattern | replace("\\", "\\\\") }}', 0)
{%- endmacro %}

{# The parts of a text between semicolons, a list. #}
{% macro split_at_semicolons(text) -%}
    {{ return(adapter.dispatch('split_at_semicolons', 'leadhouse')(text)) }}
{%- endmacro %}

{% macro default__split_at_semicolons(text) %}string_split({{ text }}, ';'){% endmacro %}

{% macro spark__split_at_semicolons(text) %}split({{ text }}, ';'){% endmacro %}

{# Rows of a relation with one row per part of a list: the part as `name`, its place from 1 as `place`. #}
{% macro each_part(relation, parts, name, keep) -%}
    {{ return(adapter.dispatch('each_part', 'leadhouse')(relation, parts, name, keep)) }}
{%- endmacro %}

{% macro default__each_part(relation, parts, name, keep) -%}
    select
        {{ keep | join(', ') }},
        unnest(parts) as {{ name }},
        unnest(generate_series(1, len(parts))) as place
    from (select *, {{ parts }} as parts from {{ relation }}) as listed
{%- endmacro %}

{% macro spark__each_part(relation, parts, name, keep) -%}
    select
        {{ keep | join(', ') }},
        {{ name }},
        cast(index + 1 as bigint) as place
    from (
        select
            {{ keep | join(', ') }},
            posexplode({{ parts }}) as (index, {{ name }})
        from {{ relation }}
    ) as listed
{%- endmacro %}

{# Values of a group joined in the order given: list_of('deal_id', 'deal_id'). #}
{% macro list_of(text, order_by, separator=',') -%}
    {{ return(adapter.dispatch('list_of', 'leadhouse')(text, order_by, separator)) }}
{%- endmacro %}

{% macro default__list_of(text, order_by, separator) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{% macro spark__list_of(text, order_by, separator) -%}
    listagg({{ text }}, '{{ separator }}') within group (order by {{ order_by }})
{%- endmacro %}

{# A hash of a text without a key: it is no secret, and no personal value but where ad platforms ask for
   their hashes. #}
{% macro hash_of(text) %}{{ return(adapter.dispatch('hash_of', 'leadhouse')(text)) }}{% endmacro %}

{% macro default__hash_of(text) %}sha256({{ text }}){% endmacro %}

{% macro spark__hash_of(text) %}sha2({{ text }}, 256){% endmacro %}

{# A keyed hash of a personal value: a plain hash of a phone number can be enumerated. #}
{% macro keyed_hash(text) %}{{ return(adapter.dispatch('keyed_hash', 'leadhouse')(text)) }}{% endmacro %}

{% macro default__keyed_hash(text) -%}
    sha256({{ session_value('pii_key') }} || ':' || {{ text }})
{%- endmacro %}

{% macro spark__keyed_hash(text) -%}
    sha2({{ session_value('pii_key') }} || ':' || {{ text }}, 256)
{%- endmacro %}

{# The host of an address, lower case, without www.; NULL where the text names none. #}
{% macro url_host(address) %}{{ return(adapter.dispatch('url_host', 'leadhouse')(address)) }}{% endmacro %}

{% macro default__url_host(address) -%}
    nullif(
        regexp_extract(
            {{ lower_case('trim(' ~ address ~ ')') }},
            '^(?:(?:[a-z][a-z0-9+.-]*:)?//)?(?:www[.])?([^/?#:@ ]+[.][^/?#:@ ]+)',
            1
        ),
        ''
    )
{%- endmacro %}

{% macro spark__url_host(address) %}{{ leadhouse.default__url_host(address) }}{% endmacro %}

{# The ten smallest values of a group joined by commas; NULL without any. #}
{% macro smallest_keys(key) %}{{ return(adapter.dispatch('smallest_keys', 'leadhouse')(key)) }}{% endmacro %}

{% macro default__smallest_keys(key) %}array_to_string(min({{ key }}, 10), ','){% endmacro %}

{% macro spark__smallest_keys(key) -%}
    nullif(array_join(slice(sort_array(collect_list({{ key }})), 1, 10), ','), '')
{%- endmacro %}

{# A row for each member of a JSON object of texts, as a struct of key and value. #}
{% macro members_of(text) %}{{ return(adapter.dispatch('members_of', 'leadhouse')(text)) }}{% endmacro %}

{% macro default__members_of(text) -%}
    unnest(map_entries(cast(cast({{ text }} as json) as map(varchar, varchar))))
{%- endmacro %}

{% macro spark__members_of(text) -%}
    explode(map_entries(from_json({{ text }}, 'map<string, string>')))
{%- endmacro %}

{# Columns of texts as a JSON object. #}
{% macro json_of(columns) %}{{ return(adapter.dispatch('json_of', 'leadhouse')(columns)) }}{% endmacro %}

{% macro default__json_of(columns) -%}
    cast(json_object({% for column in columns %}'{{ column }}', {{ column }}{{ ', ' if not loop.last }}{% endfor %}) as varchar)
{%- endmacro %}

{% macro spark__json_of(columns) -%}
    to_json(
        named_struct({% for column in columns %}'{{ column }}', {{ column }}{{ ', ' if not loop.last }}{% endfor %}),
        map('ignoreNullFields', 'false')
    )
{%- endmacro %}

{# A text as SQL writes it; nothing is NULL. #}
{% macro text_literal(text) %}{{ return(adapter.dispatch('text_literal', 'leadhouse')(text)) }}{% endmacro %}

{% macro default__text_literal(text) -%}
    {% if text is none %}cast(null as string){% else %}'{{ text | replace("'", "''") }}'{% endif %}
{%- endmacro %}

{% macro spark__text_literal(text) -%}
    {% if text is none %}cast(null as string){% else -%}
    '{{ text | replace("\\", "\\\\") | replace("'", "\\'") }}'
    {%- endif %}
{%- endmacro %}
