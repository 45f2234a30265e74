-- grain: one row per deal and span of local days in which it was open
with days as (
    select
        *,
        case when status in ('won', 'lost') then 'decided' else status end as standing
    from {{ ref('fct_deal_days') }}
    where status is not null
),

changes as (
    select
        *,
        lag(standing) over (
            partition by deal_id
            order by date_day
        ) as standing_before
    from days
),

numbered as (
    select
        *,
        sum(case when standing is distinct from standing_before then 1 else 0 end) over (
            partition by deal_id
            order by date_day
        ) as run_no
    from changes
),

-- A closing without a date was on the first day that says so.
dated as (
    select
        *,
        coalesce(
            closed_date,
            min(date_day) over (partition by deal_id, run_no)
        ) as decided_date
    from numbered
),

runs as (
    select
        deal_id,
        run_no,
        created_date,
        standing,
        min(date_day) as first_day,
        max_by(status, date_day) as status,
        max_by(decided_date, date_day) as decided_date
    from dated
    group by deal_id, run_no, created_date, standing
),

-- A closing planned for a day by which another card had taken it back never happened.
happened as (
    select
        *,
        case when standing = 'decided' then decided_date else first_day end as begun_day
    from runs
    qualify
        standing <> 'decided'
        or decided_date < coalesce(
            lead(first_day) over (
                partition by deal_id
                order by run_no
            ),
            cast('9999-12-31' as date)
        )
),

compared as (
    select
        *,
        lag(standing) over (
            partition by deal_id
            order by run_no
        ) as standing_before
    from happened
),

followed as (
    select
        *,
        lead(begun_day) over course as next_day,
        lead(status) over course as next_status
    from compared
    where standing is distinct from standing_before
    window course as (
        partition by deal_id
        order by run_no
    )
),

-- A deal whose first card has it closed was open before.
spans as (
    select
        deal_id,
        case when standing_before is null then created_date else begun_day end as open_from,
        case when standing = 'open' then next_day else begun_day end as open_to,
        case when standing_before is null then 'created' else 'reopened' end as opened_by,
        case when standing = 'open' then next_status else status end as closed_by
    from followed
    where standing_before is null or standing = 'open'
)

select
    deal_id,
    open_from,
    case when open_to < open_from then open_from else open_to end as open_to,
    opened_by,
    closed_by
from spans
