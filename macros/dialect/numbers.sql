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

{# How often one whole number of 0 or more goes wholly into another, exact to 38 digits. #}
{% macro whole_quotient(dividend, divisor) -%}
    {{ return(adapter.dispatch('whole_quotient', 'leadhouse')(dividend, divisor)) }}
{%- endmacro %}

{% macro default__whole_quotient(dividend, divisor) -%}
    cast(cast({{ dividend }} as hugeint) // cast({{ divisor }} as hugeint) as bigint)
{%- endmacro %}

{% macro spark__whole_quotient(dividend, divisor) -%}
    (cast({{ dividend }} as decimal(38, 0)) div cast({{ divisor }} as decimal(38, 0)))
{%- endmacro %}

{# The percentile of a column's values, between two of them by straight line; NULL without any. #}
{% macro percentile(column, share) -%}
    {{ return(adapter.dispatch('percentile', 'leadhouse')(column, share)) }}
{%- endmacro %}

{% macro default__percentile(column, share) %}quantile_cont({{ column }}, {{ share }}){% endmacro %}

{% macro spark__percentile(column, share) %}percentile({{ column }}, {{ share }}){% endmacro %}
