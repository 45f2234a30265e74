{# The deal journal's CTEs, ending in `journal`: reports and pii show the same rows. #}
{% macro deal_journal() -%}
deals as (
    select * from {{ ref('fct_deals') }}
),

users as (
    select * from {{ ref('dim_users') }}
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

journal as (
    select
        deals.*,
        pipeline_stages.stage_kind,
        users.user_name as manager_name,
        users.team,
        case
            when deals.is_open
                then {{ elapsed_days('last_entries.entered_at', as_of()) }}
        end as days_in_stage
    from deals
    left join users on deals.manager_user_id = users.user_id
    left join pipeline_stages
        on deals.pipeline = pipeline_stages.pipeline
        and deals.stage = pipeline_stages.stage
    left join last_entries on deals.deal_id = last_entries.deal_id
)
{%- endmacro %}

{# The journal's columns, in order. #}
{% macro deal_journal_columns() -%}
    {{ return([
        'deal_id',
        'contact_id',
        'person_id',
        'created_at',
        'created_date',
        'closed_at',
        'closed_date',
        'outcome_date',
        'status',
        'pipeline',
        'stage',
        'stage_kind',
        'days_in_stage',
        'owner_user_id',
        'manager_user_id',
        'manager_name',
        'team',
        'product',
        'competitor',
        'lost_reason',
        'creation_method',
        'amount',
        'currency',
        'amount_rc',
        'revenue_rc',
        'margin_rc',
        'paid_rc',
        'source',
        'medium',
        'campaign',
        'channel',
        'deal_source',
        'deal_medium',
        'deal_campaign',
        'contact_channel',
        'sessions_before_contact',
        'contact_session_no',
        'cycle_days',
        'nth_deal',
        'is_repeat_deal',
        'is_open',
        'is_won',
        'is_lost',
        'deal_url',
        'tags',
    ]) }}
{%- endmacro %}
