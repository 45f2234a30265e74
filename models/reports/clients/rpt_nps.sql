-- grain: one row per month, owner of the contact and channel with answers to surveys (ST-16, ST-24)
with surveys as (
    select * from {{ ref('fct_surveys') }}
),

contact_owners as (
    select
        contact_id,
        owner_user_id,
        owned_from as valid_from,
        owned_to as valid_to
    from {{ ref('fct_contact_owners') }}
),

contacts as (
    select * from {{ ref('dim_contacts') }}
),

persons as (
    select * from {{ ref('dim_persons') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

owned as (
    select
        {{ period_start('month', 'surveys.responded_date') }} as month,
        coalesce(contact_owners.owner_user_id, contacts.owner_user_id, '(none)')
            as owner_user_id,
        coalesce(persons.channel, '(none)') as channel,
        surveys.score_group
    from surveys
    left join contact_owners
        on surveys.contact_id = contact_owners.contact_id
        and {{ holds_at('contact_owners', 'surveys.responded_at') }}
    left join contacts on surveys.contact_id = contacts.contact_id
    left join persons on surveys.person_id = persons.person_id
),

counted as (
    select
        month,
        owner_user_id,
        channel,
        count(*) as responses,
        count(*) filter (where score_group = 'promoter') as promoters,
        count(*) filter (where score_group = 'passive') as passives,
        count(*) filter (where score_group = 'detractor') as detractors
    from owned
    group by month, owner_user_id, channel
),

bounded as (
    select
        *,
        100 * {{ ratio('promoters - detractors', 'responses') }} as nps,
        case
            when responses > 1
                then 195.9963984540054 * sqrt({{ ratio(
                    'responses * (promoters + detractors)'
                    ~ ' - (promoters - detractors) * (promoters - detractors)',
                    'responses * responses * responses'
                ) }})
        end as half_width
    from counted
)

select
    bounded.month,
    bounded.owner_user_id,
    users.user_name as owner_name,
    users.team,
    bounded.channel,
    bounded.responses,
    bounded.promoters,
    bounded.passives,
    bounded.detractors,
    bounded.nps,
    bounded.nps - bounded.half_width as nps_low,
    bounded.nps + bounded.half_width as nps_high,
    bounded.responses < {{ var('low_sample_below') }} as is_low_sample
from bounded
left join users on bounded.owner_user_id = users.user_id
