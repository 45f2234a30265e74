-- Detects: a limit of open deals that is nobody's, of a user and a role at once, or not above 0.
-- Usually means: the row of a role has a user's id in it, or none of the two was written.
-- A returned row is: one row of the seed capacities.
{{ config(
    tags=['configuration'],
    meta={'dagster': {'ref': {'name': 'capacities'}}}
) }}
select
    'seeds/capacities.csv: the row of user ' || coalesce(user_id, '(none)') || ' and role '
    || coalesce(role, '(none)') || ' with ' || cast(open_deals as string) || ' open deals needs '
    || 'either a user_id or a role, and a number above 0.' as problem
from {{ ref('capacities') }}
where (user_id is null) = (role is null) or open_deals <= 0
