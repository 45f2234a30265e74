{# Rows of a relation with one row per whole number from first to last (both inclusive). #}
{% macro each_number(relation, first, last, name, keep) -%}
    {{ return(adapter.dispatch('each_number', 'leadhouse')(relation, first, last, name, keep)) }}
{%- endmacro %}

{% macro default__each_number(relation, first, last, name, keep) -%}
    select
        {{ keep | join(', ') }},
        unnest(generate_series({{ first }}, {{ last }})) as {{ name }}
    from {{ relation }}
{%- endmacro %}

{% macro spark__each_number(relation, first, last, name, keep) -%}
    select
        {{ keep | join(', ') }},
        explode(sequence({{ first }}, {{ last }})) as {{ name }}
    from {{ relation }}
{%- endmacro %}
