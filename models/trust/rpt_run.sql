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
)

select
    {{ session_value('run_id') }} as run_id,
    {{ as_of() }} as as_of,
    {{ as_known_at() }} as as_known_at,
    {{ session_value('code_version') }} as code_version,
    deliveries,
    md5(
        landed_hash || '/' || {{ session_value('code_version') }}
        || '/' || cast({{ elapsed_micros(epoch(), as_of()) }} as string)
        || '/' || coalesce(cast({{ as_known_at() }} as string), '')
    ) as input_hash,
    cast(null as string) as output_hash,
    cast(null as boolean) as tests_passed,
    {{ session_value('started_at') }} as started_at,
    cast(null as {{ instant_type() }}) as finished_at,
    cast(null as {{ instant_type() }}) as published_at
from inputs
