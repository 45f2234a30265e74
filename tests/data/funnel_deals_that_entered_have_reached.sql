-- Detects: a stage that more deals entered than reached (DJ-26, D-41).
-- Usually means: rpt_funnel no longer counts an entry of the stage itself as reaching it.
-- A returned row is: one row of reports.rpt_funnel.
select
    'rpt_funnel: of the deals of ' || cast(created_date as string) || ' in ' || pipeline || ' / '
    || stage || ', ' || cast(deals_entered as string) || ' entered and only '
    || cast(deals_reached as string)
    || ' reached it; who entered a stage has reached it (models/reports/deals/rpt_funnel.sql).'
        as problem
from {{ ref('rpt_funnel') }}
where deals_entered > deals_reached
