-- grain: one row per deal of any status, deleted ones too
with deals as (
    select * from {{ ref('int_deals_linked') }}
),

money as (
    select * from {{ ref('int_deals_converted') }}
),

payments as (
    select * from {{ ref('fct_payments') }}
),

managers as (
    select * from {{ ref('int_deal_managers_resolved') }}
),

pipeline_stages as (
    select * from {{ ref('dim_pipeline_stages') }}
),

last_entries as (
    select
        deal_id,
        max(entered_at) as entered_at
    from {{ ref('fct_deal_stages') }}
    group by deal_id
),

persons as (
    select * from {{ ref('dim_persons') }}
),

accounts as (
    select * from {{ ref('dim_accounts') }}
),

channels as (
    select * from {{ ref('dim_channels') }}
),

first_contacts as (
    select * from {{ ref('fct_first_contacts') }}
),

contacts as (
    select * from {{ ref('dim_contacts') }}
),

participants as (
    select * from {{ ref('int_deal_participants_listed') }}
),

touches as (
    select * from {{ ref('fct_touchpoints') }}
    where not is_direct
),

last_touches as (
    select
        deals.deal_id,
        touches.source,
        touches.medium,
        touches.campaign
    from deals
    inner join touches
        on deals.person_id = touches.person_id
        and {{ came_before('touches.occurred_at', 'deals.created_at', 'deals.ordered_at') }}
    qualify
        row_number() over (
            partition by deals.deal_id
            order by touches.occurred_at desc, touches.candidate_no desc
        ) = 1
),

allocations as (
    select * from {{ ref('fct_cost_allocations') }}
),

{%- set methods = ['spread', 'direct'] %}

costs as (
    select
        {%- for method in methods %}
        sum(amount_rc) filter (where method = '{{ method }}') as {{ method }}_rc,
        {%- endfor %}
        person_id
    from allocations
    where person_id is not null
    group by person_id
),

-- A deal without a known person came from where its own card says.
sourced as (
    select
        deals.deal_id,
        coalesce(
            case when deals.person_id is null then deals.canonical_source else persons.source end,
            '(none)'
        ) as source,
        case when deals.person_id is null then deals.canonical_medium else persons.medium end
            as medium,
        case when deals.person_id is null then deals.canonical_campaign else persons.campaign end
            as campaign
    from deals
    left join persons on deals.person_id = persons.person_id
),

paid as (
    select
        deal_id,
        case
            when count(*) = count(amount_rc) then cast(sum(amount_rc) as decimal(18, 2))
        end as paid_rc
    from payments
    group by deal_id
),

numbered as (
    select
        deal_id,
        row_number() over (partition by person_id order by ordered_at, deal_id) as nth_deal
    from deals
    where person_id is not null and status <> 'deleted'
),

final as (
    select
        deals.deal_id,
        coalesce(deals.surviving_contact_id, '(no contact)') as contact_id,
        deals.person_id,
        deals.account_id,
        accounts.name as account_name,
        deals.created_at,
        deals.created_date,
        deals.created_at_is_day,
        deals.closed_at,
        deals.closed_date,
        deals.closed_at_is_day,
        deals.outcome_date,
        deals.status,
        deals.pipeline,
        deals.stage,
        pipeline_stages.position as stage_position,
        pipeline_stages.stage_kind,
        case
            when deals.status = 'open'
                then {{ elapsed_days('last_entries.entered_at', as_of()) }}
        end as days_in_stage,
        deals.owner_user_id,
        managers.owner_name,
        managers.manager_user_id,
        managers.manager_name,
        managers.team,
        deals.product,
        deals.competitor,
        deals.lost_reason,
        deals.creation_method,
        deals.amount,
        deals.currency,
        money.amount_rc,
        case
            when deals.status = 'won' then money.amount_rc
            else cast(0 as decimal(18, 2))
        end as revenue_rc,
        money.margin_rc,
        case
            when paid.deal_id is not null then paid.paid_rc
            else {{ if_measured(0, 'payments', type='decimal(18, 2)') }}
        end as paid_rc,
        sourced.source,
        sourced.medium,
        sourced.campaign,
        channels.channel,
        deals.source as deal_source,
        deals.medium as deal_medium,
        deals.campaign as deal_campaign,
        deals.content,
        deals.term,
        coalesce(first_contacts.contact_channel, '(none)') as contact_channel,
        first_contacts.sessions_before_contact,
        first_contacts.contact_session_no,
        case
            when deals.status <> 'won' or deals.is_closed_before_created then null
            when deals.closed_at_is_day
                then cast({{ calendar_days('deals.created_date', 'deals.closed_date') }} as double)
            else {{ elapsed_days('deals.created_at', 'deals.closed_at') }}
        end as cycle_days,
        cast(numbered.nth_deal as bigint) as nth_deal,
        numbered.nth_deal > 1 as is_repeat_deal,
        deals.status = 'open' as is_open,
        deals.status = 'won' as is_won,
        deals.status = 'lost' as is_lost,
        deals.deal_url,
        deals.tags,
        deals.canonical_source as card_source,
        deals.canonical_medium as card_medium,
        deals.canonical_campaign as card_campaign,
        {%- for method in methods %}
        case
            when deals.person_id is not null
                then {{ if_measured(
                    'case when numbered.nth_deal = 1 then costs.' ~ method ~ '_rc end',
                    'allocations', type='decimal(18, 6)'
                ) }}
        end as allocated_cost_{{ method }}_rc,
        {%- endfor %}
        last_touches.source as last_source,
        last_touches.medium as last_medium,
        last_touches.campaign as last_campaign,
        coalesce(accounts.name, contacts.company) as company,
        participants.contact_ids as participants,
        contacts.region
    from deals
    left join money on deals.deal_id = money.deal_id
    left join paid on deals.deal_id = paid.deal_id
    left join managers on deals.deal_id = managers.deal_id
    left join pipeline_stages
        on deals.pipeline = pipeline_stages.pipeline
        and deals.stage = pipeline_stages.stage
    left join last_entries on deals.deal_id = last_entries.deal_id
    inner join sourced on deals.deal_id = sourced.deal_id
    left join costs on deals.person_id = costs.person_id
    left join accounts on deals.account_id = accounts.account_id
    left join channels
        on sourced.source = channels.source
        and sourced.medium is not distinct from channels.medium
    left join first_contacts on deals.person_id = first_contacts.person_id
    left join numbered on deals.deal_id = numbered.deal_id
    left join last_touches on deals.deal_id = last_touches.deal_id
    left join contacts on deals.surviving_contact_id = contacts.contact_id
    left join participants on deals.deal_id = participants.deal_id
)

select * from final
