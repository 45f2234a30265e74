-- grain: one row per metric that is published (ST-21, ST-25, ST-49)
{%- set texts = [
    'metric', 'family', 'question', 'numerator', 'denominator', 'cases', 'date_basis', 'unit',
    'null_rule', 'caveat', 'table_name',
] %}
{%- for metric in published_metrics(of_columns=true) %}
select
    {%- for language in ['pl', 'uk', 'ru', 'id'] %}
    {{ text_literal(metric.labels[language]) }} as label_{{ language }},
    {%- endfor %}
    {%- for text in texts %}
    {{ text_literal(metric[text]) }}
        as {{ text }},
    {%- endfor %}
    {{ text_literal(metric.label) }} as label_en
{%- if not loop.last %}

union all
{% endif %}
{%- endfor %}
