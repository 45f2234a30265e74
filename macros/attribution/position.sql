{# first_weight to the earliest touch, last_weight to the latest, the rest in equal parts to those
   between them; two touches share by first_weight and last_weight alone. #}
{% macro attribution_family__position() -%}
    case
        when touch_count = 1 then 1
        when touch_count = 2 and position = 1 then {{ attribution_share('first_weight') }}
        when touch_count = 2 then {{ attribution_share('last_weight') }}
        when position = 1 then {{ attribution_share('first_weight') }} * (touch_count - 2)
        when position = touch_count then {{ attribution_share('last_weight') }} * (touch_count - 2)
        else
            1000000000000
            - {{ attribution_share('first_weight') }} - {{ attribution_share('last_weight') }}
    end
{%- endmacro %}

{# A share from 0 to 1 in whole units of 1e-12. #}
{% macro attribution_share(share) -%}
    cast(round({{ share }} * 1000000000000) as bigint)
{%- endmacro %}
