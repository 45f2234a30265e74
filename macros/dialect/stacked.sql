{# For each row of a relation so many `rows`, lists of SQL over its columns, under the names `columns`, beside
   the columns `keep`. #}
{% macro stacked(relation, keep, columns, rows) -%}
    {{ return(adapter.dispatch('stacked', 'leadhouse')(relation, keep, columns, rows)) }}
{%- endmacro %}

{% macro default__stacked(relation, keep, columns, rows) -%}
    {%- for row in rows %}
    select
        {{ keep | join(', ') }},
        {%- for column in columns %}
        {{ row[loop.index0] }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
{%- endmacro %}

{# Spark would compute the relation as often. #}
{% macro spark__stacked(relation, keep, columns, rows) -%}
    select
        {{ keep | join(', ') }},
        stack({{ rows | length }}
            {%- for row in rows %}, {{ row | join(', ') }}{% endfor -%}
        ) as ({{ columns | join(', ') }})
    from {{ relation }}
{%- endmacro %}
