{# A column of a landed entity, cast as its contract says, with its default unless that is to come later.
   Landing has checked the same texts, so no cast can fail. #}
{% macro landed_value(contract, column, with_default=true) -%}
    {%- set type = contract.types[column] -%}
    {%- set value -%}
        {%- if type == 'timestamp' -%}{{ to_instant(column) }}
        {%- elif type == 'date' -%}{{ to_date(column) }}
        {%- elif type == 'integer' -%}{{ to_integer(column) }}
        {%- elif type == 'boolean' -%}{{ to_boolean(column) }}
        {%- elif type.startswith('decimal') -%}cast(trim({{ column }}) as {{ type }})
        {%- else -%}{{ column }}
        {%- endif -%}
    {%- endset -%}
    {%- set has_default = with_default and column in contract.defaults %}
    {{- 'coalesce(' ~ value ~ ', ' ~ contract.defaults[column] ~ ')' if has_default else value }}
{%- endmacro %}

{# The natural key of a landed entity as SQL over its raw text: one instant can be written in many ways. #}
{% macro natural_key(entity) -%}
    {%- set contract = landing_contract()[entity] -%}
    {%- set key = [] -%}
    {%- for column in contract.key -%}
        {%- do key.append(landed_value(contract, column)) -%}
    {%- endfor -%}
    {{ return(key) }}
{%- endmacro %}

{% macro to_date(column) %}cast(left(trim({{ column }}), 10) as date){% endmacro %}

{# Was a moment delivered as a day without a time? #}
{% macro is_day(column) %}(not contains({{ column }}, ':')){% endmacro %}

{% macro to_integer(column) %}cast(cast(trim({{ column }}) as decimal(38, 9)) as bigint){% endmacro %}

{% macro to_amount(column) %}cast(trim({{ column }}) as decimal(18, 2)){% endmacro %}

{% macro to_boolean(column) %}(lower(trim({{ column }})) in ('true', '1', 'yes')){% endmacro %}
