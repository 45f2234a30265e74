{# A value that the run passes in (leadhouse/session_values.py), never spliced into the SQL text. #}
{% macro session_value(name) %}{{ return(adapter.dispatch('session_value', 'leadhouse')(name)) }}{% endmacro %}

{% macro default__session_value(name) %}getvariable('leadhouse').{{ name }}{% endmacro %}

{% macro spark__session_value(name) %}${leadhouse_{{ name }}}{% endmacro %}
