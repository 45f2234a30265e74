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
    {%- for entity in landing_contract() %}
    select
        '{{ entity }}' as entity,
        count(*) as row_count
    from {{ source('landing', entity) }}
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
    from {{ source('landing', 'ad_spend') }}
    where {{ is_known() }}
    group by all
),

landed_spend as (
    select
        landed_rows.platform,
        landed_rows.currency,
        spend_days.spend_date,
        count(*) as row_count,
        sum({{ to_amount('landed_rows.cost') }}) as cost
    from {{ source('landing', 'ad_spend') }} as landed_rows
    inner join spend_days
        on landed_rows.platform = spend_days.platform
        and landed_rows.account_id = spend_days.account_id
        and {{ to_date('landed_rows.date') }} = spend_days.spend_date
        and landed_rows._delivery_date = spend_days.latest_delivery
    group by landed_rows.platform, landed_rows.currency, spend_days.spend_date
),

-- What was landed and is known: distinct natural keys, counted on the raw text.
raw_keys as (
    {%- for entity, contract in landing_contract().items() if contract.kind != 'spend' %}
    select
        '{{ entity }}' as entity,
        count(*) as key_count
    from (
        select
            {{ natural_key(entity) | join(',\n            ') }}
        from {{ source('landing', entity) }}
        where {{ is_known() }}
        group by all
    ) as {{ entity }}_keys

    union all
    {% endfor %}
    select
        'ad_spend' as entity,
        coalesce(sum(row_count), 0) as key_count
    from landed_spend
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
        'payments': [ref('fct_payments'), 'paid_at'],
        'calls': [ref('fct_calls'), 'started_at'],
        'sessions': [ref('fct_sessions'), 'started_at'],
        'enquiries': [ref('fct_enquiries'), 'occurred_at'],
    } %}
    {%- for entity, contract in landing_contract().items() if contract.kind != 'spend' %}
    {%- if entity in arrivals %}
    select
        '{{ entity }}' as entity,
        (select count(*) from {{ arrivals[entity][0] }}) + (
            select count(*)
            from (
                {{ keys_after_clock(entity, arrivals[entity][1]) }}
            ) as keys_to_come
        ) as row_count
    {%- else %}
    select
        '{{ entity }}' as entity,
        (select count(*) from {{ ref('stg_' ~ entity) }}) as row_count
    {%- endif %}

    union all
    {% endfor %}
    select
        'ad_spend' as entity,
        (
            select count(*) from {{ ref('fct_ad_spend') }}
            where kind = 'ad'
        ) + (
            select coalesce(sum(row_count), 0) from landed_spend
            where spend_date >= {{ as_of_date() }}
        ) as row_count
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
        {{ to_amount('amount') }} as amount,
        {{ to_instant('created_at') }} as created_at
    from {{ source('landing', 'deals') }}
    where {{ is_known() }}
    qualify
        row_number() over (partition by deal_id order by {{ latest_first() }}) = 1
),

raw_deal_money as (
    select
        currency,
        sum(amount) as total
    from raw_deals
    where created_at < {{ as_of() }}
    group by currency
),

mart_deal_money as (
    select
        coalesce(currency, '(none)') as currency,
        sum(amount) as total
    from {{ ref('fct_deals') }}
    group by coalesce(currency, '(none)')
),

-- Ad spend, day by day of its platform.
raw_ad_days as (
    select
        platform,
        currency,
        spend_date as date_day,
        cost as total
    from landed_spend
    where spend_date < {{ as_of_date() }}
),

mart_ad_days as (
    select
        platform,
        currency,
        date_day,
        sum(cost) as total
    from {{ ref('fct_ad_spend') }}
    where kind = 'ad'
    group by platform, currency, date_day
),

staged_ad_days as (
    select
        platform,
        currency,
        date as date_day,
        sum(cost) as total
    from {{ ref('stg_ad_spend') }}
    group by platform, currency, date
),

-- Manual costs, planned ones too: what stands on their days, and what lies on or after as_of.
raw_costs as (
    select
        currency,
        {{ to_amount('amount') }} as amount,
        {{ to_date('date_from') }} as date_from,
        {{ to_date('date_to') }} as date_to
    from {{ source('landing', 'manual_costs') }}
    where {{ is_known() }}
    qualify
        row_number() over (partition by cost_id order by {{ latest_first() }}) = 1
),

measured_costs as (
    select
        currency,
        amount,
        cast(abs(amount) * 100 as bigint) as cents,
        greatest({{ calendar_days('date_from', 'date_to') }}, 0) + 1 as day_count,
        greatest({{ calendar_days('date_from', as_of_date()) }}, 0) as days_gone
    from raw_costs
),

raw_cost_money as (
    select
        currency,
        sum(amount) as total,
        sum(
            case
                when days_gone >= day_count then 0
                else
                    amount - sign(amount) * cast(
                        cast(
                            days_gone * round({{ ratio('cents - cents % day_count', 'day_count') }})
                            + least(days_gone, cents % day_count) as decimal(18, 0)
                        ) * cast(0.01 as decimal(3, 2)) as decimal(18, 2)
                    )
            end
        ) as to_come
    from measured_costs
    group by currency
),

mart_cost_money as (
    select
        currency,
        sum(cost) as total
    from {{ ref('fct_ad_spend') }}
    where kind <> 'ad'
    group by currency
),

-- From here on in the reporting currency.
spend_days_rc as (
    select
        date_day,
        {{ period_start('month', 'date_day') }} as first_day,
        sum(cost_rc) as total
    from {{ ref('fct_ad_spend') }}
    group by date_day
),

spend_months_rc as (
    select
        first_day,
        sum(total) as total
    from spend_days_rc
    group by first_day
),

performance_days as (
    select
        date_day,
        sum(spend_rc) as total
    from {{ ref('rpt_channel_performance') }}
    group by date_day
),

{% for report in ['rpt_channel_return', 'rpt_wasted_spend'] -%}
{{ report }}_months as (
    select
        month as first_day,
        sum(spend_rc) as total
    from {{ ref(report) }}
    group by month
),

{% endfor -%}
report_money as (
    select
        'rpt_deal_journal' as report,
        sum(revenue_rc) as total
    from {{ ref('rpt_deal_journal') }}

    union all

    select
        'rpt_deal_summary' as report,
        sum(revenue_rc) as total
    from {{ ref('rpt_deal_summary') }}
    where date_basis = 'created'

    union all

    select
        'rpt_channel_performance' as report,
        sum(revenue_rc) as total
    from {{ ref('rpt_channel_performance') }}

    union all

    select
        'rpt_channel_return' as report,
        sum(revenue_rc) as total
    from {{ ref('rpt_channel_return') }}
),

revenue as (
    select sum(revenue_rc) as total
    from {{ ref('fct_deals') }}
),

attributed as (
    select
        model_id,
        sum(value_rc) as total
    from {{ ref('fct_attribution') }}
    group by model_id
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
        'landed ad spend = stg_ad_spend' as check_name,
        coalesce(landed_spend.platform, staged_ad_days.platform) || ' on '
        || cast(coalesce(landed_spend.spend_date, staged_ad_days.date_day) as string) as scope,
        coalesce(landed_spend.currency, staged_ad_days.currency) as currency,
        coalesce(landed_spend.cost, 0) as raw_total,
        coalesce(staged_ad_days.total, 0) as mart_total
    from landed_spend
    full join staged_ad_days
        on landed_spend.platform = staged_ad_days.platform
        and landed_spend.currency = staged_ad_days.currency
        and landed_spend.spend_date = staged_ad_days.date_day

    union all

    select
        'landed ad spend = fct_ad_spend' as check_name,
        coalesce(raw_ad_days.platform, mart_ad_days.platform) || ' on '
        || cast(coalesce(raw_ad_days.date_day, mart_ad_days.date_day) as string) as scope,
        coalesce(raw_ad_days.currency, mart_ad_days.currency) as currency,
        coalesce(raw_ad_days.total, 0) as raw_total,
        coalesce(mart_ad_days.total, 0) as mart_total
    from raw_ad_days
    full join mart_ad_days
        on raw_ad_days.platform = mart_ad_days.platform
        and raw_ad_days.currency = mart_ad_days.currency
        and raw_ad_days.date_day = mart_ad_days.date_day

    union all

    select
        'landed manual costs = fct_ad_spend + to come' as check_name,
        'manual_costs' as scope,
        coalesce(raw_cost_money.currency, mart_cost_money.currency) as currency,
        coalesce(raw_cost_money.total, 0) as raw_total,
        coalesce(mart_cost_money.total, 0) + coalesce(raw_cost_money.to_come, 0) as mart_total
    from raw_cost_money
    full join mart_cost_money on raw_cost_money.currency = mart_cost_money.currency

    union all

    select
        'ad spend = rpt_channel_performance' as check_name,
        cast(coalesce(spend_days_rc.date_day, performance_days.date_day) as string) as scope,
        {{ session_value('currency') }} as currency,
        coalesce(spend_days_rc.total, 0) as raw_total,
        coalesce(performance_days.total, 0) as mart_total
    from spend_days_rc
    full join performance_days on spend_days_rc.date_day = performance_days.date_day

    {% for report in ['rpt_channel_return', 'rpt_wasted_spend'] -%}
    union all

    select
        'ad spend = {{ report }}' as check_name,
        cast(coalesce(spend_months_rc.first_day, {{ report }}_months.first_day) as string) as scope,
        {{ session_value('currency') }} as currency,
        coalesce(spend_months_rc.total, 0) as raw_total,
        coalesce({{ report }}_months.total, 0) as mart_total
    from spend_months_rc
    full join {{ report }}_months on spend_months_rc.first_day = {{ report }}_months.first_day

    {% endfor -%}
    union all

    select
        'deal revenue = ' || report_money.report as check_name,
        'deals' as scope,
        {{ session_value('currency') }} as currency,
        coalesce(revenue.total, 0) as raw_total,
        coalesce(report_money.total, 0) as mart_total
    from report_money
    cross join revenue

    union all

    select
        'deal revenue = fct_attribution' as check_name,
        models.model_id as scope,
        {{ session_value('currency') }} as currency,
        coalesce(revenue.total, 0) as raw_total,
        coalesce(attributed.total, 0) as mart_total
    from {{ ref('attribution_models') }} as models
    cross join revenue
    left join attributed on models.model_id = attributed.model_id
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
