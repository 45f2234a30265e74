{# Of a relation of contact merges those that close a loop: of each loop the latest, so that the others
   still count. A contact merged into itself closes none; it does nothing. #}
{% macro looping_merges(merges) -%}
    with recursive merge_events as (
        select * from {{ merges }}
        where merged_contact_id <> surviving_contact_id
    ),

    chain as (
        {{ merge_chain() }}
    ),

    loops as (
        select
            contact_id,
            min(passed_contact_id) as loop_id
        from chain
        group by contact_id
        having bool_or(contact_id = passed_contact_id)
    )

    select merge_events.*
    from merge_events
    inner join loops on merge_events.merged_contact_id = loops.contact_id
    qualify
        row_number() over (
            partition by loops.loop_id
            order by merge_events.merged_at desc, merge_events.merged_contact_id desc
        ) = 1
{%- endmacro %}

{# The same of what is landed, as quarantine and the load log know them: landing reads a row alone and
   cannot see that it closes a loop with others. #}
{% macro looping_merges_landed() -%}
    select
        source_system,
        'contact_merges' as entity,
        _source_file as file,
        'surviving_contact_id' as column_name,
        'surviving_contact_id: "' || surviving_contact_id || '" counts as "' || merged_contact_id
        || '" by earlier merges, which stand: this one would close a loop' as reason,
        surviving_contact_id as value,
        {{ json_of(['merged_contact_id', 'surviving_contact_id']) }} as row_json,
        _row_number as row_number,
        _delivery_date as delivery_date,
        _load_id as load_id
    from (
        {{ looping_merges('(' ~ staged('contact_merges') ~ ') as landed') }}
    ) as looping
{%- endmacro %}
