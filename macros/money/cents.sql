{# An amount in whole cents. #}
{% macro to_cents(amount) %}cast({{ amount }} * 100 as bigint){% endmacro %}

{# Whole cents as an amount. #}
{% macro from_cents(cents) -%}
    cast(cast({{ cents }} as decimal(18, 0)) * cast(0.01 as decimal(3, 2)) as decimal(18, 2))
{%- endmacro %}
