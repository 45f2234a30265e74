-- Detects: a call before as_of that fct_calls loses, duplicates or invents (TS-12, TS-23).
-- Usually means: a join of the matching in models/intermediate/calls that is not unique.
-- A returned row is: one call.
{{ config(meta={'dagster': {'ref': {'name': 'fct_calls'}}}) }}
with delivered as (
    select call_id from {{ ref('stg_calls') }}
    where started_at < {{ as_of() }}
),

counted as (
    select
        call_id,
        count(*) as times
    from {{ ref('fct_calls') }}
    group by call_id
)

select
    'Call ' || coalesce(delivered.call_id, counted.call_id) || ' stands '
    || cast(coalesce(counted.times, 0) as string) || ' times in marts.fct_calls and was delivered '
    || case when delivered.call_id is null then 'never' else 'once' end
    || ': look for a join in models/intermediate/calls that is not unique.' as problem
from delivered
full join counted on delivered.call_id = counted.call_id
where delivered.call_id is null or coalesce(counted.times, 0) <> 1
