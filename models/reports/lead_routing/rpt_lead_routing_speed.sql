-- grain: one row per panel, month of acquisition and salesperson, or all of them;
-- not additive (LR-37)
with acquisition as (
    select
        *,
        {{ period_start('month', 'acquired_date') }} as month
    from {{ ref('fct_contact_acquisition') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

members as (
    select
        acquisition.*,
        acquisition.user_id as member,
        acquisition.user_name as member_name,
        users.team as member_team
    from acquisition
    left join users on acquisition.user_id = users.user_id

    union all

    select
        *,
        '(all)' as member,
        cast(null as string) as member_name,
        cast(null as string) as member_team
    from acquisition
)

select
    panel_id,
    max(panel_name) as panel_name,
    month,
    member as user_id,
    max(member_name) as user_name,
    max(member_team) as team,
    {{ ratio(
        sum_elapsed_hours(
            'acquired_at', 'case when hours_to_handover is not null then handed_over_at end'
        ),
        'count(hours_to_handover)'
    ) }} as hours_to_handover_mean,
    {{ percentile('hours_to_handover', 0.5) }} as hours_to_handover_p50,
    {{ percentile('hours_to_handover', 0.9) }} as hours_to_handover_p90,
    count(hours_to_handover) as hours_to_handover_count,
    count(*) filter (where handover_status = 'waiting') as waiting,
    {{ ratio(
        sum_elapsed_hours(
            "case when handover_status = 'waiting' then acquired_at end", as_of()
        ),
        "count(*) filter (where handover_status = 'waiting')"
    ) }} as waiting_hours_mean,
    max(
        case
            when handover_status = 'waiting' then {{ elapsed_hours('acquired_at', as_of()) }}
        end
    ) as waiting_hours_max
from members
group by panel_id, month, member
