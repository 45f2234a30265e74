-- grain: one row per month, pipeline, owner and movement of any open deal or amount
with moves as (
    select
        *,
        {{ period_start('month', 'date_day') }} as month
    from {{ ref('fct_pipeline_moves') }}
    where date_day < {{ as_of_date() }}
),

users as (
    select * from {{ ref('dim_users') }}
),

-- A move from stage to stage leaves the pipeline and the owner as they were.
moved as (
    select
        month,
        pipeline,
        owner_user_id,
        movement,
        sum(deals) as deals,
        sum(deals_without_amount) as deals_without_amount,
        sum(amount_rc) as amount_rc
    from moves
    where movement not in ('stage_out', 'stage_in')
    group by month, pipeline, owner_user_id, movement
),

months_moved as (
    select
        month,
        pipeline,
        owner_user_id,
        sum(deals) as deals,
        sum(deals_without_amount) as deals_without_amount,
        sum(amount_rc) as amount_rc
    from moved
    group by month, pipeline, owner_user_id
),

-- What was open at the end of each month with a movement, and of all months until the next one.
balances as (
    select
        month as first_month,
        coalesce(lead(month) over course, {{ as_of_date() }}) as until_month,
        pipeline,
        owner_user_id,
        sum(deals) over course as deals,
        sum(deals_without_amount) over course as deals_without_amount,
        sum(amount_rc) over course as amount_rc
    from months_moved
    window course as (
        partition by pipeline, owner_user_id
        order by month
    )
),

months as (
    select
        month,
        lead(month) over (order by month) as next_month
    from {{ ref('dim_dates') }}
    group by month
),

standing as (
    select
        months.month,
        months.next_month,
        balances.pipeline,
        balances.owner_user_id,
        balances.deals,
        balances.deals_without_amount,
        balances.amount_rc
    from balances
    inner join months
        on balances.first_month <= months.month
        and balances.until_month > months.month
    where balances.deals <> 0
),

counts as (
    select * from moved

    union all

    select
        month,
        pipeline,
        owner_user_id,
        'closing' as movement,
        deals,
        deals_without_amount,
        amount_rc
    from standing

    union all

    select
        next_month as month,
        pipeline,
        owner_user_id,
        'opening' as movement,
        deals,
        deals_without_amount,
        amount_rc
    from standing
    where next_month < {{ as_of_date() }}
)

select
    counts.month,
    counts.pipeline,
    counts.owner_user_id,
    users.user_name as owner_name,
    users.team,
    counts.movement,
    cast(counts.deals as bigint) as deals,
    cast(counts.deals_without_amount as bigint) as deals_without_amount,
    cast(counts.amount_rc as decimal(18, 2)) as amount_rc
from counts
left join users on counts.owner_user_id = users.user_id
