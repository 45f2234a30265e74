{# Says in dbt's log how many rows the table has that was just built, which DuckDB knows. A view would be
   evaluated for it; on Spark it would be a job for each model, and nobody reads it there. #}
{% macro rows_counted() %}{{ return(adapter.dispatch('rows_counted', 'leadhouse')()) }}{% endmacro %}

{% macro default__rows_counted() -%}
    {%- if execute and model.config.materialized != 'view' -%}
        {%- do log('rows: ' ~ run_query('select count(*) from ' ~ this)[0][0], info=true) -%}
    {%- endif -%}
{%- endmacro %}

{% macro spark__rows_counted() %}{% endmacro %}
