{# Adds the columns that the seed's meta calls optional, empty, where its file leaves them out. #}
{% macro completed_seed() -%}
    {%- if execute -%}
        {%- set present = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
        {%- for name in model.config.meta.get('optional', []) if name not in present -%}
            {%- do run_query(
                'alter table ' ~ this ~ ' add column ' ~ name ~ ' ' ~ model.config.column_types[name]
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{# Cleans every text of the seed that was just loaded, by the rule of landing: the session has it as the
   macro cleaned_text. The columns that the seed's meta calls words are read in any case. #}
{% macro cleaned_seed() %}{{ return(adapter.dispatch('cleaned_seed', 'leadhouse')()) }}{% endmacro %}

{% macro default__cleaned_seed() -%}
    {%- set texts, words = [], model.config.meta.get('words', []) -%}
    {%- if execute -%}
        {%- for column in adapter.get_columns_in_relation(this) if column.is_string() -%}
            {%- set text = 'cleaned_text(' ~ column.quoted ~ ')' -%}
            {%- set text = lower_case(text) if column.name in words else text -%}
            {%- do texts.append(column.quoted ~ ' = ' ~ text) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if texts -%}update {{ this }} set {{ texts | join(', ') }}{%- endif -%}
{%- endmacro %}

{# A table of Spark cannot be updated, so that another takes its place. Spark does not compose letters (NFC). #}
{% macro spark__cleaned_seed() -%}
    {%- set words, columns = model.config.meta.get('words', []), [] -%}
    {%- if execute -%}
        {%- for column in adapter.get_columns_in_relation(this) -%}
            {%- set text -%}
                nullif(trim(both ' \t\r\n\u000B\u000C' from translate(
                    {{ column.quoted }}, {{ session_value('odd_characters') }}, {{ session_value('plain_characters') }}
                )), '')
            {%- endset -%}
            {%- set text = lower_case(text) if column.name in words else text -%}
            {%- do columns.append((text if column.is_string() else column.quoted) ~ ' as ' ~ column.quoted) -%}
        {%- endfor -%}
        {%- set cleaned = this ~ '_cleaned' -%}
        {%- do run_query('drop table if exists ' ~ cleaned) -%}
        {%- do run_query('create table ' ~ cleaned ~ ' as select ' ~ columns | join(', ') ~ ' from ' ~ this) -%}
        {%- do run_query('drop table ' ~ this) -%}
        {%- do run_query('alter table ' ~ cleaned ~ ' rename to ' ~ this) -%}
    {%- endif -%}
{%- endmacro %}
