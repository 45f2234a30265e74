-- grain: one row per build: the one that this file is
with inputs as (
    select
        count(distinct delivery_date) as deliveries,
        coalesce(
            md5({{ list_of(
                "source_system || '/' || entity || '/' || cast(delivery_date as string)"
                ~ " || '/' || file || '/' || sha256",
                'source_system, entity, delivery_date, file'
            ) }}),
            ''
        ) as landed_hash
    from {{ ref('stg_loads') }}
),

-- By entity of events the last complete day that has any.
last_days as (
    select max(last_whole_day) as last_day
    from {{ ref('latest_events') }}
    group by entity
),

data_through as (
    select min(last_day) as data_through_date from last_days
)

select
    cast(null as string) as build_id,
    {{ session_value('run_id') }} as run_id,
    {{ as_of() }} as as_of,
    {{ as_known_at() }} as as_known_at,
    {{ session_value('timezone') }} as timezone,
    {{ session_value('currency') }} as currency,
    {{ session_value('code_version') }} as code_version,
    {{ session_value('seeds_hash') }} as seeds_hash,
    inputs.deliveries,
    md5(
        inputs.landed_hash || '/' || {{ session_value('code_version') }}
        || '/' || cast({{ elapsed_micros(epoch(), as_of()) }} as string)
        || '/' || coalesce(cast({{ as_known_at() }} as string), '')
    ) as input_hash,
    cast(null as string) as output_hash,
    cast(null as boolean) as tests_passed,
    {{ session_value('started_at') }} as started_at,
    cast(null as {{ instant_type() }}) as finished_at,
    cast(null as {{ instant_type() }}) as published_at,
    data_through.data_through_date
from inputs
cross join data_through
