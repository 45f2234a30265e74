-- grain: one row per entity, id and name of a further column
{%- set instants = {
    'contacts': 'created_at',
    'deals': 'created_at',
    'calls': 'started_at',
    'enquiries': 'occurred_at',
} %}
with known as (
    {%- for entity, contract in landing_contract().items() if contract.attributes %}
    {%- if not loop.first %}

    union all
    {% endif %}
    select
        '{{ entity }}' as entity,
        {{ contract.key[0] }} as id,
        _load_id,
        _row_number
    from {{ ref('stg_' ~ entity) }}
    where {{ instants[entity] }} < {{ as_of() }}
    {%- endfor %}
),

-- Names that differ in case only are one name, as names of columns are.
-- What the row itself brings, and then what rows that only fill others bring, the latest first.
ranked as (
    select
        attributes.entity,
        attributes.id,
        min(attributes.attribute_name) over (
            partition by attributes.entity, {{ lower_case('attributes.attribute_name') }}
        ) as attribute_name,
        attributes.attribute_value,
        row_number() over (
            partition by
                attributes.entity,
                attributes.id,
                {{ lower_case('attributes.attribute_name') }}
            order by
                attributes.is_filling asc,
                attributes._delivery_date desc nulls last,
                attributes._source_file desc nulls last,
                attributes._row_number desc nulls last,
                attributes._load_id desc nulls last,
                attributes.attribute_name asc
        ) as place
    from {{ ref('stg_attributes') }} as attributes
    inner join known
        on attributes.entity = known.entity
        and attributes.id = known.id
    where
        attributes.is_filling
        or (
            attributes._load_id = known._load_id
            and attributes._row_number = known._row_number
        )
)

select
    entity,
    id,
    attribute_name as name,
    attribute_value as value
from ranked
where place = 1
