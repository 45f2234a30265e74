-- grain: one landed row of a deal, every delivery's (the deal's history as far as it was delivered)
{%- set contract = landing_contract()['deals'] %}
{%- set filled = ['pipeline', 'stage', 'status', 'closed_at', 'amount', 'currency'] %}
with typed as (
    select
        -- ids
        deal_id,
        owner_user_id,
        -- what the card said
        {%- for name in filled %}
        {{ landed_value(contract, name) }} as {{ name }},
        {%- endfor %}
        -- times
        -- A card that does not say when it was changed is as it was on the day of its delivery; the
        -- first one has been so since the deal's creation.
        coalesce(
            {{ to_instant('updated_at') }},
            case
                when _delivery_date = min(_delivery_date) over (partition by deal_id)
                    then {{ to_instant('created_at') }}
            end,
            {{ day_start('_delivery_date') }}
        ) as version_at,
        -- load
        coalesce(_source_system, 'files') as source_system,
        _delivery_date,
        _source_file,
        _row_number,
        _load_id
    from {{ source('landing', 'deals') }}
    where {{ is_row() }}
),

fillings as (
    {{ fillings('deals', []) }}
),

final as (
    select
        typed.deal_id,
        typed.owner_user_id,
        {%- for name in filled %}
        coalesce(typed.{{ name }}, fillings.{{ name }}) as {{ name }},
        {%- endfor %}
        typed.version_at,
        typed.source_system,
        typed._delivery_date,
        typed._source_file,
        typed._row_number,
        typed._load_id
    from typed
    left join fillings on typed.deal_id = fillings.deal_id
)

select * from final
