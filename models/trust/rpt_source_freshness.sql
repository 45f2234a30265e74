-- grain: one row per source system and entity with a load that counts
with days as (
    select
        source_system,
        entity,
        delivery_date,
        max(loaded_at) as loaded_at
    from {{ ref('stg_loads') }}
    where status = 'loaded'
    group by
        source_system,
        entity,
        delivery_date
),

gaps as (
    select
        *,
        {{ calendar_days(
            'lag(delivery_date) over (partition by source_system, entity order by delivery_date)',
            'delivery_date'
        ) }} as days_since_the_one_before
    from days
    qualify
        row_number() over (
            partition by source_system, entity
            order by delivery_date desc
        ) <= 30
),

deliveries as (
    select
        source_system,
        entity,
        max(delivery_date) as last_delivery_date,
        max(loaded_at) as loaded_at,
        cast({{ percentile('days_since_the_one_before', 0.9) }} as double) * 24 as usual_gap_hours
    from gaps
    group by
        source_system,
        entity
),

final as (
    select
        deliveries.source_system,
        deliveries.entity,
        events.last_event_at,
        deliveries.last_delivery_date,
        deliveries.loaded_at,
        {{ elapsed_hours('events.last_event_at', as_of()) }} as hours_since_event,
        greatest(
            {{ elapsed_hours(day_start(add_days('deliveries.last_delivery_date', 1)), as_of()) }},
            cast(0 as double)
        ) as hours_since_delivery,
        deliveries.usual_gap_hours
    from deliveries
    left join {{ ref('latest_events') }} as events
        on deliveries.source_system = events.source_system
        and deliveries.entity = events.entity
)

select
    *,
    hours_since_delivery > usual_gap_hours as is_late
from final
