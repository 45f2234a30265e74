-- grain: one row per person and rule of the seed temperature_rules that it meets (D-33)
with rules as (
    select * from {{ ref('temperature_rules') }}
),

thresholds as (
    select
        *,
        cast(value as decimal(18, 6)) as least_value
    from rules
    where measure <> 'tag'
),

contacts as (
    select * from {{ ref('dim_contacts') }}
),

survivors as (
    select * from {{ ref('int_contact_survivors_resolved') }}
),

-- A tag holds until it is removed; of both at one instant it is off.
tags_held as (
    select
        contact_id,
        tag
    from {{ ref('int_contact_tags_survived') }}
    qualify
        row_number() over (
            partition by contact_id, tag
            order by ordered_at desc, action desc
        ) = 1
        and action = 'add'
),

tagged as (
    select distinct
        contacts.person_id,
        rules.measure,
        rules.value,
        rules.points
    from tags_held
    inner join rules
        on rules.measure = 'tag'
        and tags_held.tag = rules.value
    inner join contacts on tags_held.contact_id = contacts.contact_id
),

scores as (
    select
        coalesce(survivors.surviving_contact_id, attributes.id) as contact_id,
        try_cast(attributes.value as decimal(18, 6)) as score
    from {{ ref('fct_attributes') }} as attributes
    left join survivors on attributes.id = survivors.contact_id
    where attributes.entity = 'contacts' and lower(attributes.name) = 'score'
),

measures as (
    select
        'sessions' as measure,
        person_id,
        cast(count(*) as decimal(18, 6)) as measured
    from {{ ref('fct_sessions') }}
    where person_id is not null
    group by person_id

    union all

    select
        'score' as measure,
        contacts.person_id,
        max(scores.score) as measured
    from scores
    inner join contacts on scores.contact_id = contacts.contact_id
    group by contacts.person_id
)

select
    person_id,
    measure,
    value,
    points
from tagged

union all

select
    measures.person_id,
    thresholds.measure,
    thresholds.value,
    thresholds.points
from measures
inner join thresholds
    on measures.measure = thresholds.measure
    and measures.measured >= thresholds.least_value
