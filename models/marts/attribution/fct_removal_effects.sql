-- grain: one row per conversion type and channel: what share of the conversions is lost without it
-- Journeys are read as a Markov chain, in which the next channel depends on the present one alone.
with moves as (
    select * from {{ ref('fct_channel_moves') }}
),

-- State 0 is the start as an origin and the conversion as a target.
states as (
    select
        conversion_type,
        origin as channel,
        sum(moves) as visits,
        row_number() over (
            partition by conversion_type
            order by origin <> '(start)', origin
        ) - 1 as state
    from moves
    group by conversion_type, origin
),

-- The identity less the chance of each move, and the chances of a conversion.
equations as (
    select
        origins.conversion_type,
        origins.state as origin,
        targets.state as target,
        case
            when targets.state = 0 then {{ ratio('coalesce(moves.moves, 0)', 'origins.visits') }}
            else
                case when origins.state = targets.state then 1 else 0 end
                - {{ ratio('coalesce(moves.moves, 0)', 'origins.visits') }}
        end as factor
    from states as origins
    inner join states as targets on origins.conversion_type = targets.conversion_type
    left join moves
        on origins.conversion_type = moves.conversion_type
        and origins.channel = moves.origin
        and case when targets.state = 0 then '(conversion)' else targets.channel end = moves.target
),

-- What is left is how often a journey is on a channel when it comes from another, and the chance
-- that it converts from there.
solved as (
    {{ solved_equations('equations') }}
)

select
    states.conversion_type,
    states.channel,
    cast(states.visits as bigint) as touches,
    round(begun.factor, 12) as conversion_rate,
    round(
        begun.factor - {{ ratio('arrivals.factor', 'stays.factor') }} * conversions.factor, 12
    ) as conversion_rate_without,
    round(
        {{ ratio('arrivals.factor', 'stays.factor') }}
        * {{ ratio('conversions.factor', 'begun.factor') }},
        12
    ) as removal_effect
from states
inner join solved as begun
    on states.conversion_type = begun.conversion_type
    and begun.origin = 0
    and begun.target = 0
inner join solved as arrivals
    on states.conversion_type = arrivals.conversion_type
    and arrivals.origin = 0
    and arrivals.target = states.state
inner join solved as stays
    on states.conversion_type = stays.conversion_type
    and stays.origin = states.state
    and stays.target = states.state
inner join solved as conversions
    on states.conversion_type = conversions.conversion_type
    and conversions.origin = states.state
    and conversions.target = 0
where states.state > 0
