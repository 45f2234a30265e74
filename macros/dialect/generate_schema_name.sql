{# The schemas' names are the public interface: exactly as configured. A metastore of Spark may be shared, so
   that they have a prefix there. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ return(adapter.dispatch('schema_name', 'leadhouse')(custom_schema_name)) }}
{%- endmacro %}

{% macro default__schema_name(layer) -%}
    {{ target.schema if layer is none else layer | trim }}
{%- endmacro %}

{% macro spark__schema_name(layer) -%}
    {{ target.schema if layer is none else target.schema ~ '_' ~ layer | trim }}
{%- endmacro %}
