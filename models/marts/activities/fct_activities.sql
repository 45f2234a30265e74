-- grain: one row per call, e-mail, held meeting, done task and enquiry before as_of
with activities as (
    select
        'call' as kind,
        call_id as id,
        'call' as activity,
        started_at as occurred_at,
        user_id,
        person_id,
        contact_id,
        deal_id,
        direction,
        talk_seconds as seconds,
        is_internal
    from {{ ref('fct_calls') }}

    union all

    select
        'email' as kind,
        email_id as id,
        case when kind = 'campaign' then 'campaign_email' else 'email' end as activity,
        sent_at as occurred_at,
        user_id,
        person_id,
        contact_id,
        deal_id,
        direction,
        cast(null as bigint) as seconds,
        false as is_internal
    from {{ ref('fct_emails') }}
    where kind is not null

    union all

    select
        'meeting' as kind,
        meeting_id as id,
        coalesce(type, 'meeting') as activity,
        starts_at as occurred_at,
        user_id,
        person_id,
        contact_id,
        deal_id,
        cast(null as string) as direction,
        case
            when ends_at >= starts_at
                then cast(floor({{ elapsed_micros('starts_at', 'ends_at') }} / 1000000.0) as bigint)
        end as seconds,
        false as is_internal
    from {{ ref('fct_meetings') }}
    where status = 'held' and starts_at < {{ as_of() }}

    union all

    select
        'task' as kind,
        task_id as id,
        'task_done' as activity,
        done_at as occurred_at,
        user_id,
        person_id,
        contact_id,
        deal_id,
        cast(null as string) as direction,
        cast(null as bigint) as seconds,
        false as is_internal
    from {{ ref('fct_tasks') }}
    where status = 'done' and done_at < {{ as_of() }}

    union all

    select
        'enquiry' as kind,
        enquiry_id as id,
        'enquiry' as activity,
        occurred_at,
        cast(null as string) as user_id,
        person_id,
        contact_id,
        deal_id,
        'in' as direction,
        cast(null as bigint) as seconds,
        false as is_internal
    from {{ ref('fct_enquiries') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

user_history as (
    select * from {{ ref('dim_user_history') }}
)

select
    activities.kind || ':' || activities.id as activity_id,
    activities.activity,
    activities.occurred_at,
    {{ local_date('activities.occurred_at') }} as date_day,
    activities.user_id,
    users.user_name,
    user_history.team,
    activities.person_id,
    activities.contact_id,
    activities.deal_id,
    activities.direction,
    activities.seconds,
    activities.is_internal
from activities
left join users on activities.user_id = users.user_id
left join user_history
    on activities.user_id = user_history.user_id
    and {{ holds_at('user_history', 'activities.occurred_at') }}
