{# Does a value match a rule's case-insensitive LIKE pattern? An empty pattern matches anything. #}
{% macro matches(value, pattern) -%}
    ({{ pattern }} is null or coalesce(lower({{ value }}) like lower({{ pattern }}), false))
{%- endmacro %}

{# Does a card say that the client came directly, however it is written? #}
{% macro is_direct_source(source) %}lower(trim({{ source }})) = 'direct'{% endmacro %}
