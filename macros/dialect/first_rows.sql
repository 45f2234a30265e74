{# The first hundred of a table's rows that meet a condition, told by some columns, as text. #}
{% macro first_rows(columns, condition='true') %}
    {{- return(adapter.dispatch('first_rows', 'leadhouse')(columns | unique | list, condition)) -}}
{% endmacro %}

{% macro default__first_rows(columns, condition) -%}
cast(min({
    {%- for column in columns %}'{{ column }}': {{ column }}{{ ', ' if not loop.last }}{% endfor -%}
}, 100) filter (where {{ condition }}) as varchar)
{%- endmacro %}

{% macro spark__first_rows(columns, condition) -%}
cast(slice(
    array_sort(collect_list(struct({{ columns | join(', ') }})) filter (where {{ condition }})), 1, 100
) as string)
{%- endmacro %}
