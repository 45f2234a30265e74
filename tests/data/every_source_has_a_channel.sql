-- Detects: a source and medium for which the seed channels has no rule (EE-21, D-23).
-- Usually means: the last rule of the seed, with neither source nor medium, was taken out.
-- A returned row is: one source and medium.
{{ config(meta={'dagster': {'ref': {'name': 'dim_channels'}}}) }}
with pairs as (
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
    from {{ ref('dim_contacts') }}

    union

    select
        source,
        medium
    from {{ ref('fct_deals') }}
),

channels as (
    select * from {{ ref('dim_channels') }}
)

select
    'No rule of seeds/channels.csv gives source ' || pairs.source || ', medium '
    || coalesce(pairs.medium, '(empty)') || ' a channel: add one, or a last rule with neither'
    || ' source nor medium that takes the rest.' as problem
from pairs
left join channels
    on pairs.source = channels.source
    and pairs.medium is not distinct from channels.medium
where pairs.source is not null
    and (
        channels.channel is null
        or (channels.channel = '(unknown)' and pairs.source <> '(unknown)')
    )
