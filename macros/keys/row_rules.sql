{# Generic test: the rules that every row of a table keeps, as one query, since each test has a cost of its own.
   key: no two rows agree on all of these columns. never_null: no row leaves one of these empty.
   values: by column the only values it may have; it is never empty either.
   A returned row is a broken rule, its columns, how many rows or keys break it, and the first hundred of them. #}
{% test row_rules(model, key=[], never_null=[], values={}) %}
{{ config(fail_calc='coalesce(sum(row_count), 0)') }}
{%- set broken = [] %}
{%- for column in never_null %}
    {%- do broken.append(('never_null', column, column ~ ' is null')) %}
{%- endfor %}
{%- for column, known in values.items() %}
    {%- set unknown = column ~ " not in ('" ~ known | join("', '") ~ "')" %}
    {%- do broken.append(('values', column, column ~ ' is null or ' ~ unknown)) %}
{%- endfor %}
{%- if broken %}
with counted as (
    select
        {%- for _, column, condition in broken %}
        count(*) filter (where {{ condition }}) as broken_{{ loop.index }},
        {{ first_rows(key + [column], condition) }} as rows_{{ loop.index }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ model }}
)
{% endif %}
{%- for rule, column, _ in broken %}
select
    '{{ rule }}' as rule_name,
    '{{ column }}' as column_names,
    broken_{{ loop.index }} as row_count,
    rows_{{ loop.index }} as first_rows
from counted
where broken_{{ loop.index }} > 0
{{ 'union all' if not loop.last or key }}
{% endfor %}
{%- if key %}
select
    'key' as rule_name,
    '{{ key | join(', ') }}' as column_names,
    count(*) as row_count,
    {{ first_rows(key) }} as first_rows
from (
    select {{ key | join(', ') }}
    from {{ model }}
    group by {{ key | join(', ') }}
    having count(*) > 1
) as repeated
having count(*) > 0
{%- endif %}
{% endtest %}
