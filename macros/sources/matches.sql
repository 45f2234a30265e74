{# Does a value match a rule's case-insensitive LIKE pattern? An empty pattern matches anything. #}
{% macro matches(value, pattern) -%}
    ({{ pattern }} is null or coalesce(lower({{ value }}) like lower({{ pattern }}), false))
{%- endmacro %}
