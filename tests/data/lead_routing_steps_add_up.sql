-- Detects: a flow chart in which reached grows from one step to the next, or whose red parts are
--   not what each step loses, so that they and the final stage do not add up to the contacts
--   acquired (LR-41, LR-42, D-04, D-05).
-- Usually means: a step of rpt_lead_routing_steps is counted by another rule than the others.
-- A returned row: one cohort (panel, day, source tag, salesperson), at its first wrong step.
with steps as (
    select * from {{ ref('rpt_lead_routing_steps') }}
),

chained as (
    select
        *,
        lag(reached) over (
            partition by panel_id, acquired_date, source_tag, user_id
            order by step_no
        ) as reached_before,
        count(*) over (
            partition by panel_id, acquired_date, source_tag, user_id
        ) as step_count
    from steps
),

wrong as (
    select
        *,
        case
            when step_count <> 6
                then 'has ' || cast(step_count as string) || ' steps instead of 6'
            when reached > reached_before
                then 'has reached ' || cast(reached as string) || ' at step ' || step
                    || ', more than the ' || cast(reached_before as string) || ' of the step before'
            when not_passed <> coalesce(reached_before - reached, 0)
                then 'has not_passed ' || cast(not_passed as string) || ' at step ' || step
                    || ', which is not reached of the step before less reached of this one'
            when entered > reached or implied <> reached - entered
                then 'has entered ' || cast(entered as string) || ' and implied '
                    || cast(implied as string) || ' at step ' || step
                    || ', which do not add up to its reached ' || cast(reached as string)
            when not_passed_lost < 0 or not_passed_open < 0
                or not_passed_lost + not_passed_open <> not_passed
                then 'has ' || cast(not_passed_lost as string) || ' lost and '
                    || cast(not_passed_open as string) || ' open at step ' || step
                    || ', which do not add up to its not_passed ' || cast(not_passed as string)
        end as what
    from chained
),

final as (
    select
        'Panel ' || panel_id || ', acquired ' || cast(acquired_date as string) || ' by '
        || source_tag || ', salesperson ' || user_id || ': the flow chart ' || what
        || '. Correct models/reports/lead_routing/rpt_lead_routing_steps.sql.' as problem
    from wrong
    where what is not null
    qualify
        row_number() over (
            partition by panel_id, acquired_date, source_tag, user_id
            order by step_no
        ) = 1
)

select * from final
