-- grain: one row per pipeline, stage and contact that stands in it (EE-14)
with contacts as (
    select * from {{ ref('dim_contacts') }}
),

stages as (
    select * from {{ ref('dim_pipeline_stages') }}
),

deals as (
    select * from {{ ref('fct_deals') }}
),

open_deals as (
    select * from {{ ref('fct_open_deals') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

-- A deal stands in the stage that it entered last, whose days are counted; its card may differ.
deal_stages as (
    select
        open_deals.deal_id,
        deals.contact_id,
        open_deals.pipeline,
        open_deals.stage,
        stages.position as stage_position,
        open_deals.owner_user_id,
        open_deals.owner_name,
        open_deals.days_in_stage
    from open_deals
    inner join deals on open_deals.deal_id = deals.deal_id
    left join stages
        on open_deals.pipeline = stages.pipeline
        and open_deals.stage = stages.stage
    where deals.contact_id <> '(no contact)'
),

contact_events as (
    select
        contact_id,
        pipeline,
        stage,
        occurred_at,
        {{ ordered_at('occurred_at', 'occurred_at_is_day') }} as ordered_at
    from {{ ref('fct_contact_events') }}
    where event_type = 'stage'
),

-- Where a contact itself stands in a pipeline: its latest stage event there.
contact_stages as (
    select
        contact_events.contact_id,
        contact_events.pipeline,
        contact_events.stage,
        contact_events.occurred_at,
        stages.position as stage_position,
        stages.stage_kind
    from contact_events
    left join stages
        on contact_events.pipeline = stages.pipeline
        and contact_events.stage = stages.stage
    qualify
        row_number() over (
            partition by contact_events.contact_id, contact_events.pipeline
            order by
                contact_events.ordered_at desc,
                stages.position desc nulls last,
                contact_events.stage desc
        ) = 1
),

owners as (
    select * from {{ ref('fct_contact_owners') }}
    where owned_to is null
),

standing as (
    select
        pipeline,
        stage,
        stage_position,
        contact_id,
        owner_user_id,
        owner_name,
        days_in_stage,
        1 as subject_rank,
        deal_id as subject_id
    from deal_stages

    union all

    select
        contact_stages.pipeline,
        contact_stages.stage,
        contact_stages.stage_position,
        contact_stages.contact_id,
        coalesce(owners.owner_user_id, contacts.owner_user_id) as owner_user_id,
        case
            when owners.owner_user_id is not null then owners.owner_name
            else contacts.owner_name
        end as owner_name,
        {{ elapsed_days('contact_stages.occurred_at', as_of()) }} as days_in_stage,
        2 as subject_rank,
        contact_stages.contact_id as subject_id
    from contact_stages
    left join owners on contact_stages.contact_id = owners.contact_id
    left join contacts on contact_stages.contact_id = contacts.contact_id
    where contact_stages.stage_kind is null or contact_stages.stage_kind = 'open'
),

final as (
    select
        standing.*,
        contacts.person_id,
        users.team
    from standing
    left join contacts on standing.contact_id = contacts.contact_id
    left join users on standing.owner_user_id = users.user_id
    where contacts.is_deleted is distinct from true
    -- Of several entries of one contact the latest counts.
    qualify
        row_number() over (
            partition by standing.pipeline, standing.stage, standing.contact_id
            order by standing.days_in_stage nulls last, standing.subject_rank, standing.subject_id
        ) = 1
)

select
    pipeline,
    stage,
    stage_position,
    case
        when days_in_stage is null then '(unknown)'
        when days_in_stage < 8 then '0-7'
        when days_in_stage < 31 then '8-30'
        when days_in_stage < 91 then '31-90'
        else '91+'
    end as days_band,
    contact_id,
    person_id,
    coalesce(owner_user_id, '(none)') as owner_user_id,
    owner_name,
    team,
    days_in_stage
from final
