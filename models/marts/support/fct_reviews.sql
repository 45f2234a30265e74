-- grain: one row per review posted before as_of, of the company or of a competitor (ST-62)
with reviews as (
    select * from {{ ref('stg_reviews') }}
    where posted_at < {{ as_of() }}
),

survivors as (
    select * from {{ ref('int_contact_survivors_resolved') }}
),

persons as (
    select * from {{ ref('int_persons_resolved') }}
)

select
    reviews.review_id,
    reviews.posted_at,
    {{ local_date('reviews.posted_at') }} as posted_date,
    reviews.site,
    reviews.rating,
    case when reviews.answered_at < {{ as_of() }} then reviews.answered_at end as answered_at,
    case
        when reviews.answered_at >= reviews.posted_at and reviews.answered_at < {{ as_of() }}
            then {{ elapsed_hours('reviews.posted_at', 'reviews.answered_at') }}
    end as hours_to_answer,
    reviews.competitor,
    coalesce(survivors.surviving_contact_id, reviews.contact_id) as contact_id,
    persons.person_id
from reviews
left join survivors on reviews.contact_id = survivors.contact_id
left join persons
    on coalesce(survivors.surviving_contact_id, reviews.contact_id) = persons.contact_id
