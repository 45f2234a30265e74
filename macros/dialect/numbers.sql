{# Rows of a relation with one row per whole number from first to last (both inclusive). #}
{% macro each_number(relation, first, last, name, keep) -%}
    {{ return(adapter.dispatch('each_number', 'leadhouse')(relation, first, last, name, keep)) }}
{%- endmacro %}

{% macro default__each_number(relation, first, last, name, keep) -%}
    select
        {{ keep | join(', ') }},
        unnest(generate_series({{ first }}, {{ last }})) as {{ name }}
    from {{ relation }}
{%- endmacro %}

{# Spark counts down where the last is the smaller number. #}
{% macro spark__each_number(relation, first, last, name, keep) -%}
    select
        {{ keep | join(', ') }},
        explode(
            case when {{ first }} <= {{ last }}
                then sequence(cast({{ first }} as bigint), cast({{ last }} as bigint))
            end
        ) as {{ name }}
    from {{ relation }}
{%- endmacro %}

{# How often one whole number of 0 or more goes wholly into another, exact to 38 digits. #}
{% macro whole_quotient(dividend, divisor) -%}
    {{ return(adapter.dispatch('whole_quotient', 'leadhouse')(dividend, divisor)) }}
{%- endmacro %}

{% macro default__whole_quotient(dividend, divisor) -%}
    cast(cast({{ dividend }} as hugeint) // cast({{ divisor }} as hugeint) as bigint)
{%- endmacro %}

{% macro spark__whole_quotient(dividend, divisor) -%}
    (cast({{ dividend }} as decimal(38, 0)) div cast({{ divisor }} as decimal(38, 0)))
{%- endmacro %}

{# The percentile of a column's values, between two of them by straight line; NULL without any. #}
{% macro percentile(column, share) -%}
    {{ return(adapter.dispatch('percentile', 'leadhouse')(column, share)) }}
{%- endmacro %}

{% macro default__percentile(column, share) %}quantile_cont({{ column }}, {{ share }}){% endmacro %}

{# Spark's own weighs the two values otherwise, and DuckDB rounds once where two roundings are usual (fma):
   the last digit shows both. #}
{% macro spark__percentile(column, share) -%}
    {%- set values = 'sort_array(collect_list(cast(' ~ column ~ ' as double)))' -%}
    {%- set place = '(cast(' ~ share ~ ' as double) * (count(' ~ column ~ ') - 1))' -%}
    {%- set below = 'get(' ~ values ~ ', cast(floor(' ~ place ~ ') as int))' -%}
    {%- set above = 'get(' ~ values ~ ', cast(ceil(' ~ place ~ ') as int))' -%}
    {%- set beyond = '(' ~ place ~ ' - floor(' ~ place ~ '))' -%}
    case
        when count({{ column }}) > 0
            then cast(java_method(
                'java.lang.Math', 'fma', {{ below }}, 1 - {{ beyond }}, {{ above }} * {{ beyond }}
            ) as double)
    end
{%- endmacro %}
