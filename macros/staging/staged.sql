{# A landed entity as the warehouse reads it: what is known at the second clock, typed, and of each key,
   event or account's day the rows that count. A keyword argument that is called as a column is the SQL
   that stands in for the column's cast, whatever another file may fill. A moment that `days` names
   has a column <name>_is_day beside it: was it delivered as a day, without a time? #}
{% macro staged(entity, days=[]) -%}
{%- set contract = landing_contract()[entity] -%}
{%- set is_filled = contract.kind == 'keyed' -%}
with typed as (
    select
        {%- for name in contract.types %}
        {{ kwargs[name] if name in kwargs else landed_value(contract, name, not is_filled or name in contract.key) }} as {{ name }},
        {%- endfor %}
        {%- for name in days %}
        {{ is_day(name) }} as {{ name }}_is_day,
        {%- endfor %}
        coalesce(_source_system, 'files') as source_system,
        _delivery_date,
        _source_file,
        _row_number,
        _load_id
    from {{ source('landing', entity) }}
    where {{ is_row() }}
),
{% if contract.kind == 'spend' %}
final as (
    select * from typed
    qualify
        _delivery_date = max(_delivery_date) over (
            partition by {{ account_key('platform') }}, {{ account_key('account_id') }}, date
        )
)
{% else %}
superseded as (
    {{ superseded_rows(entity) }}
),
{% if is_filled %}
fillings as (
    {{ fillings(entity, days) }}
),
{% endif %}
final as (
    {%- if is_filled %}
    select
        {%- for name in contract.types %}
        {%- if name in contract.key or name in kwargs %}
        typed.{{ name }},
        {%- else %}
        coalesce(
            typed.{{ name }}, fillings.{{ name }}
            {{- ', ' ~ contract.defaults[name] if name in contract.defaults }}
        ) as {{ name }},
        {%- endif %}
        {%- endfor %}
        {%- for name in days %}
        coalesce(typed.{{ name }}_is_day, fillings.{{ name }}_is_day) as {{ name }}_is_day,
        {%- endfor %}
        typed.source_system,
        typed._delivery_date,
        typed._source_file,
        typed._row_number,
        typed._load_id
    {%- else %}
    select typed.*
    {%- endif %}
    from typed
    left join superseded
        on typed._load_id = superseded._load_id
        and typed._row_number = superseded._row_number
    {%- if is_filled %}
    left join fillings
        on
        {%- for name in contract.key %}
        {{ 'and ' if not loop.first }}typed.{{ name }} is not distinct from fillings.{{ name }}
        {%- endfor %}
    {%- endif %}
    where superseded._load_id is null
)
{% endif %}
select * from final
{%- endmacro %}

{# Is a landed row known, and one of its own, not one that only fills what others leave empty? #}
{% macro is_row() -%}
    {{ is_known() }} and not coalesce(_fills, false)
{%- endmacro %}

{# By key the latest value that the rows which only fill others have for each of the other columns. #}
{% macro fillings(entity, days) -%}
    {%- set contract = landing_contract()[entity] -%}
    {%- set filled = [] -%}
    {%- for name in contract.types if name not in contract.key -%}
        {%- do filled.append(name) -%}
    {%- endfor -%}
    {%- for name in days -%}
        {%- do filled.append(name ~ '_is_day') -%}
    {%- endfor -%}
    select
        {{ contract.key | join(',\n        ') }}
        {%- for name in filled %},
        min_by({{ name }}, place) filter (where {{ name }} is not null) as {{ name }}
        {%- endfor %}
    from (
        select
            {%- for name in contract.types %}
            {{ landed_value(contract, name, false) }} as {{ name }},
            {%- endfor %}
            {%- for name in days %}
            {{ is_day(name) }} as {{ name }}_is_day,
            {%- endfor %}
            row_number() over (
                partition by {{ contract.key | join(', ') }}
                order by {{ latest_first() }}
            ) as place
        from {{ source('landing', entity) }}
        where {{ is_known() }} and _fills
    ) as filling_rows
    group by {{ contract.key | join(', ') }}
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
        where {{ is_row() }}
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

{# A platform or account as replacement compares it: its letters and digits, without case. #}
{% macro account_key(column) -%}
    coalesce(
                nullif({{ replace_pattern(lower_case(column), not_letters_or_digits(), '') }}, ''),
                {{ column }}
            )
{%- endmacro %}
