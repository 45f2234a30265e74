-- grain: one row per conversion type and move of any journey from channel to channel
-- A journey begins at (start) and ends in a (conversion) or in (nothing). Direct touches are left
-- out of a journey that has others (D-24).
with converted as (
    select
        conversion_type,
        person_id,
        touches,
        sourced_touches,
        '(conversion)' as journey_end
    from {{ ref('fct_journeys') }}
    where touches > 0
),

touches as (
    select * from {{ ref('fct_touchpoints') }}
),

types as (
    select distinct conversion_type from converted
),

-- A person who never converted has one journey, of all its touches.
not_converted as (
    select
        types.conversion_type,
        touches.person_id,
        max(touches.touch_no) as touches,
        max(touches.sourced_touch_no) as sourced_touches,
        '(nothing)' as journey_end
    from touches
    cross join types
    left join converted
        on types.conversion_type = converted.conversion_type
        and touches.person_id = converted.person_id
    where converted.person_id is null
    group by types.conversion_type, touches.person_id
),

journeys as (
    select * from converted

    union all

    select * from not_converted
),

linked as (
    select
        *,
        row_number() over of_kind as kind_no,
        lag(channel) over of_kind as previous_channel
    from touches
    window of_kind as (partition by person_id, is_direct order by touch_no)
),

met as (
    select
        journeys.conversion_type,
        coalesce(linked.previous_channel, '(start)') as origin,
        linked.channel as target,
        case
            when linked.kind_no = coalesce(nullif(journeys.sourced_touches, 0), journeys.touches)
                then journeys.journey_end
        end as journey_end
    from journeys
    inner join linked
        on journeys.person_id = linked.person_id
        and linked.touch_no <= journeys.touches
        and linked.is_direct = (journeys.sourced_touches = 0)
),

moves as (
    select
        conversion_type,
        origin,
        target
    from met

    union all

    select
        conversion_type,
        target as origin,
        journey_end as target
    from met
    where journey_end is not null
)

select
    conversion_type,
    origin,
    target,
    count(*) as moves
from moves
group by conversion_type, origin, target
