-- Detects: a deal that is not exactly one of open, won, lost and deleted.
-- Usually means: a status that the landing contract lets in and fct_deals does not know.
-- A returned row is: one such deal.
select
    'fct_deals: deal ' || deal_id || ' has the status ' || coalesce(status, 'NULL')
    || ', but is_open, is_won and is_lost do not say so; add the status to fct_deals and to the'
    || ' landing contract together.' as problem
from {{ ref('fct_deals') }}
where
    case when is_open then 1 else 0 end
    + case when is_won then 1 else 0 end
    + case when is_lost then 1 else 0 end
    + case when status = 'deleted' then 1 else 0 end <> 1
    or is_open is null
    or is_won is null
    or is_lost is null
