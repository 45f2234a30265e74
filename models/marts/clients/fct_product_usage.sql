-- grain: one row per surviving contact, day before as_of and measure of its use (ST-6)
with product_usage as (
    select * from {{ ref('stg_product_usage') }}
    where date < {{ as_of_date() }}
),

survivors as (
    select * from {{ ref('int_contact_survivors_resolved') }}
),

persons as (
    select * from {{ ref('int_persons_resolved') }}
),

survived as (
    select
        coalesce(survivors.surviving_contact_id, product_usage.contact_id) as contact_id,
        product_usage.date as date_day,
        product_usage.metric,
        sum(product_usage.value) as amount_of_use
    from product_usage
    left join survivors on product_usage.contact_id = survivors.contact_id
    group by
        coalesce(survivors.surviving_contact_id, product_usage.contact_id),
        product_usage.date,
        product_usage.metric
)

select
    survived.contact_id,
    persons.person_id,
    survived.date_day,
    survived.metric,
    cast(survived.amount_of_use as decimal(18, 2)) as value
from survived
left join persons on survived.contact_id = persons.contact_id
