-- grain: one row per landed row and further column that its mapping brings
{%- for entity, contract in landing_contract().items() if contract.attributes %}
{%- if not loop.first %}

union all
{% endif %}
select
    '{{ entity }}' as entity,
    brought.id,
    brought.member.key as attribute_name,
    brought.member.value as attribute_value,
    brought.is_filling,
    brought._delivery_date,
    brought._source_file,
    brought._row_number,
    brought._load_id
from (
    select
        {{ contract.key[0] }} as id,
        {{ members_of('_attributes') }} as member,
        coalesce(_fills, false) as is_filling,
        _delivery_date,
        _source_file,
        _row_number,
        _load_id
    from {{ source('landing', entity) }}
    where {{ is_known() }} and _attributes is not null
) as brought
{%- endfor %}
