{# All the credit to the latest touch that is not direct, or to the latest one when all are. #}
{% macro attribution_family__last_non_direct() -%}
    case when position = last_non_direct_position then 1 else 0 end
{%- endmacro %}
