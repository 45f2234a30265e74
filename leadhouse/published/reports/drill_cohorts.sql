-- The persons and deals behind a cell of rpt_cohorts, by measure. NULL asks for any.
create macro reports.drill_cohorts(
    cohort_basis := null, cohort_month := null, channel := null, source := null,
    months_since := null
) as table
select
    'persons' as measure,
    'marts.dim_persons' as table_name,
    persons.person_id as key,
    cast(1 as decimal(28, 6)) as value
from marts.fct_cohort_persons as persons
where reports.is_asked(persons.cohort_basis, cohort_basis)
    and reports.is_asked(persons.cohort_month, cohort_month)
    and reports.is_asked(persons.channel, channel)
    and reports.is_asked(persons.source, source)
    and reports.is_asked(0, months_since)

union all

select
    measures.measure,
    'marts.fct_deals' as table_name,
    deals.deal_id as key,
    cast(measures.value as decimal(28, 6)) as value
from marts.fct_cohort_persons as persons
inner join marts.fct_deals as deals on persons.person_id = deals.person_id
cross join lateral (
    values
    ('deals_won', 1),
    ('deals_with_margin', case when deals.margin_rc is not null then 1 end),
    ('revenue_rc', deals.revenue_rc),
    ('margin_rc', deals.margin_rc)
) as measures (measure, value)
where deals.is_won
    and measures.value is not null
    and reports.is_asked(persons.cohort_basis, cohort_basis)
    and reports.is_asked(persons.cohort_month, cohort_month)
    and reports.is_asked(persons.channel, channel)
    and reports.is_asked(persons.source, source)
    and reports.is_asked(
        12 * (year(deals.outcome_date) - year(persons.cohort_month))
        + month(deals.outcome_date) - month(persons.cohort_month),
        months_since
    )
