{# Says in dbt's log how many rows the table or view has that was just built. Each is counted once more,
   which DuckDB does in no time; on Spark that would be a job for each model, and nobody reads it there. #}
{% macro rows_counted() %}{{ return(adapter.dispatch('rows_counted', 'leadhouse')()) }}{% endmacro %}

{% macro default__rows_counted() -%}
    {%- if execute -%}
        {%- do log('rows: ' ~ run_query('select count(*) from ' ~ this)[0][0], info=true) -%}
    {%- endif -%}
{%- endmacro %}

{% macro spark__rows_counted() %}{% endmacro %}
