-- Contacts of a lead-routing panel from d1 to d2, each count on its own date: a row for each source,
-- one for all (source_tag (all)) with the panel's salespeople in these days.
create macro reports.lead_routing_basic(panel, d1, d2) as table
with counts as (
    select
        daily.source_tag,
        sum(daily.acquired_contacts) as acquired_contacts,
        sum(daily.handed_over_contacts) as handed_over_contacts,
        sum(daily.contacted_contacts) as contacted_contacts
    from reports.rpt_lead_routing_daily as daily
    where daily.panel_id = panel
        and daily.date_day between cast(d1 as date) and cast(d2 as date)
    group by daily.source_tag
),

sources as (
    select
        coalesce(tags.source_tag, counts.source_tag) as source_tag,
        tags.label,
        coalesce(counts.acquired_contacts, 0) as acquired_contacts,
        coalesce(counts.handed_over_contacts, 0) as handed_over_contacts,
        coalesce(counts.contacted_contacts, 0) as contacted_contacts,
        null as sellers_count
    from (
        select * from marts.dim_lead_routing_panel_sources as configured
        where configured.panel_id = panel
    ) as tags
    full join counts on tags.source_tag = counts.source_tag
),

sellers as (
    select count(distinct sellers.user_id) as sellers_count
    from marts.dim_lead_routing_panel_sellers as sellers
    where sellers.panel_id = panel
        and (sellers.valid_from is null or sellers.valid_from <= cast(d2 as date))
        and (sellers.valid_to is null or sellers.valid_to >= cast(d1 as date))
),

all_rows as (
    select * from sources

    union all

    select
        '(all)' as source_tag,
        null as label,
        coalesce(sum(sources.acquired_contacts), 0) as acquired_contacts,
        coalesce(sum(sources.handed_over_contacts), 0) as handed_over_contacts,
        coalesce(sum(sources.contacted_contacts), 0) as contacted_contacts,
        any_value(sellers.sellers_count) as sellers_count
    from sellers
    left join sources on true
)

select
    source_tag,
    label,
    cast(acquired_contacts as bigint) as acquired_contacts,
    cast(handed_over_contacts as bigint) as handed_over_contacts,
    cast(contacted_contacts as bigint) as contacted_contacts,
    cast(sellers_count as bigint) as sellers_count,
    cast(handed_over_contacts as double) / nullif(sellers_count, 0) as contacts_per_seller
from all_rows
order by source_tag = '(all)' desc, acquired_contacts desc, source_tag
