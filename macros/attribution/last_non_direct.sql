{# All the credit to the latest touch that is not direct, or to the latest one when all are. #}
{% macro attribution_family__last_non_direct() -%}
    case when position = touch_count then 1 else 0 end
{%- endmacro %}
