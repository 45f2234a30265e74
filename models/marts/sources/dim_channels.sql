-- grain: one row per source and medium that anything came from, with its channel (EE-21, D-23)
with pairs as (
    select
        coalesce(source, '(unknown)') as source,
        medium
    from {{ ref('fct_source_candidates') }}
    where evidence = 'tag'

    union

    select
        source,
        medium
    from {{ ref('fct_sessions') }}

    union

    select
        source,
        medium
    from {{ ref('fct_calls') }}

    union

    select
        source,
        medium
    from {{ ref('fct_enquiries') }}

    union

    select
        source,
        medium
    from {{ ref('int_spend_converted') }}

    union

    select
        -- A card can name a medium alone.
        coalesce(canonical_source, '(none)') as source,
        canonical_medium as medium
    from {{ ref('int_deals_linked') }}

    union

    select
        coalesce(lead_source, '(none)') as source,
        lead_medium as medium
    from {{ ref('int_contacts_survived') }}

    union

    -- What a person came from without any evidence that names a source.
    select
        'direct' as source,
        'none' as medium

    union

    select
        '(unknown)' as source,
        cast(null as string) as medium

    union

    select
        '(none)' as source,
        cast(null as string) as medium
),

rules as (
    select * from {{ ref('channels') }}
),

final as (
    select
        pairs.source,
        pairs.medium,
        coalesce(rules.channel, '(unknown)') as channel,
        coalesce(rules.demand_class, 'unknown') as demand_class,
        coalesce({{ to_boolean('rules.is_paid') }}, false) as is_paid
    from pairs
    left join rules
        on {{ matches('pairs.source', 'rules.source') }}
        and {{ matches('pairs.medium', 'rules.medium') }}
    where pairs.source is not null
    qualify
        row_number() over (
            partition by pairs.source, pairs.medium
            order by rules.priority nulls last
        ) = 1
)

select * from final
