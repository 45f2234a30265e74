{# Tables and views of DuckDB, made under their own name in one transaction. dbt's way, for databases whose
   readers look on, makes each under another name and renames it; here readers have files of their own, and
   five statements a model were a tenth of a run. #}
{% materialization table, adapter='duckdb' %}{{ return(made('table')) }}{% endmaterialization %}

{% materialization view, adapter='duckdb' %}{{ return(made('view')) }}{% endmaterialization %}

{% macro made(type) %}
    {%- set target = this.incorporate(type=type) -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        {{ create_table_as(False, target, sql) if type == 'table' else create_view_as(target, sql) }}
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target]}) }}
{% endmacro %}
