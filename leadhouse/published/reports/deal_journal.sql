-- The deal journal of the deals created from d1 to d2 or, with basis 'outcome', won or lost then.
create macro reports.deal_journal(d1, d2, basis := 'created') as table
select journal.*
from reports.rpt_deal_journal as journal
where case basis
    when 'created' then journal.created_date
    when 'outcome' then journal.outcome_date
    else error('The basis is created or outcome.')
end between cast(d1 as date) and cast(d2 as date)
order by
    case basis when 'outcome' then journal.outcome_date else journal.created_date end,
    journal.deal_id
