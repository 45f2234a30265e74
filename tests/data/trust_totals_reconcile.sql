-- Detects: a total that differs between where rows land and where they arrive.
-- Usually means: a join in a model loses or duplicates rows, a key is not unique, or the load log
-- and a raw table no longer agree (a load that was interrupted outside a transaction).
-- A returned row is: one check of trust.rpt_reconciliation that does not hold.
select
    'trust.rpt_reconciliation: "' || check_name || '" does not hold for ' || scope
    || coalesce(' in ' || currency, '') || ': ' || cast(raw_total as string) || ' came in, '
    || cast(mart_total as string) || ' arrived (difference ' || cast(difference as string)
    || '). Nothing is published; compare the sides of the check in models/checks/reconciliation.'
        as problem
from {{ ref('rpt_reconciliation') }}
where is_ok is distinct from true
