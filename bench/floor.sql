-- The floor of the benchmark: the demo company's files in, the headline tables out, by hand.
--
-- No history, no ledger, no quarantine, no tests, no publishing: only what the right numbers of a
-- demo company need. It takes for granted what a house must not: UTC, EUR, Polish phone numbers,
-- one row a key and delivery. Variables: drop, seeds, as_of, pii_key; the table excel_users comes
-- from floor.py, since DuckDB reads Excel by an extension only.
-- Dates compare as UTC days; `rc` is the reporting currency.

set TimeZone = 'UTC';

create macro drop_files(pattern) as getvariable('drop') || '/*/' || pattern;
create macro seed_file(name) as getvariable('seeds') || '/' || name || '.csv';
create macro is_in_time(moment, file) as
    moment < getvariable('as_of')
    and cast(moment as date) <= cast(parse_filename(parse_dirpath(file)) as date) + 1;
create macro hours(a, b) as cast(epoch_us(b) - epoch_us(a) as double) / 1000000 / 3600;

-- Configuration ------------------------------------------------------------------------------------

create temp table panels as
select * from read_csv(seed_file('lead_routing_panels'), all_varchar = true) where is_active = 'true';
create temp table panel_sources as
select panel_id, source_tag, cast(priority as integer) as priority
from read_csv(seed_file('lead_routing_panel_sources'), all_varchar = true)
where panel_id in (select panel_id from panels);
create temp table panel_sellers as
select panel_id, user_id
from read_csv(seed_file('lead_routing_panel_sellers'), all_varchar = true)
where panel_id in (select panel_id from panels);
create temp table users as
select * from excel_users qualify row_number() over (partition by user_id order by delivery desc) = 1;
create temp table pipeline_stages as
select pipeline, stage, cast(position as bigint) as position, kind
from read_csv(drop_files('pipeline_stages.csv'), all_varchar = true);

-- Contacts and persons -----------------------------------------------------------------------------

create temp table merges as
with recursive pairs as (
    select merged_contact_id, surviving_contact_id
    from read_csv(drop_files('contact_merges.csv'), all_varchar = true)
    where cast(merged_at as timestamptz) < getvariable('as_of')
),
chain as (
    select merged_contact_id as contact_id, surviving_contact_id as survivor from pairs
    union all
    select chain.contact_id, pairs.surviving_contact_id
    from chain join pairs on chain.survivor = pairs.merged_contact_id
)
select * from chain where survivor not in (select merged_contact_id from pairs);

create temp table contacts as
with typed as (
    select * replace (
            cast(created_at as timestamptz) as created_at, try_cast(birth_date as date) as birth_date
        ),
        nullif(lower(trim(email)), '') as mail,
        regexp_replace(phone, '[^0-9+]', '', 'g') as digits
    from read_csv(drop_files('contacts.csv'), all_varchar = true, filename = true)
    where created_at is not null and (birth_date is null or try_cast(birth_date as date) is not null)
)
select typed.* exclude (filename), coalesce(merges.survivor, typed.contact_id) as survivor,
    case when digits = '' then null when digits[1] = '+' then digits
        when digits[:2] = '00' then '+' || digits[3:] else '+48' || digits end as e164
from typed left join merges using (contact_id)
where created_at < getvariable('as_of')
qualify row_number() over (partition by contact_id order by filename desc) = 1;

create temp table links as
with identifiers as (
    select distinct survivor as contact_id, 'e' || mail as hub from contacts where mail is not null
    union all
    select distinct survivor, 'p' || e164 from contacts where e164 is not null
),
shared as (
    select hub from identifiers group by hub having count(*) between 2 and 10
),
numbered as (
    select contact_id, row_number() over (order by created_at, contact_id) as number
    from contacts where survivor = contact_id
)
select number, contact_id, hub
from identifiers join shared using (hub) join numbered using (contact_id);

create temp table persons as
with recursive near as (
    select distinct a.number, b.number as other
    from links a join links b on a.hub = b.hub and a.number > b.number
),
edges as (
    select * from near union all select other, number from near
),
spread(number, root) using key (number) as (
    select distinct number, number from edges
    union
    select edges.other, min(spread.root)
    from spread join edges on spread.number = edges.number
    join recurring.spread as known on edges.other = known.number
    where spread.root < known.root
    group by edges.other
)
select distinct links.contact_id, root.contact_id as person_id
from spread join links using (number)
join (select distinct number as root, contact_id from links) root using (root);

-- Lead routing -------------------------------------------------------------------------------------

create temp table tags as
select coalesce(survivor, contact_id) as contact_id, tag, occurred_at
from (
    select contact_id, tag, cast(occurred_at as timestamptz) as occurred_at, filename, action
    from read_csv(drop_files('contact_tags.csv'), all_varchar = true, filename = true)
    where action is null or action = 'add'
) left join merges using (contact_id)
where is_in_time(occurred_at, filename);

create temp table owners as
select coalesce(survivor, contact_id) as contact_id, from_user_id, to_user_id, occurred_at
from (
    select contact_id, from_user_id, to_user_id, cast(occurred_at as timestamptz) as occurred_at,
        filename
    from read_csv(drop_files('contact_owners.csv'), delim = ';', all_varchar = true, filename = true)
    where to_user_id is not null
) left join merges using (contact_id)
where is_in_time(occurred_at, filename);

create temp table stages as
select coalesce(survivor, contact_id) as contact_id, pipeline, stage, position, kind, occurred_at
from (
    select contact_id, pipeline, stage, cast(occurred_at as timestamptz) as occurred_at, filename
    from read_csv(drop_files('contact_stages.csv.gz'), all_varchar = true, filename = true)
) left join merges using (contact_id) left join pipeline_stages using (pipeline, stage)
where is_in_time(occurred_at, filename);

create temp table acquired as
with first_adds as (
    select panel_id, contact_id, source_tag, priority, min(occurred_at) as acquired_at
    from tags join panel_sources on tag = source_tag
    group by all
)
select panel_id, contact_id, source_tag, acquired_at,
    count(*) over (partition by panel_id, contact_id, acquired_at) > 1 as is_source_tie
from first_adds
qualify row_number() over (
    partition by panel_id, contact_id order by acquired_at, priority, source_tag) = 1;

create temp table owned as
with events as (
    select a.panel_id, contact_id, a.acquired_at, from_user_id, to_user_id, occurred_at,
        from_user_id = p.handed_from_user_id as is_from_main, s.user_id is not null as is_to_seller,
        p.handed_from_user_id,
        coalesce(from_user_id, lag(to_user_id) over (
            partition by a.panel_id, contact_id
            order by occurred_at, to_user_id, from_user_id nulls last)) as previous
    from acquired a join panels p using (panel_id) join owners o using (contact_id)
    left join panel_sellers s on s.panel_id = a.panel_id and s.user_id = o.to_user_id
),
handed as (
    select *,
        min_by(
            struct_pack(t := occurred_at, u := to_user_id, later := occurred_at >= acquired_at),
            struct_pack(
                before := occurred_at < acquired_at, t := occurred_at, u := to_user_id)
        ) filter (where is_from_main and is_to_seller)
            over (partition by panel_id, contact_id) as handover
    from events
)
select panel_id, contact_id, any_value(handover) as handover,
    max_by(to_user_id, struct_pack(t := occurred_at, u := to_user_id))
        = any_value(handed_from_user_id) as is_with_main,
    bool_or(is_to_seller and not coalesce(is_from_main, false)) as is_direct,
    count(*) filter (
        where occurred_at > handover.t and to_user_id is distinct from previous) as reassigned
from handed
group by panel_id, contact_id;

create temp table contacted as
select a.panel_id, a.contact_id,
    coalesce(min(occurred_at) filter (where occurred_at >= acquired_at), min(occurred_at))
        as first_contacted_at
from acquired a join panels p using (panel_id)
join tags t on t.contact_id = a.contact_id and t.tag = p.first_contact_tag
group by a.panel_id, a.contact_id;

create temp table staged as
select a.panel_id, a.contact_id,
    min(occurred_at) filter (where occurred_at >= acquired_at and stage = cp1_stage) as cp1,
    min(occurred_at) filter (where occurred_at >= acquired_at and stage = cp2_stage) as cp2,
    min(occurred_at) filter (where occurred_at >= acquired_at and stage = final_stage) as final,
    max_by(
        struct_pack(stage := stage, kind := kind),
        struct_pack(t := occurred_at, p := position, s := stage)) as current
from acquired a join panels p using (panel_id)
join stages s on s.contact_id = a.contact_id and s.pipeline = p.pipeline
group by a.panel_id, a.contact_id;

create table fct_contact_acquisition as
select a.panel_id, a.contact_id, source_tag, acquired_at,
    cast(acquired_at as date) as acquired_date, is_source_tie,
    handover.t as handed_over_at, cast(handover.t as date) as handed_over_date,
    handover.u as handed_over_to,
    case when handover.later then hours(acquired_at, handover.t) end as hours_to_handover,
    case when handover is not null then 'handed_over' when is_direct then 'direct'
        when o.contact_id is null or is_with_main then 'waiting' else 'other' end
        as handover_status,
    first_contacted_at, cast(first_contacted_at as date) as first_contacted_date,
    case when first_contacted_at >= acquired_at then hours(acquired_at, first_contacted_at) end
        as hours_to_first_contact,
    cp1 as cp1_entered_at, cp2 as cp2_entered_at, final as final_entered_at,
    coalesce(cp1, cp2, final) is not null as cp1_reached,
    coalesce(cp2, final) is not null as cp2_reached,
    final is not null as final_reached,
    current.stage as current_stage,
    coalesce(current.kind = 'lost', false) or d.contact_id is not null as is_lost,
    coalesce(reassigned, 0) as reassigned_count
from acquired a
left join owned o using (panel_id, contact_id)
left join contacted using (panel_id, contact_id)
left join staged using (panel_id, contact_id)
left join (
    select contact_id from contacts where is_deleted = 'true' and contact_id = survivor
) d on d.contact_id = a.contact_id;

create table rpt_lead_routing_daily as
with events as (
    select panel_id, source_tag, coalesce(handed_over_to, '(none)') as user_id,
        unnest([acquired_date, handed_over_date, first_contacted_date]) as date_day,
        unnest([1, 2, 3]) as kind
    from fct_contact_acquisition
)
select panel_id, date_day, source_tag, user_id,
    count(*) filter (where kind = 1) as acquired_contacts,
    count(*) filter (where kind = 2) as handed_over_contacts,
    count(*) filter (where kind = 3) as contacted_contacts
from events where date_day is not null
group by all;

create table rpt_lead_routing_calendar as
with days as (
    select panel_id, cast(unnest(generate_series(
        cast(min(date_day) as timestamp), cast(max(date_day) as timestamp), interval 1 day))
        as date) as date_day
    from rpt_lead_routing_daily group by panel_id
),
sellers as (
    select panel_id, count(*) as sellers_count from panel_sellers group by panel_id
)
select panel_id, date_day, coalesce(sum(acquired_contacts), 0)::bigint as acquired_contacts,
    coalesce(sum(handed_over_contacts), 0)::bigint as handed_over_contacts,
    coalesce(sum(contacted_contacts), 0)::bigint as contacted_contacts,
    any_value(sellers_count) as sellers_count,
    coalesce(sum(handed_over_contacts), 0)::double / any_value(sellers_count)
        as contacts_per_seller
from days left join rpt_lead_routing_daily using (panel_id, date_day) join sellers using (panel_id)
group by panel_id, date_day;

create table rpt_lead_routing_flow as
select f.panel_id, acquired_date, source_tag, coalesce(handed_over_to, '(none)') as user_id,
    count(*) as acquired, count(handed_over_at) as handed_over,
    count(first_contacted_at) as contacted,
    count(*) filter (where handover_status = 'waiting') as waiting,
    count(*) filter (where handover_status = 'direct') as direct_assigned,
    cast(coalesce(sum(epoch_us(handed_over_at) - epoch_us(acquired_at))
        filter (where hours_to_handover is not null), 0) as double) / 1000000 / 3600
        as hours_to_handover_sum,
    count(hours_to_handover) as hours_to_handover_count,
    count(cp1_entered_at) as cp1_entered,
    count(*) filter (where current_stage = cp1_stage) as cp1_now,
    count(*) filter (where cp1_reached) as cp1_reached,
    count(cp2_entered_at) as cp2_entered,
    count(*) filter (where current_stage = cp2_stage) as cp2_now,
    count(*) filter (where cp2_reached) as cp2_reached,
    count(final_entered_at) as final_entered,
    count(*) filter (where current_stage = final_stage) as final_now,
    count(*) filter (where final_reached) as final_reached
from fct_contact_acquisition f join panels using (panel_id)
group by all;

create table rpt_lead_routing_steps as
with passed as (
    select panel_id, acquired_date, source_tag, coalesce(handed_over_to, '(none)') as user_id,
        is_lost,
        [true, handed_over_at is not null, first_contacted_at is not null,
            cp1_entered_at is not null, cp2_entered_at is not null, final_entered_at is not null]
            as passed,
        case when final_entered_at is not null then 6 when cp2_entered_at is not null then 5
            when cp1_entered_at is not null then 4 when first_contacted_at is not null then 3
            when handed_over_at is not null then 2 else 1 end as furthest
    from fct_contact_acquisition
),
cohorts as (
    select panel_id, acquired_date, source_tag, user_id, passed, furthest, is_lost, count(*) as n
    from passed group by all
)
select panel_id, acquired_date, source_tag, user_id, step_no,
    ['acquired', 'handed_over', 'contacted', 'cp1', 'cp2', 'final'][step_no] as step,
    coalesce(sum(n) filter (where furthest >= step_no), 0)::bigint as reached,
    coalesce(sum(n) filter (where passed[step_no]), 0)::bigint as entered,
    reached - entered as implied,
    coalesce(sum(n) filter (where furthest = step_no - 1), 0)::bigint as not_passed,
    coalesce(sum(n) filter (where furthest = step_no - 1 and is_lost), 0)::bigint
        as not_passed_lost,
    not_passed - not_passed_lost as not_passed_open
from cohorts, (select unnest([1, 2, 3, 4, 5, 6]) as step_no)
group by all;

create table rpt_lead_routing_seller_sources as
with cohorts as (
    select distinct panel_id, acquired_date, source_tag from rpt_lead_routing_flow
),
members as (
    select panel_id, acquired_date, source_tag, user_id from cohorts join panel_sellers using (panel_id)
    union
    select panel_id, acquired_date, source_tag, user_id from rpt_lead_routing_flow
)
select panel_id, acquired_date, user_id, users.name as user_name, source_tag,
    coalesce(handed_over, 0) as handed_over, coalesce(contacted, 0) as contacted,
    coalesce(cp1_entered, 0) as cp1_entered, coalesce(cp2_entered, 0) as cp2_entered,
    coalesce(final_entered, 0) as final_entered
from members
left join rpt_lead_routing_flow using (panel_id, acquired_date, source_tag, user_id)
left join users using (user_id);

create table rpt_lead_routing_sellers as
select panel_id, acquired_date, user_id, user_name, sum(handed_over)::bigint as handed_over,
    sum(contacted)::bigint as contacted, sum(cp1_entered)::bigint as cp1_entered,
    sum(cp2_entered)::bigint as cp2_entered, sum(final_entered)::bigint as final_entered
from rpt_lead_routing_seller_sources
group by all;

-- Deals --------------------------------------------------------------------------------------------

create temp table rates as
select currency, cast(date as date) as date_day, cast(rate as decimal(20, 10)) as rate
from read_csv(drop_files('fx_rates.csv'), all_varchar = true);

create temp table deal_versions as
select * exclude (amount, margin, filename),
    try_cast(amount as decimal(18, 2)) as amount, cast(margin as decimal(18, 2)) as margin,
    cast(created_at as timestamptz) as created, cast(closed_at as timestamptz) as closed,
    cast(updated_at as timestamptz) as version, filename as delivery
from read_csv(drop_files('deals-crm.csv'), all_varchar = true, filename = true)
where status in ('open', 'won', 'lost', 'deleted')
    and (amount is null or try_cast(amount as decimal(18, 2)) is not null);

create temp table deal_list as
with latest as (
    select * from deal_versions where created < getvariable('as_of')
    qualify row_number() over (partition by deal_id order by delivery desc) = 1
),
primary_contacts as (
    select deal_id, min(contact_id) as contact_id
    from read_csv(drop_files('deal_contacts.csv'), all_varchar = true)
    where is_primary in ('true', '1', 'yes') group by deal_id
),
linked as (
    select latest.* exclude (contact_id),
        coalesce(latest.contact_id, primary_contacts.contact_id) as card
    from latest left join primary_contacts using (deal_id)
)
select linked.*, coalesce(merges.survivor, card) as contact_id,
    coalesce(persons.person_id, c.contact_id) as person_id,
    cast(created as date) as created_date, cast(closed as date) as closed_date,
    case when status <> 'open' then coalesce(cast(closed as date), cast(created as date)) end
        as outcome_date,
    coalesce(outcome_date, created_date) as rate_date
from linked left join merges on merges.contact_id = card
left join contacts c on c.contact_id = coalesce(merges.survivor, card) and c.contact_id = c.survivor
left join persons on persons.contact_id = c.contact_id;

create temp table paid as
with typed as (
    select deal_id, cast(amount as decimal(18, 2)) as amount, currency,
        cast(cast(paid_at as timestamptz) as date) as date_day
    from read_csv(drop_files('payments.csv'), delim = ';', all_varchar = true)
    where currency is not null and cast(paid_at as timestamptz) < getvariable('as_of')
)
select deal_id, cast(sum(cast(round(amount * case currency when 'EUR'
    then cast(1 as decimal(20, 10)) else rate end, 2) as decimal(18, 2))) as decimal(18, 2))
    as paid_rc
from typed left join rates using (currency, date_day)
group by deal_id;

create temp table managers as
select v.deal_id, v.owner_user_id
from deal_versions v join deal_list d on v.deal_id = d.deal_id and v.version <= d.closed
qualify row_number() over (partition by v.deal_id order by v.version desc, v.delivery desc) = 1;

create table fct_deals as
with priced as (
    select d.*,
        case currency when 'EUR' then cast(1 as decimal(20, 10)) else rate end as used_rate
    from deal_list d left join rates r using (currency)
    where currency is null or currency = 'EUR' or r.date_day = d.rate_date
),
numbered as (
    select deal_id, row_number() over (partition by person_id order by created, deal_id) as nth
    from deal_list where person_id is not null and status <> 'deleted'
)
select d.deal_id, coalesce(contact_id, '(no contact)') as contact_id, person_id,
    created as created_at, created_date, closed as closed_at, closed_date, outcome_date, status,
    pipeline, stage, d.owner_user_id, coalesce(m.owner_user_id, d.owner_user_id) as manager_user_id,
    product, competitor, lost_reason, coalesce(creation_method, 'manual') as creation_method,
    amount, currency, cast(round(amount * used_rate, 2) as decimal(18, 2)) as amount_rc,
    case when status = 'won' then amount_rc else 0::decimal(18, 2) end as revenue_rc,
    cast(round(margin * used_rate, 2) as decimal(18, 2)) as margin_rc,
    coalesce(paid_rc, 0::decimal(18, 2)) as paid_rc,
    source as deal_source, medium as deal_medium, campaign as deal_campaign,
    case when status = 'won' and closed >= created then hours(created, closed) / 24 end
        as cycle_days,
    nth as nth_deal, nth > 1 as is_repeat_deal,
    status = 'open' as is_open, status = 'won' as is_won, status = 'lost' as is_lost,
    deal_url, tags
from priced d left join paid using (deal_id) left join managers m using (deal_id)
left join numbered using (deal_id);

create table dim_contacts as
with clients as (
    select person_id, min(coalesce(closed_at, created_at)) as client_since_at
    from fct_deals where is_won and person_id is not null group by person_id
)
select c.contact_id, coalesce(p.person_id, c.contact_id) as person_id, created_at,
    cast(created_at as date) as created_date, owner_user_id, country, region, city, gender,
    case when age is null then '(unknown)' when age < 18 then '0-17' when age < 25 then '18-24'
        when age < 35 then '25-34' when age < 45 then '35-44' when age < 55 then '45-54'
        when age < 65 then '55-64' else '65+' end as age_band,
    client_since_at is not null as is_client, client_since_at, is_deleted = 'true' as is_deleted,
    sha256(getvariable('pii_key') || ':' || mail) as email_hash,
    sha256(getvariable('pii_key') || ':' || e164) as phone_hash
from (
    select *, date_sub('year', birth_date, cast(getvariable('as_of') as date)) as age
    from contacts where contact_id = survivor
) c
left join persons p using (contact_id)
left join clients on clients.person_id = coalesce(p.person_id, c.contact_id);

create table fct_deal_stages as
with events as (
    select deal_id, pipeline, stage, position, kind, occurred_at
    from (
        select deal_id, pipeline, stage, cast(occurred_at as timestamptz) as occurred_at, filename
        from read_csv(drop_files('deal_stages.csv'), all_varchar = true, filename = true)
    ) left join pipeline_stages using (pipeline, stage)
    where is_in_time(occurred_at, filename)
)
select deal_id, stage, occurred_at as entered_at, lead(occurred_at) over history as left_at,
    hours(occurred_at, lead(occurred_at) over history) as hours,
    row_number() over (partition by deal_id, pipeline, stage order by occurred_at) as visit_no,
    coalesce(lag(pipeline) over history = pipeline and lag(position) over history > position,
        false) as is_backward,
    pipeline, kind as stage_kind, position
from events
window history as (
    partition by deal_id order by occurred_at, position nulls last, pipeline, stage);

create table rpt_deal_journal as
select d.*, p.kind as stage_kind, u.name as manager_name, u.team,
    case when d.is_open then hours(l.entered_at, getvariable('as_of')) / 24 end as days_in_stage
from fct_deals d left join users u on u.user_id = d.manager_user_id
left join pipeline_stages p using (pipeline, stage)
left join (select deal_id, max(entered_at) as entered_at from fct_deal_stages group by deal_id) l
    using (deal_id);

create table rpt_deal_summary as
with dated as (
    select 'created' as date_basis, created_date as date_day, * from fct_deals
    union all
    select 'outcome', outcome_date, * from fct_deals where outcome_date is not null
)
select date_basis, date_day, coalesce(manager_user_id, '(none)') as manager_user_id, status,
    count(*) as deals, count(*) filter (where amount is null) as deals_without_amount,
    cast(sum(revenue_rc) as decimal(18, 2)) as revenue_rc,
    cast(sum(amount_rc) as decimal(18, 2)) as amount_rc
from dated group by all;

create table rpt_top_deals as
with periods as (
    select unnest(['day', 'week', 'month', 'quarter', 'year', 'all']) as period_type
),
ranked as (
    select period_type,
        case period_type when 'all' then null else cast(date_trunc(
            case period_type when 'all' then 'day' else period_type end, outcome_date) as date) end
            as period_start, *
    from fct_deals, periods where is_won and revenue_rc is not null
)
select period_type, period_start, row_number() over (
        partition by period_type, period_start
        order by revenue_rc desc, closed_at nulls last, deal_id) as rank,
    deal_id, closed_at, amount_rc, person_id, manager_user_id
from ranked qualify rank <= 3;

create table rpt_funnel as
with entries as (
    select deal_id, pipeline, stage, count(left_at) as n,
        sum(epoch_us(left_at) - epoch_us(entered_at)) as micros
    from fct_deal_stages group by all
),
furthest as (
    select deal_id, pipeline, max(position) as furthest
    from fct_deal_stages where stage_kind in ('open', 'won') group by all
),
lost_in as (
    select deal_id, max_by(stage, struct_pack(
        t := entered_at, v := visit_no, p := pipeline, s := stage)) as lost_stage
    from fct_deal_stages where stage_kind is distinct from 'lost' group by deal_id
),
crossed as (
    select d.created_date, d.pipeline, p.stage, p.position,
        coalesce(d.owner_user_id, '(none)') as owner_user_id,
        e.deal_id is not null as entered,
        e.deal_id is not null or coalesce(furthest > p.position, false) or d.is_won as reached,
        coalesce(d.stage = p.stage, false) as now,
        d.is_lost and coalesce(lost_stage, d.stage, '') = p.stage as lost_here, micros, n
    from fct_deals d join pipeline_stages p using (pipeline)
    left join entries e on e.deal_id = d.deal_id and e.pipeline = p.pipeline and e.stage = p.stage
    left join furthest f on f.deal_id = d.deal_id and f.pipeline = d.pipeline
    left join lost_in l on l.deal_id = d.deal_id
    where entered or reached or now or lost_here
)
select created_date, pipeline, stage, position, owner_user_id,
    count(*) filter (where entered) as deals_entered,
    count(*) filter (where reached) as deals_reached,
    count(*) filter (where now) as deals_now,
    count(*) filter (where lost_here) as deals_lost_here,
    coalesce(cast(sum(micros) as double) / 1000000 / 3600, 0) as hours_in_stage_sum,
    coalesce(sum(n), 0)::bigint as hours_in_stage_count
from crossed group by all;

-- What every entity holds, one row a key -----------------------------------------------------------

create table entity_counts as
select 'contacts' as entity, count(*) as rows from contacts
union all select 'deals', count(*) from deal_list
union all select 'users', count(*) from users
union all select 'calls', count(distinct call_id) from read_parquet(drop_files('calls*.parquet'))
union all
select 'sessions', count(distinct session_id) from read_parquet(drop_files('sessions.parquet'))
union all
select 'number_leases', count(distinct (phone, session_id, leased_at))
from read_parquet(drop_files('number_leases.parquet'))
union all select 'tasks', count(distinct task_id) from read_parquet(drop_files('tasks.parquet'))
union all select 'emails', count(distinct email_id) from read_parquet(drop_files('emails.parquet'))
union all
select 'meetings', count(distinct meeting_id) from read_json(drop_files('meetings.jsonl'))
union all
select 'enquiries', count(distinct enquiry_id) from read_json(drop_files('enquiries.jsonl'))
where channel in ('form', 'chat', 'marketplace', 'email', 'messenger', 'walk_in', 'manual')
union all
select 'payments', count(distinct payment_id)
from read_csv(drop_files('payments.csv'), delim = ';', all_varchar = true) where currency <> ''
union all
select 'ad_spend', count(*) from (
    select * from read_csv(drop_files('ad_spend_all.csv.gz'), all_varchar = true, filename = true)
    where try_cast(date as date) is not null
    qualify filename = max(filename) over (partition by platform, account_id, date)
)
union all
select 'surveys', count(distinct response_id)
from read_csv(drop_files('surveys.csv'), all_varchar = true)
where cast(score as integer) between 0 and 10
union all
select 'time_entries', count(distinct entry_id)
from read_csv(drop_files('time_entries.csv'), all_varchar = true)
union all select 'fx_rates', count(*) from rates
union all select 'pipeline_stages', count(*) from pipeline_stages
union all
select 'contact_merges', count(*) from read_csv(drop_files('contact_merges.csv'), all_varchar = true)
union all
select 'deal_contacts', count(distinct (deal_id, contact_id))
from read_csv(drop_files('deal_contacts.csv'), all_varchar = true)
union all
select 'tracking_numbers', count(*)
from read_csv(drop_files('tracking_numbers.csv'), all_varchar = true)
union all select 'contact_owners', count(*) from owners
union all select 'contact_stages', count(*) from stages
union all select 'deal_stages', count(*) from fct_deal_stages
union all
select 'contact_tags', count(distinct (contact_id, tag, occurred_at, coalesce(action, 'add')))
from read_csv(drop_files('contact_tags.csv'), all_varchar = true, filename = true)
where coalesce(action, 'add') in ('add', 'remove')
    and is_in_time(cast(occurred_at as timestamptz), filename)
union all select 'targets', count(*) from excel_targets
union all select 'manual_costs', count(*) from excel_manual_costs;
