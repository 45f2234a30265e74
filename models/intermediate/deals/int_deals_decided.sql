-- grain: one row per deal created before as_of, with its status and its local days
with deals as (
    select * from {{ ref('stg_deals') }}
    where created_at < {{ as_of() }}
),

pipeline_stages as (
    select * from {{ ref('stg_pipeline_stages') }}
),

-- Of events at one instant the last is the last of fct_deal_stages.
latest_stages as (
    select
        events.deal_id,
        events.pipeline,
        events.stage
    from {{ ref('stg_deal_stages') }} as events
    left join pipeline_stages
        on events.pipeline = pipeline_stages.pipeline
        and events.stage = pipeline_stages.stage
    where events.occurred_at < {{ as_of() }}
    qualify
        row_number() over (
            partition by events.deal_id
            order by
                {{ ordered_at('events.occurred_at', 'events.occurred_at_is_day') }} desc,
                pipeline_stages.position desc nulls first,
                events.pipeline desc,
                events.stage desc
        ) = 1
),

staged as (
    select
        deals.*,
        coalesce(latest_stages.pipeline, deals.pipeline) as latest_pipeline,
        coalesce(latest_stages.stage, deals.stage) as latest_stage
    from deals
    left join latest_stages on deals.deal_id = latest_stages.deal_id
),

judged as (
    select
        {%- for column in landing_contract()['deals'].types if column != 'status' %}
        staged.{{ column }},
        {%- endfor %}
        staged.created_at_is_day,
        staged.closed_at_is_day,
        coalesce(staged.status, pipeline_stages.kind, 'open') as status,
        {{ local_date('staged.created_at') }} as created_date,
        {{ local_date('staged.closed_at') }} as closed_date
    from staged
    left join pipeline_stages
        on staged.latest_pipeline = pipeline_stages.pipeline
        and staged.latest_stage = pipeline_stages.stage
),

final as (
    select
        *,
        case
            when status in ('won', 'lost') then coalesce(closed_date, created_date)
        end as outcome_date,
        case
            when closed_at_is_day then closed_date < created_date
            else closed_at < created_at
        end as is_closed_before_created
    from judged
)

select * from final
