{# Rows (node, component) for the nodes of the relation `links`: nodes that share a hub, which is SQL over
   its columns, directly or through others, are one component, named by its smallest node. #}
{% macro connected_components(links, node, hub) -%}
    {{ return(adapter.dispatch('connected_components', 'leadhouse')(links, node, hub)) }}
{%- endmacro %}

{# The smallest label known at each node spreads over its hubs until no label falls any more. #}
{% macro default__connected_components(links, node, hub) -%}
    with recursive links as (
        select
            {{ node }} as node,
            {{ hub }} as hub
        from {{ links }}
    ),

    neighbours as (
        select distinct
            near.node,
            far.node as neighbour
        from links as near
        inner join links as far
            on near.hub = far.hub
            and near.node <> far.node
    ),

    spread(node, component) using key (node) as (
        select distinct
            node,
            node as component
        from neighbours

        union

        select
            neighbours.neighbour as node,
            min(spread.component) as component
        from spread
        inner join neighbours on spread.node = neighbours.node
        inner join recurring.spread as known on neighbours.neighbour = known.node
        where spread.component < known.component
        group by neighbours.neighbour
    )

    select
        node,
        component
    from spread
{%- endmacro %}

{# Spark has no keyed recursion: tables of labels follow each other until none falls any more. In each round
   a node takes the smallest label of its neighbours, and of those whose labels are theirs, so that a long
   chain takes few rounds. `links` is a table. #}
{% macro spark__connected_components(links, node, hub) -%}
    {%- set labels = this ~ '_labels' -%}
    {%- if execute and flags.INTROSPECT and flags.WHICH != 'compile' -%}
        {%- set neighbours, next = this ~ '_neighbours', this ~ '_next' -%}
        {%- for table in (neighbours, labels, next) -%}
            {%- do run_query('drop table if exists ' ~ table) -%}
        {%- endfor -%}
        {%- set found -%}
            create table {{ neighbours }} as
            with shared_hubs as (
                select {{ hub }} as hub
                from {{ links }}
                group by {{ hub }}
                having count(distinct {{ node }}) > 1
            ),

            members as (
                select distinct
                    links.{{ node }} as node,
                    shared_hubs.hub
                from (select {{ node }}, {{ hub }} as hub from {{ links }}) as links
                inner join shared_hubs on links.hub = shared_hubs.hub
            )

            select distinct
                near.node,
                far.node as neighbour
            from members as near
            inner join members as far on near.hub = far.hub
        {%- endset -%}
        {%- do run_query(found) -%}
        {%- do run_query(
            'create table ' ~ labels ~ ' as select distinct node, node as component from ' ~ neighbours
        ) -%}
        {%- set falling = namespace(labels=1) -%}
        {%- for round in range(1000) if falling.labels -%}
            {%- set spread -%}
                create table {{ next }} as
                select
                    neighbours.neighbour as node,
                    min(further.component) as component
                from {{ neighbours }} as neighbours
                inner join {{ labels }} as labels on neighbours.node = labels.node
                inner join {{ labels }} as further on labels.component = further.node
                group by neighbours.neighbour
            {%- endset -%}
            {%- do run_query(spread) -%}
            {%- set fallen -%}
                select count(*)
                from {{ next }} as next
                inner join {{ labels }} as labels on next.node = labels.node
                where next.component < labels.component
            {%- endset -%}
            {%- set falling.labels = run_query(fallen)[0][0] -%}
            {%- do run_query('drop table ' ~ labels) -%}
            {%- do run_query('alter table ' ~ next ~ ' rename to ' ~ labels) -%}
        {%- endfor -%}
        {%- do run_query('drop table ' ~ neighbours) -%}
    {%- endif -%}
    select
        node,
        component
    from {{ labels }}
{%- endmacro %}

{# Every id that a chain of merges passes, as the body of the recursive CTE `chain` over the CTE
   `merge_events`. A loop ends where it comes back to an id that it has passed. #}
{% macro merge_chain() %}{{ return(adapter.dispatch('merge_chain', 'leadhouse')()) }}{% endmacro %}

{# Pairs repeat in a loop, so that union ends it. #}
{% macro default__merge_chain() -%}
    select
        merged_contact_id as contact_id,
        surviving_contact_id as passed_contact_id
    from merge_events

    union

    select
        chain.contact_id,
        merge_events.surviving_contact_id as passed_contact_id
    from chain
    inner join merge_events on chain.passed_contact_id = merge_events.merged_contact_id
{%- endmacro %}

{# A recursion of Spark cannot leave out what repeats, so that a chain knows its way. #}
{% macro spark__merge_chain() -%}
    select
        merged_contact_id as contact_id,
        surviving_contact_id as passed_contact_id,
        array(surviving_contact_id) as way
    from merge_events

    union all

    select
        chain.contact_id,
        merge_events.surviving_contact_id as passed_contact_id,
        array_append(chain.way, merge_events.surviving_contact_id) as way
    from chain
    inner join merge_events on chain.passed_contact_id = merge_events.merged_contact_id
    where not array_contains(chain.way, merge_events.surviving_contact_id)
{%- endmacro %}
