-- grain: one row per rule about amounts, exchange rates and costs
select
    'deal amount without an exchange rate' as rule,
    'fct_deals' as table_name,
    '{{ var('missing_rate_severity') }}' as severity,
    'The amount is NULL in the reporting currency. Deliver the rate of its currency and '
    || 'day (fx_rates).' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('int_deals_converted') }}) as total_rows,
    {{ smallest_keys('deal_id') }} as sample_keys
from {{ ref('int_deals_converted') }}
where lacks_rate

union all

select
    'payment without an exchange rate' as rule,
    'fct_payments' as table_name,
    '{{ var('missing_rate_severity') }}' as severity,
    'The payment adds nothing to paid_rc. Deliver the rate of its currency and day '
    || '(fx_rates).' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('fct_payments') }}) as total_rows,
    {{ smallest_keys('payment_id') }} as sample_keys
from {{ ref('fct_payments') }}
where amount_rc is null

union all

select
    'spend without an exchange rate' as rule,
    'fct_ad_spend' as table_name,
    '{{ var('missing_rate_severity') }}' as severity,
    'The spend adds nothing to the reports. Deliver the rate of its currency and day '
    || '(fx_rates).' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('int_spend_converted') }}) as total_rows,
    {{ smallest_keys(
        "coalesce(platform, kind) || ':' || coalesce(campaign_id, '') || ':' || "
        ~ "cast(date_day as string)"
    ) }} as sample_keys
from {{ ref('int_spend_converted') }}
where lacks_rate

union all

select
    'deal amount without a currency' as rule,
    'fct_deals' as table_name,
    'warn' as severity,
    'The amount cannot be converted and adds nothing to revenue. '
    || 'Enter its currency in the CRM.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('fct_deals') }}) as total_rows,
    {{ smallest_keys('deal_id') }} as sample_keys
from {{ ref('fct_deals') }}
where amount is not null and currency is null

union all

select
    'payment of an unknown deal' as rule,
    'fct_payments' as table_name,
    'warn' as severity,
    'The payment is counted for no deal. Deliver the deal, or correct the deal_id of the '
    || 'payment.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('fct_payments') }}) as total_rows,
    {{ smallest_keys('payments.payment_id') }} as sample_keys
from {{ ref('fct_payments') }} as payments
left join {{ ref('fct_deals') }} as deals on payments.deal_id = deals.deal_id
where deals.deal_id is null

union all

select
    'manual cost that ends before it begins' as rule,
    'fct_ad_spend' as table_name,
    'warn' as severity,
    'The whole cost is counted on its first day. Correct date_from or date_to in the '
    || 'sheet of costs.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('stg_manual_costs') }}) as total_rows,
    {{ smallest_keys('cost_id') }} as sample_keys
from {{ ref('stg_manual_costs') }}
where date_to < date_from
