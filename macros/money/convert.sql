{# An amount in the reporting currency: rounded half away from zero per row to the cent, or to so many
   places, NULL without a rate; the reporting currency itself is 1 (D-28). #}
{% macro convert(amount, currency, rate, places=2) -%}
    cast(
        round(
            {{ amount }} * case
                when {{ currency }} = {{ session_value('currency') }} then cast(1 as decimal(20, 12))
                else {{ rate }}
            end,
            {{ places }}
        ) as decimal(18, {{ places }})
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
