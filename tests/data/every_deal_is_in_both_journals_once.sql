{{ config(meta={'dagster': {'ref': {'name': 'pii_rpt_deal_journal'}}}) }}
-- Detects: a deal that is missing from a journal or is in it twice (DJ-3, DJ-4).
-- Usually means: two contacts with one id, or two first calls of one person, reach the joins of the
-- owner's journal.
-- A returned row is: one deal and journal.
with listed as (
    select
        'reports.rpt_deal_journal' as journal,
        deal_id
    from {{ ref('rpt_deal_journal') }}

    union all

    select
        'pii.rpt_deal_journal' as journal,
        deal_id
    from {{ ref('pii_rpt_deal_journal') }}
),

expected as (
    select
        'reports.rpt_deal_journal' as journal,
        deal_id
    from {{ ref('fct_deals') }}

    union all

    select
        'pii.rpt_deal_journal' as journal,
        deal_id
    from {{ ref('fct_deals') }}
),

counted as (
    select
        coalesce(listed.journal, expected.journal) as journal,
        coalesce(listed.deal_id, expected.deal_id) as deal_id,
        count(listed.deal_id) as times
    from expected
    full join listed
        on expected.journal = listed.journal
        and expected.deal_id = listed.deal_id
    group by 1, 2
)

select
    'Deal ' || deal_id || ' stands ' || cast(times as string) || ' times in ' || journal
    || ' instead of once: look for a join in models/pii/pii_rpt_deal_journal.sql that '
    || 'is not unique.' as problem
from counted
where times <> 1
