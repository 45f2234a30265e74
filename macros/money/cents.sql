{# An amount in whole cents. #}
{% macro to_cents(amount) %}cast({{ amount }} * 100 as bigint){% endmacro %}

{# Whole cents as an amount. #}
{% macro from_cents(cents) -%}
    cast(cast({{ cents }} as decimal(18, 0)) * cast(0.01 as decimal(3, 2)) as decimal(18, 2))
{%- endmacro %}

{# An amount in whole millionths, as spend is counted. #}
{% macro to_millionths(amount) %}cast({{ amount }} * 1000000 as bigint){% endmacro %}

{# Whole millionths as an amount. #}
{% macro from_millionths(millionths) -%}
    cast(
        cast({{ millionths }} as decimal(18, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(18, 6)
    )
{%- endmacro %}
