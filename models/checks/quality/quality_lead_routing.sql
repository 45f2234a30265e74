-- grain: one row per rule about lead routing
with known_panels as (
    {{ known_panels(ref('stg_pipeline_stages'), ref('stg_contact_tags')) }}
),

known_sellers as (
    select panel_sellers.*
    from {{ ref('dim_lead_routing_panel_sellers') }} as panel_sellers
    inner join known_panels on panel_sellers.panel_id = known_panels.panel_id
)

select
    'acquired contact id without a record' as rule,
    'fct_contact_acquisition' as table_name,
    'warn' as severity,
    'The contact has tags, but its record was never delivered. Deliver the contact.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('fct_contact_acquisition') }}) as total_rows,
    {{ smallest_keys('contact_id') }} as sample_keys
from (
    select distinct acquisition.contact_id
    from {{ ref('fct_contact_acquisition') }} as acquisition
    left join {{ ref('dim_contacts') }} as contacts
        on acquisition.contact_id = contacts.contact_id
    where contacts.contact_id is null
) as unknown_contacts

union all

select
    'contact acquired by two tags at one instant' as rule,
    'fct_contact_acquisition' as table_name,
    'warn' as severity,
    'Two source tags were added at the same instant, and their priority decided. If the '
    || 'wrong one won, change seeds/lead_routing_panel_sources.csv.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('fct_contact_acquisition') }}) as total_rows,
    {{ smallest_keys("panel_id || ':' || contact_id") }} as sample_keys
from {{ ref('fct_contact_acquisition') }}
where is_source_tie

union all

select
    'contact handed over before it was acquired' as rule,
    'fct_contact_acquisition' as table_name,
    'warn' as severity,
    'It was handed over before it got its source tag, so the hand-over has no duration. '
    || 'Check whether the tag was added late.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('fct_contact_acquisition') }}) as total_rows,
    {{ smallest_keys("panel_id || ':' || contact_id") }} as sample_keys
from {{ ref('fct_contact_acquisition') }}
where handed_over_at < acquired_at

union all

select
    'contact contacted before it was acquired' as rule,
    'fct_contact_acquisition' as table_name,
    'warn' as severity,
    'It was contacted before it got its source tag, so the first contact has no duration. '
    || 'Check whether the tag was added late.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('fct_contact_acquisition') }}) as total_rows,
    {{ smallest_keys("panel_id || ':' || contact_id") }} as sample_keys
from {{ ref('fct_contact_acquisition') }}
where first_contacted_at < acquired_at

union all

select
    'panel names an unknown user' as rule,
    'dim_lead_routing_panel_sellers' as table_name,
    'warn' as severity,
    'A salesperson of the panel is not among the users, so there is no name to show. '
    || 'Correct seeds/lead_routing_panel_sellers.csv or deliver the user.' as meaning,
    count(*) as failing_rows,
    (select count(*) from known_sellers) as total_rows,
    {{ smallest_keys("sellers.panel_id || ':' || sellers.user_id") }} as sample_keys
from known_sellers as sellers
left join {{ ref('stg_users') }} as known on sellers.user_id = known.user_id
where known.user_id is null
