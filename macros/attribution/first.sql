{# All the credit to the earliest touch. #}
{% macro attribution_family__first() -%}
    case when position = 1 then 1 else 0 end
{%- endmacro %}
