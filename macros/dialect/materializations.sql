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
        {%- if type == 'table' %}create table {{ target }} as ({{ sql }}){% else %}{{ create_view_as(target, sql) }}{% endif -%}
    {%- endcall -%}
    {%- if type == 'table' and config.get('contract').enforced -%}
        {{ keep_contract(target) }}
    {%- endif -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target]}) }}
{% endmacro %}

{# The contract of a table that was just made, in the same transaction: dbt's way plans the model's SQL twice
   to learn its columns, a twelfth of a run. Readers get the columns in the contract's order. #}
{% macro keep_contract(target) %}
    {%- set made = 'select * from ' ~ target -%}
    {{ get_assert_columns_equivalent(made) }}
    {%- set columns = adapter.get_column_schema_from_query(made) | map(attribute='name') | list -%}
    {%- if columns != model.columns.keys() | list -%}
        {%- do run_query('create or replace table ' ~ target ~ ' as '
            ~ get_select_subquery(made)) -%}
    {%- endif -%}
{% endmacro %}
