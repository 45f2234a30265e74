-- grain: one row per rule about targets
with targets as (
    select
        *,
        cast(month as string) || ':' || level || ':' || coalesce(level_id, '') || ':' || metric
            as target_key
    from {{ ref('fct_targets') }}
),

known as (
    select distinct
        'team' as known_level,
        team as known_id
    from {{ ref('dim_user_history') }}
    where team is not null

    union all

    select
        'user' as known_level,
        user_id as known_id
    from {{ ref('dim_users') }}
)

select
    'target of an unknown team or user' as rule,
    'fct_targets' as table_name,
    'warn' as severity,
    'No user is called so, and no user was ever on a team that is: nothing is done for the '
    || 'target. Correct its level_id, or deliver the user.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('fct_targets') }}) as total_rows,
    {{ smallest_keys('targets.target_key') }} as sample_keys
from targets
left join known
    on targets.level = known.known_level
    and targets.level_id = known.known_id
where targets.level <> 'company' and known.known_id is null

union all

select
    'revenue target without an exchange rate' as rule,
    'fct_targets' as table_name,
    'warn' as severity,
    'The target is compared with nothing. Deliver the rate of its currency on the first day of '
    || 'its month (fx_rates).' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('fct_targets') }}) as total_rows,
    {{ smallest_keys('target_key') }} as sample_keys
from targets
where metric = 'revenue' and currency is not null and target_rc is null

union all

select
    'revenue target without a currency' as rule,
    'fct_targets' as table_name,
    'warn' as severity,
    'The target is compared with nothing. Enter its currency.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('fct_targets') }}) as total_rows,
    {{ smallest_keys('target_key') }} as sample_keys
from targets
where metric = 'revenue' and currency is null
