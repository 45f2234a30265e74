{# The published tables without personal data: by schema and name, the names of their columns. #}
{% macro published_columns() -%}
    {%- set tables = {} %}
    {%- for node in (graph.nodes.values() if execute else [])
        if node.resource_type == 'model' and node.config.schema in ['marts', 'reports', 'trust'] %}
        {%- do tables.update({node.config.schema ~ '.' ~ node.alias: node.columns.keys() | list}) %}
    {%- endfor %}
    {{- return(tables) }}
{%- endmacro %}
