{# Ends a step of a query that several others read. DuckDB computes such a step once. Spark puts its text in
   the place of each name, which grows with every step, unless it holds what
   depends on the order of rows. #}
{% macro computed_once() %}{{ return(adapter.dispatch('computed_once', 'leadhouse')()) }}{% endmacro %}

{% macro default__computed_once() %}{% endmacro %}

{% macro spark__computed_once() %}where monotonically_increasing_id() >= 0{% endmacro %}
