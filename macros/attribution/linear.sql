{# The same credit to every touch. #}
{% macro attribution_family__linear() -%}
    1
{%- endmacro %}
