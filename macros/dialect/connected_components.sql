{# Rows (node, component) for the nodes of `links` (node, hub): nodes that share a hub, directly or
   through others, are one component, named by its smallest node. `links` names a relation or CTE. #}
{% macro connected_components(links, node, hub) -%}
    {{ return(adapter.dispatch('connected_components', 'leadhouse')(links, node, hub)) }}
{%- endmacro %}

{# The smallest label known at each node spreads over its hubs until no label falls any more. #}
{% macro default__connected_components(links, node, hub) -%}
    with recursive neighbours as (
        select distinct
            near.{{ node }} as node,
            far.{{ node }} as neighbour
        from {{ links }} as near
        inner join {{ links }} as far
            on near.{{ hub }} = far.{{ hub }}
            and near.{{ node }} <> far.{{ node }}
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

{# Spark has no keyed recursion: the plain transitive closure, small because links are bounded. #}
{% macro spark__connected_components(links, node, hub) -%}
    with recursive neighbours as (
        select distinct
            near.{{ node }} as node,
            far.{{ node }} as neighbour
        from {{ links }} as near
        inner join {{ links }} as far on near.{{ hub }} = far.{{ hub }}
    ),

    reached(node, component) as (
        select node, neighbour from neighbours
        union
        select reached.node, neighbours.neighbour
        from reached
        inner join neighbours on reached.component = neighbours.node
    )

    select
        node,
        min(component) as component
    from reached
    group by node
{%- endmacro %}
