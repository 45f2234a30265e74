-- grain: one row per surviving contact that has a record
with contacts as (
    select * from {{ ref('int_contacts_survived') }}
    where contact_id = surviving_contact_id
),

contact_persons as (
    select * from {{ ref('int_persons_resolved') }}
),

persons as (
    select * from {{ ref('dim_persons') }}
),

deals as (
    select * from {{ ref('int_deals_linked') }}
),

accounts as (
    select * from {{ ref('dim_accounts') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

-- A person becomes a client at the first won deal (D-18).
clients as (
    select
        person_id,
        min(coalesce(closed_at, created_at)) as client_since_at
    from deals
    where status = 'won' and person_id is not null
    group by person_id
),

aged as (
    select
        contact_id,
        case
            when birth_date <= {{ as_of_date() }}
                then {{ full_years_between('birth_date', as_of_date()) }}
        end as age
    from contacts
),

final as (
    select
        contacts.contact_id,
        persons.person_id,
        contacts.created_at,
        {{ local_date('contacts.created_at') }} as created_date,
        contacts.created_at_is_day,
        contacts.owner_user_id,
        users.user_name as owner_name,
        contacts.account_id,
        accounts.name as account_name,
        coalesce(accounts.name, contacts.company) as company,
        persons.source,
        persons.medium,
        persons.campaign,
        persons.channel,
        persons.demand_class,
        contacts.country,
        contacts.region,
        contacts.city,
        contacts.gender,
        case
            when aged.age is null then '(unknown)'
            when aged.age < 18 then '0-17'
            when aged.age < 25 then '18-24'
            when aged.age < 35 then '25-34'
            when aged.age < 45 then '35-44'
            when aged.age < 55 then '45-54'
            when aged.age < 65 then '55-64'
            else '65+'
        end as age_band,
        clients.person_id is not null as is_client,
        clients.client_since_at,
        contacts.is_deleted,
        {{ keyed_hash('contacts.compared_email') }} as email_hash,
        {{ keyed_hash('contacts.compared_phone') }} as phone_hash,
        contacts.lead_source as card_source,
        contacts.lead_medium as card_medium,
        contacts.lead_campaign as card_campaign
    from contacts
    inner join contact_persons on contacts.contact_id = contact_persons.contact_id
    inner join persons on contact_persons.person_id = persons.person_id
    inner join aged on contacts.contact_id = aged.contact_id
    left join users on contacts.owner_user_id = users.user_id
    left join accounts on contacts.account_id = accounts.account_id
    left join clients on persons.person_id = clients.person_id
)

select * from final
