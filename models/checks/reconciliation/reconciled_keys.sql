-- grain: one row per entity and side: keys that landed, rows of the furthest model, keys to come
-- By entity the furthest model, the instant at which a key begins to exist, if it has one, and what
-- is true of the model's landed rows, if it has others.
{%- set furthest = {
    'accounts': ['dim_accounts', 'created_at'],
    'contacts': ['int_contacts_survived', 'created_at'],
    'contact_tags': ['int_contact_tags_survived', 'occurred_at'],
    'contact_owners': ['int_contact_owners_survived', 'occurred_at'],
    'contact_stages': ['int_contact_stages_survived', 'occurred_at'],
    'deals': ['fct_deals', 'created_at'],
    'deal_stages': ['fct_deal_stages', 'occurred_at', 'entered_at is not null'],
    'payments': ['fct_payments', 'paid_at'],
    'calls': ['fct_calls', 'started_at'],
    'sessions': ['fct_sessions', 'started_at'],
    'enquiries': ['fct_enquiries', 'occurred_at'],
    'tasks': ['fct_tasks', 'created_at'],
    'meetings': ['fct_meetings', 'created_at'],
    'emails': ['fct_emails', 'sent_at'],
    'surveys': ['fct_surveys', 'responded_at'],
    'targets': ['fct_targets', none],
} %}
{%- for entity, contract in landing_contract().items() if contract.kind != 'spend' %}
{%- set model, instant, landed = (furthest.get(entity, ['stg_' ~ entity, none]) + [none])[:3] %}
{%- if not loop.first %}

union all
{% endif %}
select
    'landed keys = modelled rows' as check_name,
    '{{ entity }}' as scope,
    cast(null as string) as currency,
    count(*) as raw_total,
    0 as mart_total
from (
    select
        {{ natural_key(entity) | join(',\n        ') }}
    from {{ source('landing', entity) }}
    where {{ is_row() }}
    group by all
) as landed_keys

union all

select
    'landed keys = modelled rows' as check_name,
    '{{ entity }}' as scope,
    cast(null as string) as currency,
    0 as raw_total,
    count(*) as mart_total
from {{ ref(model) }}
{%- if landed %}
where {{ landed }}
{%- endif %}
{%- if instant %}

union all

select
    'landed keys = modelled rows' as check_name,
    '{{ entity }}' as scope,
    cast(null as string) as currency,
    0 as raw_total,
    count(*) as mart_total
from (
    {{ keys_after_clock(entity, instant) }}
) as keys_to_come
{%- endif %}
{%- endfor %}
