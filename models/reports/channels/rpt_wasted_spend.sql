-- grain: one row per month, source, medium, campaign, kind of spend and outcome
with allocations as (
    select * from {{ ref('fct_cost_allocations') }}
    where method = 'spread'
),

-- The outcome of a person's share comes from all its deals up to as_of.
deals as (
    select
        person_id,
        bool_or(is_won) as has_won,
        bool_or(is_open) as has_open,
        bool_or(is_lost) as has_lost
    from {{ ref('fct_deals') }}
    where person_id is not null
    group by person_id
),

visited as (
    select distinct
        {{ period_start('month', 'started_date') }} as month,
        source,
        medium,
        campaign
    from {{ ref('fct_sessions') }}
),

judged as (
    select
        allocations.*,
        case
            when deals.has_won then 'won deals'
            when deals.has_open then 'open deals'
            when deals.has_lost then 'only lost deals'
            when allocations.person_id is not null then 'contacts without deals'
            when allocations.kind in ('agency', 'number_rent') then 'overhead'
            -- A company that delivers no sessions cannot say that there was none.
            when
                allocations.kind = 'ad' and visited.month is null
                and {{ is_measured(ref('fct_sessions')) }}
                then 'no session'
            else 'no contact'
        end as outcome
    from allocations
    left join deals on allocations.person_id = deals.person_id
    left join visited
        on allocations.date_day = visited.month
        and allocations.source = visited.source
        and allocations.medium is not distinct from visited.medium
        and allocations.campaign is not distinct from visited.campaign
)

select
    date_day as month,
    channel,
    source,
    medium,
    campaign,
    kind,
    outcome,
    cast(sum(amount_rc) as decimal(18, 6)) as spend_rc
from judged
group by date_day, channel, source, medium, campaign, kind, outcome
having sum(amount_rc) <> 0
