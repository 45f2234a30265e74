{# Does a value match a rule's case-blind LIKE pattern? An empty pattern matches anything. #}
{% macro matches(value, pattern) -%}
    ({{ pattern }} is null or coalesce(lower({{ value }}) like lower({{ pattern }}), false))
{%- endmacro %}

{# A source that names somebody: neither empty nor one of the members for "cannot be told". #}
{% macro is_known_source(source) -%}
    ({{ source }} is not null and {{ source }} not in ('(none)', '(unknown)'))
{%- endmacro %}

{# A card that says the client came without any source, in whatever writing. #}
{% macro is_direct_source(source) %}lower(trim({{ source }})) = 'direct'{% endmacro %}
