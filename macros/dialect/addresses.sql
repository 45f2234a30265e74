{# The value of the first of these parameters that an address has, decoded; NULL without one. #}
{% macro url_parameter(address, names) -%}
    {%- set pattern = '(?i)[?&#;](?:' ~ names | join('|') ~ ')=([^&#;]*)' -%}
    {{ return(decoded("replace(" ~ first_group(address, pattern) ~ ", '+', ' ')")) }}
{%- endmacro %}

{# The first group of a pattern's first match, empty without one. #}
{% macro first_group(text, pattern) -%}
    {{ return(adapter.dispatch('first_group', 'leadhouse')(text, pattern)) }}
{%- endmacro %}

{% macro default__first_group(text, pattern) %}regexp_extract({{ text }}, '{{ pattern }}', 1){% endmacro %}

{% macro spark__first_group(text, pattern) -%}
    regexp_extract({{ text }}, '{{ pattern | replace("\\", "\\\\") }}', 1)
{%- endmacro %}

{# A text with what an address writes as %20 and the like read; as it is where that is no text. #}
{% macro decoded(text) %}{{ return(adapter.dispatch('decoded', 'leadhouse')(text)) }}{% endmacro %}

{% macro default__decoded(text) -%}
    nullif(trim(coalesce(try(url_decode({{ text }})), {{ text }})), '')
{%- endmacro %}

{# What DuckDB's trim takes away is every kind of space, what Spark's does the plain one. #}
{% macro spark__decoded(text) -%}
    nullif(regexp_replace(
        coalesce(try_url_decode(replace({{ text }}, '+', '%2B')), {{ text }}),
        '^\\p{Zs}+|\\p{Zs}+$', ''
    ), '')
{%- endmacro %}

{# Is a tag the name of a value that nobody filled in, in braces, brackets, %, or two underscores? #}
{% macro is_unfilled(tag) -%}
    coalesce({{ first_match(tag, '[{][^{}]*[}]|^%.+%$|^\\[.+\\]$|^__.+__$') }} <> '', false)
{%- endmacro %}
