-- grain: one row per day, pipeline, stage and owner with any open, created, won or lost deal
with deals as (
    select * from {{ ref('fct_deals') }}
),

days as (
    select * from {{ ref('fct_deal_days') }}
),

moves as (
    select * from {{ ref('fct_pipeline_moves') }}
    where date_day < {{ as_of_date() }}
),

chances as (
    select * from {{ ref('fct_stage_chances') }}
    where is_today
),

pipeline_stages as (
    select * from {{ ref('dim_pipeline_stages') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

user_spans as (
    select * from {{ ref('dim_user_history') }}
),

moved as (
    select
        date_day,
        pipeline,
        stage,
        owner_user_id,
        sum(deals) as deals,
        sum(amount_rc) as amount_rc,
        sum(deals_without_amount) as deals_without_amount
    from moves
    group by date_day, pipeline, stage, owner_user_id
),

-- What was open at the end of each day with a movement, and of all days until the next one.
balances as (
    select
        date_day as first_day,
        coalesce(
            {{ add_days('lead(date_day) over course', -1) }}, {{ add_days(as_of_date(), -1) }}
        ) as last_day,
        pipeline,
        stage,
        owner_user_id,
        sum(deals) over course as deals_open,
        sum(amount_rc) over course as amount_rc,
        sum(deals_without_amount) over course as deals_without_amount
    from moved
    window course as (
        partition by pipeline, stage, owner_user_id
        order by date_day
    )
),

spans as (
    select * from balances
    where deals_open <> 0
),

open_days as (
    {{ each_day(
        'spans', 'first_day', 'last_day',
        [
            'pipeline', 'stage', 'owner_user_id', 'deals_open', 'amount_rc',
            'deals_without_amount',
        ],
    ) }}
),

outcomes as (
    select
        deal_id,
        created_date as date_day,
        1 as deals_created,
        0 as deals_won,
        0 as deals_lost
    from deals

    union all

    select
        deal_id,
        outcome_date as date_day,
        0 as deals_created,
        case when status = 'won' then 1 else 0 end as deals_won,
        case when status = 'lost' then 1 else 0 end as deals_lost
    from deals
    where outcome_date is not null
),

counts as (
    select
        date_day,
        pipeline,
        stage,
        owner_user_id,
        deals_open,
        amount_rc,
        deals_without_amount,
        0 as deals_created,
        0 as deals_won,
        0 as deals_lost
    from open_days

    union all

    select
        outcomes.date_day,
        days.pipeline,
        days.stage,
        days.owner_user_id,
        0 as deals_open,
        0 as amount_rc,
        0 as deals_without_amount,
        outcomes.deals_created,
        outcomes.deals_won,
        outcomes.deals_lost
    from outcomes
    inner join days
        on outcomes.deal_id = days.deal_id
        -- The first day of a deal also has what was closed before it.
        and (days.date_day <= outcomes.date_day or days.date_day = days.created_date)
        and (days.until_day is null or days.until_day > outcomes.date_day)
    where outcomes.date_day < {{ as_of_date() }}
),

summed as (
    select
        date_day,
        pipeline,
        stage,
        owner_user_id,
        cast(sum(deals_open) as bigint) as deals_open,
        cast(sum(deals_without_amount) as bigint) as deals_without_amount,
        cast(sum(amount_rc) as decimal(18, 2)) as amount_rc,
        cast(sum(deals_created) as bigint) as deals_created,
        cast(sum(deals_won) as bigint) as deals_won,
        cast(sum(deals_lost) as bigint) as deals_lost
    from counts
    group by date_day, pipeline, stage, owner_user_id
),

-- Of open deals none of which has an amount the sum is not 0, but unknown.
measured as (
    select
        *,
        case
            when deals_open = 0 or deals_without_amount < deals_open then amount_rc
        end as known_rc
    from summed
)

select
    measured.date_day,
    measured.pipeline,
    measured.stage,
    pipeline_stages.position as stage_position,
    measured.owner_user_id,
    users.user_name as owner_name,
    user_spans.team,
    measured.deals_open,
    measured.deals_without_amount,
    measured.known_rc as amount_rc,
    cast(round(measured.known_rc * chances.probability, 2) as decimal(18, 2)) as weighted_rc,
    measured.deals_created,
    measured.deals_won,
    measured.deals_lost
from measured
left join chances
    on measured.pipeline = chances.pipeline
    and measured.stage = chances.stage
left join pipeline_stages
    on measured.pipeline = pipeline_stages.pipeline
    and measured.stage = pipeline_stages.stage
left join users on measured.owner_user_id = users.user_id
left join user_spans
    on measured.owner_user_id = user_spans.user_id
    and {{ holds_at('user_spans', day_start(add_days('measured.date_day', 1))) }}
