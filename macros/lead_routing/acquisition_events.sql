{# CTEs, ending in `events`: what happened to acquired contacts, each event on its own day (D-01). #}
{% macro acquisition_events() -%}
acquisition as (
    select
        *,
        coalesce(handed_over_to, '(none)') as user_id
    from {{ ref('fct_contact_acquisition') }}
),

events as (
    select
        panel_id,
        acquired_date as date_day,
        source_tag,
        user_id,
        'acquired' as event
    from acquisition

    union all

    select
        panel_id,
        handed_over_date as date_day,
        source_tag,
        user_id,
        'handed_over' as event
    from acquisition
    where handed_over_at is not null

    union all

    select
        panel_id,
        first_contacted_date as date_day,
        source_tag,
        user_id,
        'contacted' as event
    from acquisition
    where first_contacted_at is not null
)
{%- endmacro %}

{# The three counts of a group of acquisition events. #}
{% macro acquisition_event_counts() -%}
count(*) filter (where event = 'acquired') as acquired_contacts,
        count(*) filter (where event = 'handed_over') as handed_over_contacts,
        count(*) filter (where event = 'contacted') as contacted_contacts
{%- endmacro %}
