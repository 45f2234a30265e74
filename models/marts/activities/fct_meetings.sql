-- grain: one row per meeting booked before as_of
with meetings as (
    select * from {{ ref('stg_meetings') }}
    where created_at < {{ as_of() }}
),

survivors as (
    select * from {{ ref('int_contact_survivors_resolved') }}
),

persons as (
    select * from {{ ref('int_persons_resolved') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

final as (
    select
        meetings.meeting_id,
        meetings.created_at,
        {{ local_date('meetings.created_at') }} as created_date,
        meetings.starts_at,
        {{ local_date('meetings.starts_at') }} as starts_date,
        meetings.ends_at,
        {{ local_date('meetings.ends_at') }} as ends_date,
        meetings.type,
        meetings.status,
        meetings.user_id,
        users.user_name,
        coalesce(survivors.surviving_contact_id, meetings.contact_id) as contact_id,
        persons.person_id,
        meetings.deal_id,
        persons.person_id is not null
        and coalesce(meetings.status = 'held', false)
        and row_number() over (
            partition by persons.person_id
            order by
                case when meetings.status = 'held' then 0 else 1 end,
                meetings.starts_at,
                meetings.meeting_id
        ) = 1 as is_persons_first
    from meetings
    left join survivors on meetings.contact_id = survivors.contact_id
    left join persons
        on coalesce(survivors.surviving_contact_id, meetings.contact_id) = persons.contact_id
    left join users on meetings.user_id = users.user_id
)

select * from final
