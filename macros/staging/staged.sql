{# A landed entity as the warehouse reads it: what is known at the second clock, typed, and of each key,
   event or account's day the rows that count. A keyword argument that is called as a column is the SQL
   that stands in for the column's cast. #}
{% macro staged(entity) -%}
{%- set contract = landing_contract()[entity] -%}
with typed as (
    select
        {%- for name in contract.types %}
        {{ kwargs[name] if name in kwargs else landed_value(contract, name) }} as {{ name }},
        {%- endfor %}
        'files' as source_system,
        _delivery_date,
        _source_file,
        _row_number,
        _load_id
    from {{ source('landing', entity) }}
    where {{ is_known() }}
),
{% if contract.kind == 'spend' %}
final as (
    select * from typed
    qualify
        _delivery_date = max(_delivery_date) over (partition by platform, account_id, date)
)
{% else %}
superseded as (
    {{ superseded_rows(entity) }}
),

final as (
    select typed.*
    from typed
    left join superseded
        on typed._load_id = superseded._load_id
        and typed._row_number = superseded._row_number
    where superseded._load_id is null
)
{% endif %}
select * from final
{%- endmacro %}

{# The rows of an entity that a later one of their key supersedes, as _load_id and _row_number. What is
   left out of millions of wide rows by this short list need not be ranked as wide rows. #}
{% macro superseded_rows(entity) -%}
    {%- set contract = landing_contract()[entity] -%}
    {%- set keys -%}
        select
            {%- for name in contract.key %}
            {{ landed_value(contract, name) }} as {{ name }},
            {%- endfor %}
            _delivery_date,
            _source_file,
            _row_number,
            _load_id
        from {{ source('landing', entity) }}
        where {{ is_known() }}
    {%- endset -%}
    select
        landed._load_id,
        landed._row_number
    from (
        {{ keys }}
    ) as landed
    inner join (
        select {{ contract.key | join(', ') }}
        from (
        {{ keys }}
        ) as counted
        group by {{ contract.key | join(', ') }}
        having count(*) > 1
    ) as repeated
        on
        {%- for name in contract.key %}
        {{ 'and ' if not loop.first }}landed.{{ name }} is not distinct from repeated.{{ name }}
        {%- endfor %}
    qualify
        row_number() over (
            partition by landed.{{ contract.key | join(', landed.') }}
            order by {{ latest_first() }}
        ) > 1
{%- endmacro %}
