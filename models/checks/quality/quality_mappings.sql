-- grain: one row per rule about what mapping files bring together
{%- set dated = [] %}
{%- for entity, contract in landing_contract().items() %}
{%- if contract.kind == 'keyed' and 'created_at' in contract.types %}
{%- do dated.append(entity) %}
{%- endif %}
{%- endfor %}
select
    'filling row without a row to fill' as rule,
    'rpt_load_log' as table_name,
    'warn' as severity,
    'The row only fills gaps in other rows (fill in its mapping file), but no other row '
    || 'has its key, so it is not counted. Deliver the record itself too, or remove fill.'
        as meaning,
    count(*) filter (where is_alone) as failing_rows,
    count(*) as total_rows,
    {{ smallest_keys('case when is_alone then sample_key end') }} as sample_keys
from (
    {%- for entity, contract in landing_contract().items() if contract.kind == 'keyed' %}
    {%- set key = [] %}
    {%- for part in natural_key(entity) %}
    {%- do key.append("coalesce(cast(" ~ part ~ " as string), '')") %}
    {%- endfor %}
    {%- if not loop.first %}

    union all
    {% endif %}
    select
        '{{ entity }}:' || {{ key | join(" || ':' || ") }} as sample_key,
        min(case when _fills then 1 else 0 end) = 1 as is_alone
    from {{ source('landing', entity) }}
    where
        {{ is_known() }}
        and {{ key | join(" || ':' || ") }} in (
            select {{ key | join(" || ':' || ") }}
            from {{ source('landing', entity) }}
            where {{ is_known() }} and _fills
        )
    group by all
    {%- endfor %}
) as filled_keys

union all

select
    'one id of two systems' as rule,
    'stg_{{ dated | join(', stg_') }}' as table_name,
    'warn' as severity,
    'Two mappings or files have the same id with different creation times. They may be '
    || 'two records, of which only one is counted. Give the ids of one an id_prefix.' as meaning,
    count(*) filter (where is_of_two) as failing_rows,
    count(*) as total_rows,
    {{ smallest_keys('case when is_of_two then sample_key end') }} as sample_keys
from (
    {%- for entity in dated %}
    {%- set key = landing_contract()[entity].key[0] %}
    {%- if not loop.first %}

    union all
    {% endif %}
    select
        '{{ entity }}:' || {{ key }} || ' (' || min(coalesce(_mapping, _source_file)) || ', '
        || max(coalesce(_mapping, _source_file)) || ')' as sample_key,
        min({{ to_instant('created_at') }}) <> max({{ to_instant('created_at') }})
        and (
            min(coalesce(_mapping, '')) <> max(coalesce(_mapping, ''))
            or (
                min(_source_file) <> max(_source_file)
                and min(_delivery_date) = max(_delivery_date)
            )
        ) as is_of_two
    from {{ source('landing', entity) }}
    where {{ is_row() }}
    group by {{ key }}
    {%- endfor %}
) as dated_keys
