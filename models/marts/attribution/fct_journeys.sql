-- grain: one row per conversion: a lead, a deal that was created, a deal that was won
with deals as (
    select
        *,
        {{ ordered_at('created_at', 'created_at_is_day') }} as ordered_at
    from {{ ref('fct_deals') }}
),

leads as (
    select * from {{ ref('fct_leads') }}
),

openings as (
    select * from {{ ref('fct_openings') }}
),

conversions as (
    select
        'lead' as conversion_type,
        leads.lead_id as conversion_id,
        leads.person_id,
        leads.opened_at as converted_at,
        openings.ordered_at,
        leads.opened_date as conversion_date,
        cast(0 as decimal(18, 2)) as value_rc,
        cast(null as decimal(18, 2)) as margin_rc
    from leads
    inner join openings
        on leads.lead_id = openings.lead_id
        and leads.opened_by = openings.opened_by
        and leads.opening_id = openings.opening_id

    union all

    select
        'deal_created' as conversion_type,
        deal_id as conversion_id,
        person_id,
        created_at as converted_at,
        ordered_at,
        created_date as conversion_date,
        amount_rc as value_rc,
        margin_rc
    from deals

    union all

    select
        'deal_won' as conversion_type,
        deal_id as conversion_id,
        person_id,
        created_at as converted_at,
        ordered_at,
        outcome_date as conversion_date,
        revenue_rc as value_rc,
        margin_rc
    from deals
    where is_won
),

-- A run is a stretch of touches of one channel.
touches as (
    select
        *,
        coalesce(channel <> lag(channel) over in_order, true) as begins_run
    from {{ ref('fct_touchpoints') }}
    window in_order as (partition by person_id order by touch_no)
),

numbered as (
    select
        *,
        count(*) filter (where begins_run) over (
            partition by person_id
            order by touch_no
        ) as run_no
    from touches
),

journeys as (
    select
        conversions.conversion_type,
        conversions.conversion_id,
        min(numbered.occurred_at) as first_touch_at,
        max(numbered.touch_no) as touches,
        max(numbered.sourced_touch_no) as sourced_touches,
        max(numbered.run_no) as runs
    from conversions
    inner join numbered
        on conversions.person_id = numbered.person_id
        and {{ came_before(
            'numbered.occurred_at', 'conversions.converted_at', 'conversions.ordered_at'
        ) }}
    group by conversions.conversion_type, conversions.conversion_id
),

runs as (
    select
        person_id,
        run_no,
        channel
    from numbered
    where begins_run
),

paths as (
    select
        latest.person_id,
        latest.run_no,
        {{ list_of('runs.channel', 'runs.run_no', separator=' > ') }} as channels
    from runs as latest
    inner join runs
        on latest.person_id = runs.person_id
        and runs.run_no > latest.run_no - 10
        and runs.run_no <= latest.run_no
    group by latest.person_id, latest.run_no
)

select
    conversions.conversion_type,
    conversions.conversion_id,
    conversions.person_id,
    conversions.converted_at,
    conversions.ordered_at,
    conversions.conversion_date,
    conversions.value_rc,
    conversions.margin_rc,
    coalesce(journeys.touches, 0) as touches,
    coalesce(journeys.sourced_touches, 0) as sourced_touches,
    case
        when journeys.first_touch_at <= conversions.converted_at
            then {{ elapsed_days('journeys.first_touch_at', 'conversions.converted_at') }}
    end as days_since_first_touch,
    case
        when paths.channels is null then '(unattributed)'
        when journeys.runs > 10 then '… > ' || paths.channels
        else paths.channels
    end as path
from conversions
left join journeys
    on conversions.conversion_type = journeys.conversion_type
    and conversions.conversion_id = journeys.conversion_id
left join paths
    on conversions.person_id = paths.person_id
    and journeys.runs = paths.run_no
