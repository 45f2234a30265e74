{# Generic test: no row leaves one of the columns empty. A returned row is a column and how often it is.
   One test for a model's columns instead of one each: every test has a cost of its own to start. #}
{% test never_null(model, columns) %}
{%- for column in columns %}
select
    '{{ column }}' as column_name,
    count(*) as row_count
from {{ model }}
where {{ column }} is null
having count(*) > 0
{%- if not loop.last %}

union all
{% endif %}
{%- endfor %}
{% endtest %}
