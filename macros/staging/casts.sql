{# The casts of the landing contract (ingestion/contract.py checks the same texts before they land). #}
{% macro to_date(column) %}cast(left(trim({{ column }}), 10) as date){% endmacro %}

{% macro to_integer(column) %}cast(cast(trim({{ column }}) as decimal(38, 9)) as bigint){% endmacro %}

{% macro to_amount(column) %}cast(trim({{ column }}) as decimal(18, 2)){% endmacro %}

{% macro to_rate(column) %}cast(trim({{ column }}) as decimal(20, 12)){% endmacro %}

{% macro to_boolean(column, default=none) -%}
    {%- set value = "lower(trim(" ~ column ~ ")) in ('true', '1', 'yes')" -%}
    {{ value if default is none else "coalesce(" ~ value ~ ", " ~ default ~ ")" }}
{%- endmacro %}
