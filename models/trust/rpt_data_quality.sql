-- grain: one row per rule; a rule of severity error fails the build before publishing
with rules as (
    {{ quality_rule(
        'deal amount without an exchange rate', 'fct_deals', var('missing_rate_severity'),
        'select deal_id as key from ' ~ ref('int_deals_converted') ~ ' where lacks_rate',
        ref('int_deals_converted')
    ) }}

    union all

    {{ quality_rule(
        'payment without an exchange rate', 'fct_deals', var('missing_rate_severity'),
        'select payment_id as key from ' ~ ref('fct_payments') ~ ' where amount_rc is null',
        ref('fct_payments')
    ) }}

    union all

    {{ quality_rule(
        'spend without an exchange rate', 'fct_ad_spend', var('missing_rate_severity'),
        "select coalesce(platform, kind) || ':' || campaign_id || ':' || cast(date_day as string) as key from "
        ~ ref('int_spend_converted') ~ ' where lacks_rate',
        ref('int_spend_converted')
    ) }}

    union all

    {{ quality_rule(
        'manual cost that ends before it begins', 'fct_ad_spend', 'warn',
        'select cost_id as key from ' ~ ref('stg_manual_costs') ~ ' where date_to < date_from',
        ref('stg_manual_costs')
    ) }}

    union all

    {{ quality_rule(
        'inbound call that nothing explains', 'fct_calls', 'warn',
        "select call_id as key from " ~ ref('fct_calls') ~ " where match_method = 'none'",
        ref('fct_calls')
    ) }}

    union all

    {{ quality_rule(
        'deal amount without a currency', 'fct_deals', 'warn',
        'select deal_id as key from ' ~ ref('fct_deals')
        ~ ' where amount is not null and currency is null',
        ref('fct_deals')
    ) }}

    union all

    {{ quality_rule(
        'won deal without an amount', 'fct_deals', 'warn',
        'select deal_id as key from ' ~ ref('fct_deals') ~ ' where is_won and amount is null',
        ref('fct_deals')
    ) }}

    union all

    {{ quality_rule(
        'closed deal without a closing date', 'fct_deals', 'warn',
        'select deal_id as key from ' ~ ref('fct_deals')
        ~ ' where (is_won or is_lost) and closed_at is null',
        ref('fct_deals')
    ) }}

    union all

    {{ quality_rule(
        'deal closed before it was created', 'fct_deals', 'warn',
        'select deal_id as key from ' ~ ref('fct_deals') ~ ' where closed_at < created_at',
        ref('fct_deals')
    ) }}

    union all

    {{ quality_rule(
        'deal closed in the future', 'fct_deals', 'warn',
        'select deal_id as key from ' ~ ref('fct_deals')
        ~ ' where (is_won or is_lost) and closed_at >= ' ~ as_of(),
        ref('fct_deals')
    ) }}

    union all

    {{ quality_rule(
        'deal without a contact', 'fct_deals', 'warn',
        'select deal_id as key from ' ~ ref('fct_deals') ~ " where contact_id = '(no contact)'",
        ref('fct_deals')
    ) }}

    union all

    {{ quality_rule(
        'deal of a contact id without a record', 'fct_deals', 'warn',
        'select deal_id as key from ' ~ ref('fct_deals')
        ~ " where contact_id <> '(no contact)' and person_id is null",
        ref('fct_deals')
    ) }}

    union all

    {{ quality_rule(
        'acquired contact id without a record', 'fct_contact_acquisition', 'warn',
        'select distinct acquisition.contact_id as key from ' ~ ref('fct_contact_acquisition')
        ~ ' as acquisition left join ' ~ ref('dim_contacts')
        ~ ' as contacts on acquisition.contact_id = contacts.contact_id'
        ~ ' where contacts.contact_id is null',
        ref('fct_contact_acquisition')
    ) }}

    union all

    {{ quality_rule(
        'contact acquired by two tags at one instant', 'fct_contact_acquisition', 'warn',
        "select panel_id || ':' || contact_id as key from " ~ ref('fct_contact_acquisition')
        ~ ' where is_source_tie',
        ref('fct_contact_acquisition')
    ) }}

    union all

    {{ quality_rule(
        'contact handed over before it was acquired', 'fct_contact_acquisition', 'warn',
        "select panel_id || ':' || contact_id as key from " ~ ref('fct_contact_acquisition')
        ~ ' where handed_over_at < acquired_at',
        ref('fct_contact_acquisition')
    ) }}

    union all

    {{ quality_rule(
        'contact contacted before it was acquired', 'fct_contact_acquisition', 'warn',
        "select panel_id || ':' || contact_id as key from " ~ ref('fct_contact_acquisition')
        ~ ' where first_contacted_at < acquired_at',
        ref('fct_contact_acquisition')
    ) }}

    union all

    {{ quality_rule(
        'panel names an unknown user', 'dim_lead_routing_panel_sellers', 'warn',
        "select sellers.panel_id || ':' || sellers.user_id as key from "
        ~ ref('dim_lead_routing_panel_sellers') ~ ' as sellers left join '
        ~ ref('stg_users')
        ~ ' as users on sellers.user_id = users.user_id where users.user_id is null',
        ref('dim_lead_routing_panel_sellers')
    ) }}

    union all

    {{ quality_rule(
        'e-mail or phone shared by too many contacts', 'dim_contacts', 'warn',
        'select ' ~ keyed_hash('identifier') ~ ' as key from '
        ~ ref('int_contact_identifiers_normalised') ~ ' group by kind, identifier having count(*) > '
        ~ var('max_contacts_per_identifier'),
        ref('int_contact_identifiers_normalised')
    ) }}

    union all

    {{ quality_rule(
        'payment of an unknown deal', 'fct_deals', 'warn',
        'select payments.payment_id as key from ' ~ ref('fct_payments')
        ~ ' as payments left join ' ~ ref('fct_deals')
        ~ ' as deals on payments.deal_id = deals.deal_id where deals.deal_id is null',
        ref('fct_payments')
    ) }}

    union all

    {{ quality_rule(
        'deal stage that pipeline_stages does not have', 'fct_deal_stages', 'warn',
        "select distinct pipeline || ' / ' || stage as key from " ~ ref('fct_deal_stages')
        ~ ' where stage_kind is null',
        ref('fct_deal_stages')
    ) }}

    union all

    {{ quality_rule(
        'source without a rule in channels', 'dim_channels', 'warn',
        "select source || ' / ' || coalesce(medium, '(none)') as key from " ~ ref('dim_channels')
        ~ " where channel = '(unknown)' and source not in ('(none)', '(unknown)')",
        ref('dim_channels')
    ) }}

    union all

    {{ quality_rule(
        'user e-mail shared by several users', 'users', 'warn',
        'select user_id as key from (select user_id, count(*) over (partition by lower(trim(email)))'
        ~ ' as users from ' ~ ref('stg_users') ~ ' where email is not null) as shared'
        ~ ' where users > 1',
        ref('stg_users')
    ) }}

    union all

    {{ quality_rule(
        'landed row in quarantine', 'rpt_quarantine', 'warn',
        "select entity || ':' || file || ':' || coalesce(cast(row_number as string), 'whole file')"
        ~ ' as key from ' ~ ref('rpt_quarantine'),
        total_rows='(select sum(rows_read) from ' ~ ref('rpt_load_log') ~ ')'
    ) }}
)

select
    rule,
    table_name,
    severity,
    failing_rows,
    {{ ratio('failing_rows', 'total_rows') }} as share,
    sample_keys
from rules
