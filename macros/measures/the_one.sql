{# What all rows of a group say: `(several)` where they differ, NULL where none says anything. #}
{% macro the_one(column) -%}
    case
        when count({{ column }}) = 0 then null
        when count({{ column }}) = count(*) and min({{ column }}) = max({{ column }})
            then min({{ column }})
        else '(several)'
    end
{%- endmacro %}
