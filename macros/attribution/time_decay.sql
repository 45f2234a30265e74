{# Half the credit for every half_life_days that a touch is older. Counted from the latest touch, so that
   weights of long ago do not all become 0. #}
{% macro attribution_family__time_decay() -%}
    {{ attribution_share(
        'power(cast(2 as double), ' ~ ratio('latest_days_before - days_before', 'half_life_days') ~ ')'
    ) }}
{%- endmacro %}
