-- grain: one row per check, scope and currency; a difference fails the build before publishing
with
-- Every row the ledger calls loaded stands in its raw table.
landed as (
    select
        entity,
        sum(rows_loaded) as rows_loaded
    from {{ source('ledger', 'loads') }}
    where is_current
    group by entity
),

raw_rows as (
    {%- for entity in entity_keys().keys() | list + ['ad_spend'] %}
    select
        '{{ entity }}' as entity,
        count(*) as row_count
    from {{ source('files', entity) }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

-- Of an account's day only the latest delivery that has it counts.
spend_days as (
    select
        platform,
        account_id,
        {{ to_date('date') }} as spend_date,
        max(_delivery_date) as latest_delivery
    from {{ source('files', 'ad_spend') }}
    where {{ is_known() }}
    group by all
),

-- What was landed and is known: distinct natural keys, counted on the raw text.
raw_keys as (
    {%- for entity, key in entity_keys().items() %}
    select
        '{{ entity }}' as entity,
        count(*) as key_count
    from (
        select
            {{ key | join(',\n            ') }}
        from {{ source('files', entity) }}
        where {{ is_known() }}
        group by all
    ) as {{ entity }}_keys

    union all
    {% endfor %}
    select
        'ad_spend' as entity,
        count(*) as key_count
    from {{ source('files', 'ad_spend') }} as landed_rows
    inner join spend_days
        on landed_rows.platform = spend_days.platform
        and landed_rows.account_id = spend_days.account_id
        and {{ to_date('landed_rows.date') }} = spend_days.spend_date
        and landed_rows._delivery_date = spend_days.latest_delivery
),

-- Where those keys end up: the furthest model of each entity; what as_of excludes is counted beside
-- it.
arrived as (
    {%- set arrivals = {
        'contacts': [ref('int_contacts_survived'), 'created_at'],
        'contact_tags': [ref('int_contact_tags_survived'), 'occurred_at'],
        'contact_owners': [ref('int_contact_owners_survived'), 'occurred_at'],
        'contact_stages': [ref('int_contact_stages_survived'), 'occurred_at'],
        'deals': [ref('fct_deals'), 'created_at'],
        'deal_stages': [ref('fct_deal_stages'), 'occurred_at'],
        'payments': [ref('int_payments_converted'), 'paid_at'],
    } %}
    {%- for entity in entity_keys().keys() | list + ['ad_spend'] %}
    {%- if entity in arrivals %}
    select
        '{{ entity }}' as entity,
        (select count(*) from {{ arrivals[entity][0] }}) + (
            select count(*) from {{ ref('stg_files__' ~ entity) }}
            where {{ arrivals[entity][1] }} >= {{ as_of() }}
        ) as row_count
    {%- else %}
    select
        '{{ entity }}' as entity,
        (select count(*) from {{ ref('stg_files__' ~ entity) }}) as row_count
    {%- endif %}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

-- A contact record is a row of dim_contacts or was merged into another contact.
contacts_kept as (
    select
        (select count(*) from {{ ref('int_contacts_survived') }}) as records,
        (select count(*) from {{ ref('dim_contacts') }}) + (
            select count(*) from {{ ref('int_contacts_survived') }}
            where contact_id <> surviving_contact_id
        ) as kept
),

raw_deals as (
    select
        deal_id,
        coalesce(currency, '(none)') as currency,
        {{ to_amount('amount') }} as amount
    from {{ source('files', 'deals') }}
    where {{ is_known() }}
    qualify
        row_number() over (partition by deal_id order by {{ latest_first() }}) = 1
),

future_deals as (
    select deal_id from {{ ref('stg_files__deals') }}
    where created_at >= {{ as_of() }}
),

raw_deal_money as (
    select
        raw_deals.currency,
        sum(raw_deals.amount) as total
    from raw_deals
    left join future_deals on raw_deals.deal_id = future_deals.deal_id
    where future_deals.deal_id is null
    group by raw_deals.currency
),

mart_deal_money as (
    select
        coalesce(currency, '(none)') as currency,
        sum(amount) as total
    from {{ ref('fct_deals') }}
    group by coalesce(currency, '(none)')
),

report_money as (
    select
        (select sum(revenue_rc) from {{ ref('fct_deals') }}) as fact_total,
        (select sum(revenue_rc) from {{ ref('rpt_deal_journal') }}) as journal_total,
        (
            select sum(revenue_rc) from {{ ref('rpt_deal_summary') }}
            where date_basis = 'created'
        ) as summary_total
),

checks as (
    select
        'rows loaded = raw rows' as check_name,
        raw_rows.entity as scope,
        cast(null as string) as currency,
        coalesce(landed.rows_loaded, 0) as raw_total,
        raw_rows.row_count as mart_total
    from raw_rows
    left join landed on raw_rows.entity = landed.entity

    union all

    select
        'landed keys = modelled rows' as check_name,
        raw_keys.entity as scope,
        cast(null as string) as currency,
        raw_keys.key_count as raw_total,
        arrived.row_count as mart_total
    from raw_keys
    inner join arrived on raw_keys.entity = arrived.entity

    union all

    select
        'contact records = dim_contacts + merged' as check_name,
        'contacts' as scope,
        cast(null as string) as currency,
        records as raw_total,
        kept as mart_total
    from contacts_kept

    union all

    select
        'landed deal amounts = fct_deals' as check_name,
        'deals' as scope,
        coalesce(raw_deal_money.currency, mart_deal_money.currency) as currency,
        coalesce(raw_deal_money.total, 0) as raw_total,
        coalesce(mart_deal_money.total, 0) as mart_total
    from raw_deal_money
    full join mart_deal_money on raw_deal_money.currency = mart_deal_money.currency

    union all

    select
        'deal revenue = rpt_deal_journal' as check_name,
        'deals' as scope,
        {{ session_value('currency') }} as currency,
        coalesce(fact_total, 0) as raw_total,
        coalesce(journal_total, 0) as mart_total
    from report_money

    union all

    select
        'deal revenue = rpt_deal_summary' as check_name,
        'deals' as scope,
        {{ session_value('currency') }} as currency,
        coalesce(fact_total, 0) as raw_total,
        coalesce(summary_total, 0) as mart_total
    from report_money
)

select
    check_name,
    scope,
    currency,
    cast(raw_total as decimal(28, 2)) as raw_total,
    cast(mart_total as decimal(28, 2)) as mart_total,
    cast(mart_total - raw_total as decimal(28, 2)) as difference,
    raw_total = mart_total as is_ok
from checks
