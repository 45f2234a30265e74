-- grain: one row per landed row and further column that its mapping brings
{%- for entity, contract in landing_contract().items() if contract.attributes %}
{%- if not loop.first %}

union all
{% endif %}
select
    '{{ entity }}' as entity,
    id,
    attribute.key as name,
    attribute.value as value,
    is_filling,
    _delivery_date,
    _source_file,
    _row_number,
    _load_id
from (
    select
        {{ contract.key[0] }} as id,
        {{ members_of('_attributes') }} as attribute,
        coalesce(_fills, false) as is_filling,
        _delivery_date,
        _source_file,
        _row_number,
        _load_id
    from {{ source('landing', entity) }}
    where {{ is_known() }} and _attributes is not null
) as brought_{{ entity }}
{%- endfor %}
