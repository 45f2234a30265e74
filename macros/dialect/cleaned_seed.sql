{# Cleans every text of the seed that was just loaded, by the rule of landing: the session has it as the
   macro cleaned_text. A table of Spark cannot be updated; its seeds are taken as they are written. #}
{% macro cleaned_seed() %}{{ return(adapter.dispatch('cleaned_seed', 'leadhouse')()) }}{% endmacro %}

{% macro default__cleaned_seed() -%}
    {%- set texts = [] -%}
    {%- if execute -%}
        {%- for column in adapter.get_columns_in_relation(this) if column.is_string() -%}
            {%- do texts.append(column.quoted ~ ' = cleaned_text(' ~ column.quoted ~ ')') -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if texts -%}update {{ this }} set {{ texts | join(', ') }}{%- endif -%}
{%- endmacro %}

{% macro spark__cleaned_seed() %}{% endmacro %}
