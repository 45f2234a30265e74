-- Detects: an opening, a deal, a lead or a client that no lead or report counts, or that two count
--   (D-43, TS-25, TS-28).
-- Usually means: spans of leads overlap, or a join in a report duplicates or loses leads.
-- A returned row is: one total.
{{ config(meta={'dagster': {'ref': {'name': 'fct_leads'}}}) }}
with totals as (
    select
        'leads of rpt_leads' as total,
        (select coalesce(sum(leads), 0) from {{ ref('rpt_leads') }}) as counted,
        (select count(*) from {{ ref('fct_leads') }}) as wanted

    union all

    select
        'leads of rpt_leads by status' as total,
        (
            select coalesce(sum(leads_open + leads_lost + leads_no_deal + leads_client), 0)
            from {{ ref('rpt_leads') }}
        ) as counted,
        (select count(*) from {{ ref('fct_leads') }}) as wanted

    union all

    select
        'leads of rpt_channel_performance' as total,
        (select coalesce(sum(leads), 0) from {{ ref('rpt_channel_performance') }}) as counted,
        (select count(*) from {{ ref('fct_leads') }}) as wanted

    union all

    select
        'leads of rpt_channel_return_by_card' as total,
        (select coalesce(sum(leads), 0) from {{ ref('rpt_channel_return_by_card') }}) as counted,
        (select count(*) from {{ ref('fct_leads') }}) as wanted

    union all

    select
        'deals of the persons of fct_leads' as total,
        (select coalesce(sum(deals), 0) from {{ ref('fct_leads') }}) as counted,
        (
            select count(*)
            from {{ ref('fct_deals') }}
            where person_id is not null and status <> 'deleted'
        ) as wanted

    union all

    select
        'persons of fct_leads' as total,
        (select count(distinct person_id) from {{ ref('fct_leads') }}) as counted,
        (select count(*) from {{ ref('dim_persons') }}) as wanted

    union all

    select
        'clients of rpt_clients' as total,
        (select coalesce(sum(clients_new), 0) from {{ ref('rpt_clients') }}) as counted,
        (
            select count(distinct person_id)
            from {{ ref('fct_deals') }}
            where is_won
        ) as wanted

    union all

    select
        'new clients of rpt_clients_monthly' as total,
        (
            select coalesce(sum(clients_new), 0)
            from {{ ref('rpt_clients_monthly') }}
            where user_id = '(all)'
        ) as counted,
        (select coalesce(sum(clients_new), 0) from {{ ref('rpt_clients') }}) as wanted
)

select
    'There are ' || cast(counted as string) || ' ' || total || ' instead of '
    || cast(wanted as string) || '.' as problem
from totals
where counted <> wanted
