{# Was anything of this ever delivered: a row of a relation, or a value in one of its columns? What was
   never delivered measures nothing, which is NULL and not 0. #}
{% macro is_measured(relation, column='*') -%}
    (select count({{ column }}) > 0 from {{ relation }})
{%- endmacro %}

{# A count or sum where its facts were ever delivered, 0 for none of them; else NULL. #}
{% macro if_measured(value, relation, column='*', type='bigint') -%}
    case
        when {{ is_measured(relation, column) }} then cast(coalesce({{ value }}, 0) as {{ type }})
    end
{%- endmacro %}
