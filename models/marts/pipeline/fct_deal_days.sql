-- grain: one row per deal and local day on which anything about it changed (D-42)
with deals as (
    select * from {{ ref('int_deals_decided') }}
),

money as (
    select * from {{ ref('int_deals_converted') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_filled') }}
),

pipeline_stages as (
    select * from {{ ref('stg_pipeline_stages') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

-- What came before the deal's creation held when it was created.
versions as (
    select
        versions.*,
        greatest({{ local_date('versions.version_at') }}, deals.created_date) as date_day,
        {{ local_date('versions.closed_at') }} as closed_date
    from {{ ref('stg_deal_versions') }} as versions
    inner join deals on versions.deal_id = deals.deal_id
    where versions.version_at < {{ as_of() }}
),

cards as (
    select * from versions
    qualify
        row_number() over (
            partition by deal_id, date_day
            order by version_at desc, {{ latest_first() }}
        ) = 1
),

numbered_cards as (
    select
        *,
        row_number() over (partition by deal_id order by date_day) as card_no
    from cards
),

events as (
    select
        events.deal_id,
        events.pipeline,
        events.stage,
        {{ ordered_at('events.occurred_at', 'events.occurred_at_is_day') }} as ordered_at,
        pipeline_stages.position,
        greatest({{ local_date('events.occurred_at') }}, deals.created_date) as date_day
    from {{ ref('stg_deal_stages') }} as events
    inner join deals on events.deal_id = deals.deal_id
    left join pipeline_stages
        on events.pipeline = pipeline_stages.pipeline
        and events.stage = pipeline_stages.stage
    where events.occurred_at < {{ as_of() }}
),

-- Of events at one instant the last is the last of fct_deal_stages.
entries as (
    select * from events
    qualify
        row_number() over (
            partition by deal_id, date_day
            order by
                ordered_at desc,
                position desc nulls first,
                pipeline desc,
                stage desc
        ) = 1
),

numbered_entries as (
    select
        *,
        row_number() over (partition by deal_id order by date_day) as entry_no
    from entries
),

changes as (
    select
        deal_id,
        created_date as date_day,
        0 as cards,
        0 as entries
    from deals

    union all

    select
        deal_id,
        date_day,
        1 as cards,
        0 as entries
    from cards

    union all

    select
        deal_id,
        date_day,
        0 as cards,
        1 as entries
    from entries
),

days as (
    select
        deal_id,
        date_day,
        sum(cards) as cards,
        sum(entries) as entries
    from changes
    group by deal_id, date_day
),

counted as (
    select
        deal_id,
        date_day,
        lead(date_day) over course as until_day,
        sum(cards) over course as card_no,
        sum(entries) over course as entry_no
    from days
    window course as (
        partition by deal_id
        order by date_day
    )
),

-- Before its first version a deal is as its latest card says, as for its manager.
stated as (
    select
        counted.deal_id,
        counted.date_day,
        counted.until_day,
        deals.created_date,
        money.rate_date,
        coalesce(entries.pipeline, cards.pipeline, deals.pipeline) as pipeline,
        case
            when entries.deal_id is not null then entries.stage
            when cards.deal_id is not null then cards.stage
            else deals.stage
        end as stage,
        coalesce(
            case when cards.deal_id is null then deals.owner_user_id else cards.owner_user_id end,
            '(none)'
        ) as owner_user_id,
        case when cards.deal_id is null then deals.amount else cards.amount end as amount,
        case when cards.deal_id is null then deals.currency else cards.currency end as currency,
        deals.status as latest_status,
        deals.outcome_date,
        deals.closed_date as latest_closed_date,
        cards.deal_id is not null as has_card,
        cards.status as card_status,
        cards.closed_date
    from counted
    inner join deals on counted.deal_id = deals.deal_id
    inner join money on counted.deal_id = money.deal_id
    left join numbered_cards as cards
        on counted.deal_id = cards.deal_id
        and counted.card_no = cards.card_no
    left join numbered_entries as entries
        on counted.deal_id = entries.deal_id
        and counted.entry_no = entries.entry_no
),

-- What the deal has come to is what fct_deals says.
final as (
    select
        stated.deal_id,
        stated.date_day,
        stated.until_day,
        stated.created_date,
        stated.pipeline,
        coalesce(stated.stage, '(none)') as stage,
        stated.owner_user_id,
        users.user_name as owner_name,
        {{ convert('stated.amount', 'stated.currency', 'rates.rate') }} as amount_rc,
        case
            when stated.until_day is null then stated.latest_status
            when stated.has_card then coalesce(stated.card_status, pipeline_stages.kind, 'open')
        end as status,
        case
            when stated.until_day is null then stated.outcome_date
            else stated.closed_date
        end as closed_date,
        case
            when stated.has_card then stated.closed_date
            else stated.latest_closed_date
        end as planned_date
    from stated
    left join users on stated.owner_user_id = users.user_id
    left join rates
        on stated.currency = rates.currency
        and stated.rate_date = rates.date_day
    left join pipeline_stages
        on stated.pipeline = pipeline_stages.pipeline
        and stated.stage = pipeline_stages.stage
)

select
    deal_id,
    date_day,
    until_day,
    created_date,
    pipeline,
    stage,
    owner_user_id,
    owner_name,
    amount_rc,
    status,
    closed_date,
    planned_date
from final
