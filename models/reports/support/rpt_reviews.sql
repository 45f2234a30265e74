-- grain: one row per month, site and competitor, or the company itself (ST-15, ST-62)
with reviews as (
    select
        *,
        {{ period_start('month', 'posted_date') }} as month,
        coalesce(competitor, '(none)') as competitor_or_none,
        case when hours_to_answer is not null then answered_at end as timed_answer_at
    from {{ ref('fct_reviews') }}
),

counted as (
    select
        month,
        site,
        competitor_or_none as competitor,
        count(*) as reviews,
        sum(rating) as rating_sum,
        count(rating) as rating_count,
        count(answered_at) as answered,
        {{ sum_elapsed_hours('posted_at', 'timed_answer_at') }} as hours_to_answer_sum,
        count(hours_to_answer) as hours_to_answer_count
    from reviews
    group by month, site, competitor_or_none
)

-- What no review ever says was not measured, which is not 0.
select
    month,
    site,
    competitor,
    reviews,
    {{ if_measured('rating_sum', 'reviews', 'rating', 'decimal(18, 2)') }} as rating_sum,
    {{ if_measured('rating_count', 'reviews', 'rating') }} as rating_count,
    {{ if_measured('answered', 'reviews', 'answered_at') }} as answered,
    {{ if_measured('hours_to_answer_sum', 'reviews', 'answered_at', 'double') }}
        as hours_to_answer_sum,
    {{ if_measured('hours_to_answer_count', 'reviews', 'answered_at') }} as hours_to_answer_count
from counted
