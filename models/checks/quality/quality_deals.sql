-- grain: one row per rule about deals and their stages
select
    'won deal without an amount' as rule,
    'fct_deals' as table_name,
    'warn' as severity,
    'The deal is won but adds nothing to revenue. Enter its amount in the CRM.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('fct_deals') }}) as total_rows,
    {{ smallest_keys('deal_id') }} as sample_keys
from {{ ref('fct_deals') }}
where is_won and amount is null

union all

select
    'closed deal without a closing date' as rule,
    'fct_deals' as table_name,
    'warn' as severity,
    'The deal is reported on the day it was created. Enter its closing date in the CRM.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('fct_deals') }}) as total_rows,
    {{ smallest_keys('deal_id') }} as sample_keys
from {{ ref('fct_deals') }}
where (is_won or is_lost) and closed_at is null

union all

select
    'deal closed before it was created' as rule,
    'fct_deals' as table_name,
    'warn' as severity,
    'The deal was closed before it was created, so it has no cycle time. Correct one of '
    || 'the two dates in the CRM.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('fct_deals') }}) as total_rows,
    {{ smallest_keys('deal_id') }} as sample_keys
from {{ ref('int_deals_decided') }}
where is_closed_before_created

union all

select
    'deal closed in the future' as rule,
    'fct_deals' as table_name,
    'warn' as severity,
    'The deal was closed after the day that follows its delivery, often because a planned date is '
    || 'in the wrong field. It is reported on that day. Correct it in the CRM.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('fct_deals') }}) as total_rows,
    {{ smallest_keys('decided.deal_id') }} as sample_keys
from {{ ref('int_deals_decided') }} as decided
inner join {{ ref('stg_deals') }} as cards on decided.deal_id = cards.deal_id
where
    decided.status in ('won', 'lost')
    and decided.closed_date > {{ add_days('cards._delivery_date', 1) }}

union all

select
    'deal without a contact' as rule,
    'fct_deals' as table_name,
    'warn' as severity,
    'The deal belongs to no person, so its source is only what its own card says. Link it '
    || 'to a contact in the CRM.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('fct_deals') }}) as total_rows,
    {{ smallest_keys('deal_id') }} as sample_keys
from {{ ref('fct_deals') }}
where contact_id = '(no contact)'

union all

select
    'deal of a contact id without a record' as rule,
    'fct_deals' as table_name,
    'warn' as severity,
    'The contact of the deal was never delivered, so the deal belongs to no person. '
    || 'Deliver the contact.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('fct_deals') }}) as total_rows,
    {{ smallest_keys('deal_id') }} as sample_keys
from {{ ref('fct_deals') }}
where contact_id <> '(no contact)' and person_id is null

union all

select
    'deal stage that pipeline_stages does not have' as rule,
    'fct_deal_stages' as table_name,
    'warn' as severity,
    'Its position and kind are unknown, so the funnel cannot place it. Add it to '
    || 'pipeline_stages.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('fct_deal_stages') }}) as total_rows,
    {{ smallest_keys("pipeline || ' / ' || stage") }} as sample_keys
from (
    select distinct
        pipeline,
        stage
    from {{ ref('fct_deal_stages') }}
    where stage_kind is null
) as unknown_stages

union all

select
    'deal with several contacts on its card' as rule,
    'fct_deals' as table_name,
    'warn' as severity,
    'The first contact is taken as the client; all of them are in fct_deal_contacts. If '
    || 'another one is the client, name it first.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('int_deals_linked') }}) as total_rows,
    {{ smallest_keys('deal_id') }} as sample_keys
from {{ ref('int_deals_linked') }}
where trim(contact_id) <> {{ first_id_of('contact_id') }}
