-- grain: one row per basis and person: the cohort that it belongs to (EE-15)
with persons as (
    select * from {{ ref('dim_persons') }}
),

contacts as (
    select * from {{ ref('dim_contacts') }}
    where contact_id = person_id
),

first_candidates as (
    select
        person_id,
        {{ local_date('occurred_at') }} as first_date
    from {{ ref('fct_source_candidates') }}
    where candidate_no = 1
),

clients as (
    select
        person_id,
        min(outcome_date) as first_date
    from {{ ref('fct_deals') }}
    where is_won and person_id is not null
    group by person_id
),

-- Of whom no evidence tells, the card does: when it was made.
begun as (
    select
        'first_candidate' as cohort_basis,
        contacts.person_id,
        coalesce(first_candidates.first_date, contacts.created_date) as first_date
    from contacts
    left join first_candidates on contacts.person_id = first_candidates.person_id

    union all

    select
        'first_won' as cohort_basis,
        person_id,
        first_date
    from clients
)

select
    begun.cohort_basis,
    begun.person_id,
    {{ period_start('month', 'begun.first_date') }} as cohort_month,
    persons.channel,
    persons.source
from begun
inner join persons on begun.person_id = persons.person_id
