-- grain: one row per month and manager of won deals; one per month for all; not additive (TS-28)
with won_deals as (
    select
        person_id,
        outcome_date,
        deal_id,
        coalesce(manager_user_id, '(none)') as user_id,
        manager_name as user_name,
        {{ period_start('month', 'outcome_date') }} as month
    from {{ ref('fct_deals') }}
    where is_won and person_id is not null
),

-- A person is new once: with the earliest won deal, which its manager counts.
numbered as (
    select
        *,
        min(month) over (partition by person_id) as first_month,
        row_number() over (
            partition by person_id
            order by outcome_date, deal_id
        ) as won_no
    from won_deals
),

by_member as (
    select
        person_id,
        outcome_date,
        user_id,
        user_name,
        month,
        first_month,
        won_no
    from numbered

    union all

    select
        person_id,
        outcome_date,
        '(all)' as user_id,
        cast(null as string) as user_name,
        month,
        first_month,
        won_no
    from numbered
),

names as (
    select
        user_id,
        max(user_name) as user_name
    from by_member
    group by user_id
),

users as (
    select * from {{ ref('dim_users') }}
),

dates as (
    select * from {{ ref('dim_dates') }}
    where date_day < {{ as_of_date() }}
),

-- Every month of the company, and its last day that is over.
months as (
    select
        {{ period_start('month', 'date_day') }} as month,
        max(date_day) as last_day
    from dates
    group by {{ period_start('month', 'date_day') }}
),

activity as (
    select distinct
        months.month,
        by_member.user_id,
        by_member.person_id
    from by_member
    inner join months
        on by_member.outcome_date <= months.last_day
        and {{ add_days('by_member.outcome_date', 365) }} > months.last_day
),

changes as (
    select
        month,
        user_id,
        person_id,
        'active' as movement
    from activity

    union all

    select
        months.month,
        activity.user_id,
        activity.person_id,
        'lost' as movement
    from activity
    inner join months on activity.month = {{ period_start('month', add_days('months.month', -1)) }}
    left join activity as still_active
        on months.month = still_active.month
        and activity.user_id = still_active.user_id
        and activity.person_id = still_active.person_id
    where still_active.person_id is null

    union all

    select distinct
        month,
        user_id,
        person_id,
        case when first_month = month then 'new' else 'returning' end as movement
    from by_member
    where won_no = 1 or first_month < month
),

monthly as (
    select
        month,
        user_id,
        count(*) filter (where movement = 'active') as clients_active,
        count(*) filter (where movement = 'new') as clients_new,
        count(*) filter (where movement = 'returning') as clients_returning,
        count(*) filter (where movement = 'lost') as clients_lost
    from changes
    group by month, user_id
)

select
    monthly.month,
    monthly.user_id,
    names.user_name,
    users.team,
    monthly.clients_active,
    monthly.clients_new,
    monthly.clients_returning,
    monthly.clients_lost
from monthly
left join names on monthly.user_id = names.user_id
left join users on monthly.user_id = users.user_id
