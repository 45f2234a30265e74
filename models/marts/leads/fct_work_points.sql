-- grain: one row per open lead or deal and reason to work it before others (ST-79)
with leads as (
    select * from {{ ref('fct_leads') }}
    where status = 'open'
),

open_deals as (
    select * from {{ ref('fct_open_deals') }}
),

temperatures as (
    select * from {{ ref('fct_temperatures') }}
),

sources as (
    select
        source,
        count(*) filter (where is_won) as won,
        count(*) as decided
    from {{ ref('fct_deals') }}
    where
        outcome_date < {{ as_of_date() }}
        and outcome_date >= {{ add_days(as_of_date(), -365) }}
    group by source
),

subjects as (
    select
        'lead' as subject,
        lead_id as subject_id,
        person_id,
        source,
        days_waiting,
        cast(null as decimal(20, 12)) as probability
    from leads

    union all

    select
        'deal' as subject,
        deal_id as subject_id,
        person_id,
        source,
        days_since_activity as days_waiting,
        probability
    from open_deals
),

reasons as (
    select
        subjects.subject,
        subjects.subject_id,
        temperatures.measure as kind,
        temperatures.value,
        case
            when temperatures.measure = 'tag' then 'tag ' || temperatures.value
            else temperatures.value || ' ' || temperatures.measure || ' or more'
        end as reason,
        temperatures.points
    from subjects
    inner join temperatures on subjects.person_id = temperatures.person_id

    union all

    select
        subject,
        subject_id,
        'waiting' as kind,
        cast(null as string) as value,
        cast(cast(floor(days_waiting) as bigint) as string) || ' days without work' as reason,
        cast(
            least(
                floor(days_waiting) * {{ var('points_per_waiting_day') }},
                {{ var('most_waiting_points') }}
            ) as bigint
        ) as points
    from subjects
    where days_waiting is not null

    union all

    select
        subjects.subject,
        subjects.subject_id,
        'source' as kind,
        cast(null as string) as value,
        cast(sources.won as string) || ' of ' || cast(sources.decided as string)
        || ' deals won from ' || sources.source as reason,
        cast(
            round({{ ratio('sources.won', 'sources.decided') }} * {{ var('source_points') }})
            as bigint
        ) as points
    from subjects
    inner join sources on subjects.source = sources.source

    union all

    select
        subject,
        subject_id,
        'chance' as kind,
        cast(null as string) as value,
        cast(cast(round(100 * probability) as bigint) as string) || ' % chance' as reason,
        cast(round(probability * {{ var('chance_points') }}) as bigint) as points
    from subjects
    where probability is not null
)

select
    subject,
    subject_id,
    kind,
    coalesce(value, kind) as value,
    reason || case when points < 0 then ' ' else ' +' end || cast(points as string) as reason,
    points
from reasons
where points <> 0
