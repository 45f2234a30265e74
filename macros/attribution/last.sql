{# All the credit to the latest touch. #}
{% macro attribution_family__last() -%}
    case when position = touch_count then 1 else 0 end
{%- endmacro %}
