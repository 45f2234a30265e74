-- grain: one row per person and candidate of its first source, earliest first; the chosen one
-- is marked (D-09)

{#- The kinds of evidence and their names, in the order in which they count at one instant. #}
{%- set kinds = {
    'session': 'sessions',
    'call_dynamic': 'calls matched by a leased number',
    'call_vendor': 'calls matched by the vendor',
    'call_static': 'calls to a static number',
    'enquiry': 'enquiries',
    'tag': 'tags',
    'crm_card': 'contact cards',
    'crm_deal': 'deal cards',
} %}
with kinds as (
    {%- for evidence, name in kinds.items() %}
    select
        '{{ evidence }}' as evidence,
        '{{ name }}' as kind,
        {{ loop.index }} as evidence_rank
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

sessions as (
    select * from {{ ref('fct_sessions') }}
    where person_id is not null
),

calls as (
    select * from {{ ref('fct_calls') }}
    where direction = 'in' and person_id is not null and not is_internal
),

enquiries as (
    select * from {{ ref('int_enquiries_identified') }}
    where has_own_source and person_id is not null
),

tags as (
    select * from {{ ref('int_contact_tags_survived') }}
    where action = 'add'
),

tagged_sources as (
    select * from {{ ref('source_tags') }}
),

source_tags as (
    {{ canonical_labels('tagged_sources') }}
),

persons as (
    select * from {{ ref('int_persons_resolved') }}
),

contacts as (
    select * from {{ ref('int_contacts_survived') }}
    where lead_source is not null
),

deals as (
    select * from {{ ref('int_deals_linked') }}
    where canonical_source is not null and person_id is not null
),

candidates as (
    select
        person_id,
        {{ ordered_at('started_at', 'started_at_is_day') }} as occurred_at,
        'session' as evidence,
        session_id as evidence_id,
        source,
        medium,
        campaign,
        keyword,
        is_direct
    from sessions

    union all

    select
        person_id,
        {{ ordered_at('started_at', 'started_at_is_day') }} as occurred_at,
        case
            when match_method in ('dynamic', 'dynamic_ambiguous') then 'call_dynamic'
            when match_method = 'static' then 'call_static'
            else 'call_vendor'
        end as evidence,
        call_id as evidence_id,
        source,
        medium,
        campaign,
        keyword,
        coalesce(source = 'direct', false) as is_direct
    from calls
    where match_method not in ('caller_history', 'none')

    union all

    select
        person_id,
        ordered_at as occurred_at,
        'enquiry' as evidence,
        enquiry_id as evidence_id,
        source,
        medium,
        campaign,
        keyword,
        coalesce(source = 'direct', false) as is_direct
    from enquiries

    union all

    select
        persons.person_id,
        tags.ordered_at as occurred_at,
        'tag' as evidence,
        tags.original_contact_id || ':' || tags.tag as evidence_id,
        source_tags.canonical_source as source,
        source_tags.canonical_medium as medium,
        source_tags.canonical_campaign as campaign,
        cast(null as string) as keyword,
        coalesce(source_tags.canonical_source = 'direct', false) as is_direct
    from tags
    inner join source_tags on tags.tag = source_tags.tag
    inner join persons on tags.contact_id = persons.contact_id

    union all

    select
        persons.person_id,
        contacts.ordered_at as occurred_at,
        'crm_card' as evidence,
        contacts.contact_id as evidence_id,
        contacts.lead_source as source,
        contacts.lead_medium as medium,
        contacts.lead_campaign as campaign,
        cast(null as string) as keyword,
        coalesce(contacts.lead_source = 'direct', false) as is_direct
    from contacts
    inner join persons on contacts.surviving_contact_id = persons.contact_id

    union all

    select
        person_id,
        ordered_at as occurred_at,
        'crm_deal' as evidence,
        deal_id as evidence_id,
        canonical_source as source,
        canonical_medium as medium,
        canonical_campaign as campaign,
        canonical_keyword as keyword,
        coalesce(canonical_source = 'direct', false) as is_direct
    from deals
),

judged as (
    select
        candidates.*,
        kinds.kind,
        candidates.source is not null
        and candidates.source not in ('(none)', '(unknown)') as is_known,
        row_number() over (
            partition by candidates.person_id
            order by
                candidates.occurred_at,
                kinds.evidence_rank,
                candidates.evidence_id,
                candidates.source nulls last,
                candidates.campaign nulls last
        ) as candidate_no
    from candidates
    inner join kinds on candidates.evidence = kinds.evidence
),

placed as (
    select
        *,
        min(case when is_known and not is_direct then candidate_no end)
            over (partition by person_id) as first_known_no,
        min(case when is_direct then candidate_no end)
            over (partition by person_id) as first_direct_no
    from judged
),

marked as (
    select
        *,
        candidate_no = coalesce(first_known_no, first_direct_no, 0) as is_chosen
    from placed
),

compared as (
    select
        *,
        max(case when is_chosen then occurred_at end)
            over (partition by person_id) as chosen_at,
        max(case when is_chosen then kind end) over (partition by person_id) as chosen_kind
    from marked
),

final as (
    select
        person_id,
        cast(candidate_no as bigint) as candidate_no,
        occurred_at,
        evidence,
        evidence_id,
        source,
        medium,
        campaign,
        keyword,
        is_direct,
        is_chosen,
        case
            when candidate_no = first_known_no
                then 'chosen: the earliest evidence that names a source'
            when is_chosen then 'chosen: the person only ever came directly'
            when not is_known then 'passed over: its source cannot be told'
            when is_direct and first_known_no is not null
                then 'passed over: a direct visit never replaces a known source'
            when occurred_at = chosen_at and kind = chosen_kind
                then 'passed over: same instant as the chosen evidence; of two '
                    || kind || ' the one with the smaller id comes first'
            when occurred_at = chosen_at
                then 'passed over: same instant as the chosen evidence; '
                    || chosen_kind || ' come before ' || kind
            when is_direct then 'passed over: an earlier direct visit was chosen'
            else 'passed over: later than the chosen evidence'
        end as reason
    from compared
)

select * from final
