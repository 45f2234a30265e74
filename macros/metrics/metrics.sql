{# What the semantic layer adds up: by semantic model and measure, a column of its mart or SQL over them. #}
{% macro measures_by_model() -%}
    {%- set models = {} %}
    {%- for model in (graph.semantic_models.values() if execute else []) %}
        {%- do models.update({model.name: {}}) %}
        {%- for measure in model.measures %}
            {%- do models[model.name].update({measure.name: measure.expr or measure.name}) %}
        {%- endfor %}
    {%- endfor %}
    {{- return(models) }}
{%- endmacro %}

{# The metrics that are published, those with a family, by name as models/semantic defines them: numerator,
   denominator and cases are SQL over the sums of measures, or over those of columns of their mart. #}
{% macro published_metrics(of_columns=false) -%}
    {%- set by_name = {} %}
    {%- for metric in (graph.metrics.values() if execute else []) %}
        {%- do by_name.update({metric.name: metric}) %}
    {%- endfor %}
    {%- set measures = {} %}
    {%- set tables = {} %}
    {%- for model in (graph.semantic_models.values() if execute else []) %}
        {%- for measure in model.measures %}
            {%- do measures.update({measure.name: of_columns and measure.expr or measure.name}) %}
            {%- do tables.update({
                measure.name: model.node_relation.schema_name.removeprefix(target.schema ~ '_')
                    ~ '.' ~ model.node_relation.alias
            }) %}
        {%- endfor %}
    {%- endfor %}
    {%- set published = [] %}
    {%- for name in by_name | sort if by_name[name].config.meta.family %}
        {%- set metric = by_name[name] %}
        {%- set parts = metric.type_params %}
        {%- set is_ratio = metric.type == 'ratio' %}
        {%- set above = parts.numerator.name if is_ratio else name %}
        {%- do published.append(dict(
            metric.config.meta,
            metric=name,
            label=metric.label,
            numerator=metric_sql(by_name[above], measures),
            denominator=metric_sql(by_name[parts.denominator.name], measures) if is_ratio else none,
            cases=measures[metric.config.meta.cases] if metric.config.meta.cases else none,
            table_name=tables[parts.input_measures[0].name]
        )) %}
    {%- endfor %}
    {{- return(published) }}
{%- endmacro %}

{# A metric that is no ratio, over the sums of measures; what a derived one is derived from has their names. #}
{% macro metric_sql(metric, measures) -%}
    {%- if metric.type == 'derived' -%}
        ({{ metric.type_params.expr }})
    {%- else -%}
        {{ measures[metric.type_params.measure.name] }}
    {%- endif -%}
{%- endmacro %}
