-- Detects: a panel's salesperson whose span of days ends before it begins, or shares a day with
--   another span of the same salesperson (LR-15).
-- Usually means: the last day of the old span was not written when a new one was added.
-- A returned row is: one row of the seed lead_routing_panel_sellers.
{{ config(
    tags=['configuration'],
    meta={'dagster': {'ref': {'name': 'lead_routing_panel_sellers'}}}
) }}
with spans as (
    select
        panel_id,
        user_id,
        coalesce(valid_from, cast('1900-01-01' as date)) as first_day,
        coalesce(valid_to, cast('2199-12-31' as date)) as last_day
    from {{ ref('lead_routing_panel_sellers') }}
),

followed as (
    select
        *,
        lead(first_day) over (
            partition by panel_id, user_id
            order by first_day, last_day
        ) as next_day
    from spans
)

select
    'seeds/lead_routing_panel_sellers.csv: the span of ' || user_id || ' in panel ' || panel_id
    || ' from ' || cast(first_day as string) || ' to ' || cast(last_day as string)
    || case
        when last_day < first_day
            then ' ends before it begins: correct valid_from or valid_to.'
        else
            ' holds on ' || cast(next_day as string)
            || ', when another one begins: end it the day before.'
    end as problem
from followed
where last_day < first_day or next_day <= last_day
