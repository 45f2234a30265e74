{# An amount in the reporting currency: rounded half away from zero per row, NULL without a rate;
   the reporting currency itself is 1 (D-28). #}
{% macro convert(amount, currency, rate) -%}
    cast(
        round(
            {{ amount }} * case
                when {{ currency }} = {{ session_value('currency') }} then cast(1 as decimal(20, 12))
                else {{ rate }}
            end,
            2
        ) as decimal(18, 2)
    )
{%- endmacro %}

{# Is an amount given in a currency whose rate is unknown? #}
{% macro lacks_rate(amount, currency, rate) -%}
    (
        {{ amount }} is not null
        and {{ currency }} is not null
        and {{ currency }} <> {{ session_value('currency') }}
        and {{ rate }} is null
    )
{%- endmacro %}
