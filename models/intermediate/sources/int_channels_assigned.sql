-- grain: one row per source and medium that anything came from, with its channel (EE-21, D-23)
with pairs as (
    select
        source,
        medium
    from {{ ref('int_first_sources_chosen') }}

    union

    select
        source,
        medium
    from {{ ref('int_sessions_sourced') }}

    union

    select
        source,
        medium
    from {{ ref('int_calls_matched') }}

    union

    select
        source,
        medium
    from {{ ref('int_enquiries_identified') }}

    union

    select
        source,
        medium
    from {{ ref('int_spend_converted') }}

    union

    select
        deal_source as source,
        deal_medium as medium
    from {{ ref('int_deals_linked') }}

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
        {{ to_boolean('rules.is_paid', 'false') }} as is_paid
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
