-- The deals behind a cell of rpt_deal_summary, by measure. NULL asks for any.
create macro reports.drill_deal_summary(
    date_basis := null, date_day := null, source := null, medium := null, channel := null,
    contact_channel := null, manager_user_id := null, status := null
) as table
select
    measures.measure,
    'marts.fct_deals' as table_name,
    deals.deal_id as key,
    cast(measures.value as decimal(28, 6)) as value
from marts.fct_deals as deals
cross join lateral (
    values ('created', deals.created_date), ('outcome', deals.outcome_date)
) as dates (date_basis, date_day)
cross join lateral (
    values
    ('deals', 1),
    ('deals_without_amount', case when deals.amount is null then 1 end),
    ('revenue_rc', deals.revenue_rc),
    ('amount_rc', deals.amount_rc)
) as measures (measure, value)
where dates.date_day is not null
    and measures.value is not null
    and reports.is_asked(dates.date_basis, date_basis)
    and reports.is_asked(dates.date_day, date_day)
    and reports.is_asked(deals.source, source)
    and reports.is_asked(deals.medium, medium)
    and reports.is_asked(deals.channel, channel)
    and reports.is_asked(deals.contact_channel, contact_channel)
    and reports.is_asked(deals.manager_user_id, manager_user_id)
    and reports.is_asked(deals.status, status)
