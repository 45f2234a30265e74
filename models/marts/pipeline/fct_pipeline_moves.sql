-- grain: one row per deal, local day and movement of it or of its amount
with days as (
    select
        *,
        lag(pipeline) over course as pipeline_before,
        lag(stage) over course as stage_before,
        lag(owner_user_id) over course as owner_before,
        lag(amount_rc) over course as amount_before
    from {{ ref('fct_deal_days') }}
    window course as (
        partition by deal_id
        order by date_day
    )
),

users as (
    select * from {{ ref('dim_users') }}
),

spans as (
    select * from {{ ref('fct_deal_spans') }}
),

-- The days on which something changed while the deal was open, and those that its span begins
-- and ends in.
spanned as (
    select
        days.*,
        spans.open_from,
        spans.open_to,
        spans.opened_by,
        spans.closed_by,
        days.date_day <= spans.open_from as is_opening,
        coalesce(days.until_day > spans.open_to, spans.open_to is not null) as is_closing
    from spans
    inner join days
        on spans.deal_id = days.deal_id
        and (spans.open_to is null or days.date_day <= spans.open_to)
        and (days.until_day is null or days.until_day > spans.open_from)
),

moved as (
    select
        *,
        case
            when pipeline <> pipeline_before or owner_user_id <> owner_before then 'owner'
            else 'stage'
        end as moved_by
    from spanned
    where
        not is_opening
        and (
            pipeline <> pipeline_before
            or owner_user_id <> owner_before
            or stage <> stage_before
        )
),

moves as (
    select
        deal_id,
        open_from as date_day,
        pipeline,
        stage,
        owner_user_id,
        opened_by as movement,
        1 as deals,
        amount_rc,
        case when amount_rc is null then 1 else 0 end as deals_without_amount
    from spanned
    where is_opening

    union all

    select
        deal_id,
        date_day,
        pipeline_before as pipeline,
        stage_before as stage,
        owner_before as owner_user_id,
        moved_by || '_out' as movement,
        -1 as deals,
        -amount_before as amount_rc,
        case when amount_before is null then -1 else 0 end as deals_without_amount
    from moved

    union all

    select
        deal_id,
        date_day,
        pipeline,
        stage,
        owner_user_id,
        moved_by || '_in' as movement,
        1 as deals,
        amount_before as amount_rc,
        case when amount_before is null then 1 else 0 end as deals_without_amount
    from moved

    union all

    select
        deal_id,
        date_day,
        pipeline,
        stage,
        owner_user_id,
        case
            when amount_rc is null or amount_rc < coalesce(amount_before, 0) then 'amount_down'
            else 'amount_up'
        end as movement,
        0 as deals,
        coalesce(amount_rc, 0) - coalesce(amount_before, 0) as amount_rc,
        case when amount_rc is null then 1 else 0 end
        - case when amount_before is null then 1 else 0 end as deals_without_amount
    from spanned
    where not is_opening and amount_rc is distinct from amount_before

    union all

    select
        deal_id,
        open_to as date_day,
        pipeline,
        stage,
        owner_user_id,
        closed_by as movement,
        -1 as deals,
        -amount_rc as amount_rc,
        case when amount_rc is null then -1 else 0 end as deals_without_amount
    from spanned
    where is_closing
)

select
    moves.deal_id,
    moves.date_day,
    moves.pipeline,
    moves.stage,
    moves.owner_user_id,
    users.user_name as owner_name,
    moves.movement,
    cast(moves.deals as bigint) as deals,
    cast(coalesce(moves.amount_rc, 0) as decimal(18, 2)) as amount_rc,
    cast(moves.deals_without_amount as bigint) as deals_without_amount
from moves
left join users on moves.owner_user_id = users.user_id
