{# The seed fixed_rates with the bounds of an open span: landing reads no day before 1900 and none from
   2200 on. #}
{% macro fixed_rate_spans() -%}
    select
        upper(trim(currency)) as currency,
        rate,
        coalesce(valid_from, cast('1900-01-01' as date)) as first_day,
        coalesce(valid_to, cast('2199-12-31' as date)) as last_day
    from {{ ref('fixed_rates') }}
{%- endmacro %}
