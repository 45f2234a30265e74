-- The floor of the benchmark: the demo company's files in, the headline tables out, by hand.
--
-- No history, no ledger, no quarantine, no tests, no publishing: only what the right numbers of a
-- demo company need. It takes for granted what a house must not: UTC, EUR, a rate for every day,
-- Polish phone numbers, an empty blocklist, one row a key and delivery, and sessions, calls, leases,
-- enquiries and payments that are never delivered twice. Variables: drop, seeds, as_of, pii_key; the
-- tables excel_* come from floor.py, since DuckDB reads Excel by an extension only.
-- Dates compare as UTC days; `rc` is the reporting currency.

set TimeZone = 'UTC';
set preserve_insertion_order = false;

create macro drop_files(pattern) as getvariable('drop') || '/*/' || pattern;
create macro seed_file(name) as getvariable('seeds') || '/' || name || '.csv';
create macro is_in_time(moment, file) as
    moment < getvariable('as_of')
    and cast(moment as date) <= cast(parse_filename(parse_dirpath(file)) as date) + 1;
create macro hours(a, b) as cast(epoch_us(b) - epoch_us(a) as double) / 1000000 / 3600;
create macro days(a, b) as cast(epoch_us(b) - epoch_us(a) as double) / 1000000 / 86400;
create macro hour_of(moment) as epoch_us(moment) // 3600000000;
create macro month_of(day) as cast(date_trunc('month', day) as date);
create macro ratio(a, b) as cast(a as double) / nullif(cast(b as double), 0);
create macro fits(value, pattern) as
    pattern is null or coalesce(lower(value) like lower(pattern), false);
create macro host(address) as
    nullif(regexp_extract(lower(address), '^https?://(?:www[.])?([^/?#:]+)', 1), '');
create macro e164(bare) as
    case when replace(ltrim(bare, '+'), '0', '') = '' then null
        when bare[1] = '+' then bare when bare[:2] = '00' then '+' || bare[3:]
        when bare[:2] = '48' and length(bare) > 9 then '+' || bare else '+48' || bare end;
create macro phone_of(written) as e164(translate(written, ' .-/()[]', ''));
create macro hashed(value) as sha256(getvariable('pii_key') || ':' || value);
create macro in_euro(amount, currency, rate) as cast(round(amount * case currency
    when 'EUR' then cast(1 as decimal(20, 10)) else rate end, 2) as decimal(18, 2));
create macro is_one(level) as
    count(level) in (0, count(*)) and min(level) is not distinct from max(level);

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
create temp table tracking_numbers as
select phone_of(phone) as phone, kind, source, medium, campaign,
    cast(valid_from as timestamptz) as valid_from, cast(valid_to as timestamptz) as valid_to
from read_csv(drop_files('tracking_numbers.csv'), all_varchar = true);
create temp table rates as
select currency, cast(date as date) as date_day, cast(rate as decimal(20, 10)) as rate
from read_csv(drop_files('fx_rates.csv'), all_varchar = true);

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
        nullif(lower(trim(email)), '') as mail, phone_of(phone) as e164
    from read_csv(drop_files('contacts.csv'), all_varchar = true, filename = true)
    where created_at is not null and (birth_date is null or try_cast(birth_date as date) is not null)
)
select typed.* exclude (filename), coalesce(merges.survivor, typed.contact_id) as survivor
from typed left join merges using (contact_id)
where created_at < getvariable('as_of')
qualify row_number() over (partition by contact_id order by filename desc) = 1;

create temp table survivors as
select *, row_number() over (order by created_at, contact_id) as number
from contacts where survivor = contact_id;

create temp table identifiers as
with hubs as (
    select distinct survivor as contact_id, unnest(['e' || mail, 'p' || e164]) as hub from contacts
)
select hub, number, contact_id, count(*) over (partition by hub) as sharing
from hubs join survivors using (contact_id)
where hub is not null
qualify sharing <= 10;

create temp table identifier_owners as
select hub, min_by(contact_id, number) as contact_id
from identifiers
where hub not in (select 'p' || phone from tracking_numbers where kind = 'own')
group by hub;

create temp table persons as
with recursive near as (
    select distinct a.number, b.number as other
    from identifiers a join identifiers b on a.hub = b.hub and a.number > b.number
    where a.sharing > 1
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
select s.contact_id, coalesce(root.contact_id, s.contact_id) as person_id
from survivors s left join spread using (number)
left join survivors root on root.number = spread.root;

-- Lead routing -------------------------------------------------------------------------------------

create temp table tag_events as
select distinct coalesce(survivor, contact_id) as contact_id, contact_id as original_id, tag,
    action, occurred_at
from (
    select contact_id, tag, coalesce(action, 'add') as action,
        cast(occurred_at as timestamptz) as occurred_at, filename
    from read_csv(drop_files('contact_tags.csv'), all_varchar = true, filename = true)
) left join merges using (contact_id)
where action in ('add', 'remove') and is_in_time(occurred_at, filename);
create temp view tags as select * from tag_events where action = 'add';

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
select coalesce(survivor, contact_id) as contact_id, contact_id as original_id, pipeline, stage,
    position, kind, occurred_at
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
left join survivors d on d.contact_id = a.contact_id and d.is_deleted = 'true';

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

-- Sessions, calls and enquiries --------------------------------------------------------------------

create temp table source_rules as
select * replace (cast(priority as integer) as priority)
from read_csv(seed_file('source_rules'), all_varchar = true);

-- A hundred ways of arriving: the rules are tried on those, not on every session.
create temp table arrivals as
with forms as (
    select distinct utm_source, utm_medium, referrer, landing_page,
        gclid is not null as has_gclid, yclid is not null as has_yclid,
        fbclid is not null as has_fbclid,
        coalesce(utm_campaign, utm_content, utm_term) is not null as has_label
    from read_parquet(drop_files('sessions.parquet'))
),
hosted as (
    select *, nullif(host(referrer), host(landing_page)) as other,
        coalesce(utm_source, utm_medium, other) is null
            and not (has_gclid or has_yclid or has_fbclid or has_label) as is_direct,
        row_number() over () as arrival
    from forms
)
select h.*,
    case when is_direct then 'direct' when r.priority is not null then r.source
        else coalesce(h.utm_source, other, '(unknown)') end as source,
    case when is_direct then 'none' when r.priority is not null then r.medium
        when h.utm_source is not null then h.utm_medium
        when other is not null then 'referral' end as medium
from hosted h left join source_rules r on not is_direct
    and fits(h.utm_source, r.utm_source) and fits(h.utm_medium, r.utm_medium)
    and fits(other, r.referrer_domain)
    and (r.click_id is null or (has_gclid and fits('gclid', r.click_id))
        or (has_yclid and fits('yclid', r.click_id))
        or (has_fbclid and fits('fbclid', r.click_id)))
qualify row_number() over (partition by arrival order by r.priority) = 1;

create temp view sourced_sessions as
select s.* replace (cast(started_at as timestamptz) as started_at), source, medium,
    utm_campaign as campaign, utm_term as keyword, is_direct
from read_parquet(drop_files('sessions.parquet'), filename = true) s
join arrivals a on s.utm_source is not distinct from a.utm_source
    and s.utm_medium is not distinct from a.utm_medium
    and s.referrer is not distinct from a.referrer
    and s.landing_page is not distinct from a.landing_page
    and (gclid is not null) = has_gclid and (yclid is not null) = has_yclid
    and (fbclid is not null) = has_fbclid
    and (coalesce(utm_campaign, utm_content, utm_term) is not null) = has_label
where is_in_time(cast(started_at as timestamptz), filename);

create temp table sessions as
select session_id, visitor_id, started_at, source, medium, campaign, keyword, is_direct
from sourced_sessions;

create temp table calls as
with landed as (
    select * exclude (recording_url) replace (cast(started_at as timestamptz) as started_at),
        phone_of(case direction when 'in' then from_phone else to_phone end) as client_phone,
        phone_of(case direction when 'in' then to_phone else from_phone end) as company_phone
    from read_parquet(drop_files('calls*.parquet'), filename = true)
    where is_in_time(cast(started_at as timestamptz), filename)
),
firsts as (
    select min_by(call_id, struct_pack(t := started_at, c := call_id)) as call_id
    from landed where direction = 'in' and client_phone is not null group by client_phone
)
select landed.* replace (
        coalesce(merges.survivor, landed.contact_id, o.contact_id) as contact_id,
        coalesce(call_count, 1) as call_count),
    person_id, firsts.call_id is not null as is_first_call
from landed left join merges using (contact_id)
left join identifier_owners o on o.hub = 'p' || client_phone
left join persons
    on persons.contact_id = coalesce(merges.survivor, landed.contact_id, o.contact_id)
left join firsts on firsts.call_id = landed.call_id;

-- A lease meets a call by number and hour, then by the exact times.
create temp table leased as
with leases as (
    select phone_of(phone) as phone, session_id, cast(leased_at as timestamptz) as leased_at,
        coalesce(cast(released_at as timestamptz), leased_at + interval 120 minute)
            + interval 30 minute as held_until
    from read_parquet(drop_files('number_leases.parquet'))
    where leased_at < getvariable('as_of')
),
hourly as (
    select *, unnest(range(hour_of(leased_at), hour_of(held_until) + 1)) as hour from leases
),
candidates as (
    select distinct call_id, hourly.session_id
    from calls join hourly on phone = company_phone and hour = hour_of(started_at)
        and started_at >= leased_at and started_at < held_until
    where direction = 'in'
)
select call_id, count(*) as found,
    case when found = 1 then min(session_id) end as session_id,
    is_one(coalesce(source, '(unknown)')) as has_source,
    has_source and is_one(medium) as has_medium,
    has_medium and is_one(campaign) as has_campaign,
    has_campaign and is_one(keyword) as has_keyword,
    case when has_source then coalesce(min(source), '(unknown)') else '(unknown)' end as source,
    case when has_medium then min(medium) end as medium,
    case when has_campaign then min(campaign) end as campaign,
    case when has_keyword then min(keyword) end as keyword
from candidates left join sessions using (session_id)
group by call_id;

create temp table traced as
with static_numbers as (
    select call_id, n.source, n.medium, n.campaign
    from calls join tracking_numbers n on phone = company_phone and started_at >= valid_from
        and (valid_to is null or started_at < valid_to)
    where direction = 'in' and kind in ('static_online', 'static_offline')
    qualify row_number() over (partition by call_id
        order by valid_from desc, n.source, n.medium, n.campaign nulls last) = 1
),
methods as (
    select call_id, 1 as rank, 'vendor_session' as match_method, 1 as match_candidates, session_id,
        s.source, s.medium, s.campaign, s.keyword
    from calls join sessions s using (session_id) where direction = 'in'
    union all
    select call_id, 2, 'vendor_source', 1, null, source, medium, campaign, keyword
    from calls where direction = 'in' and source is not null
    union all
    select call_id, 3, case when found = 1 then 'dynamic' else 'dynamic_ambiguous' end, found,
        session_id, source, medium, campaign, keyword
    from leased
    union all
    select call_id, 4, 'static', 1, null, source, medium, campaign, null from static_numbers
)
select * from methods qualify row_number() over (partition by call_id order by rank) = 1;

create temp table enquiries as
with landed as (
    select *, 'e' || nullif(lower(trim(email)), '') as mail_hub, phone_of(phone) as e164
    from read_json(drop_files('enquiries.jsonl'), filename = true, columns = {
        enquiry_id: 'varchar', occurred_at: 'timestamptz', channel: 'varchar',
        session_id: 'varchar', visitor_id: 'varchar', contact_id: 'varchar', name: 'varchar',
        email: 'varchar', phone: 'varchar', source: 'varchar', medium: 'varchar',
        campaign: 'varchar', page: 'varchar'
    })
    where is_in_time(occurred_at, filename) and channel in
        ('form', 'chat', 'marketplace', 'email', 'messenger', 'walk_in', 'manual')
),
owned as (
    select landed.* replace (coalesce(merges.survivor, landed.contact_id, by_mail.contact_id,
        by_phone.contact_id) as contact_id)
    from landed left join merges using (contact_id)
    left join identifier_owners by_mail on by_mail.hub = mail_hub
    left join identifier_owners by_phone on by_phone.hub = 'p' || e164
)
select enquiry_id, occurred_at, channel, session_id, o.visitor_id, contact_id, person_id, name,
    mail_hub[2:] as mail, e164, page, o.source is not null as is_sourced,
    coalesce(o.source, s.source, '(unknown)') as source,
    case when is_sourced then o.medium else s.medium end as medium,
    case when is_sourced then o.campaign else s.campaign end as campaign,
    case when not is_sourced then keyword end as keyword,
    case when is_sourced then o.source = 'direct' else coalesce(is_direct, false) end as is_direct
from owned o left join persons using (contact_id) left join sessions s using (session_id);

create temp table visitors as
with carriers as (
    select call_id as id, started_at as carried_at, person_id, visitor_id, session_id
    from calls where coalesce(visitor_id, session_id) is not null
    union all
    select call_id, started_at, person_id, null, traced.session_id
    from calls join traced using (call_id) where match_method = 'dynamic'
    union all
    select enquiry_id, occurred_at, person_id, visitor_id, session_id from enquiries
),
ties as (
    select visitor_id, id, carried_at, person_id from carriers where visitor_id is not null
    union all
    select s.visitor_id, id, carried_at, person_id from carriers join sessions s using (session_id)
)
select visitor_id, min_by(person_id, struct_pack(t := carried_at, i := id, p := person_id))
    as person_id
from ties where person_id is not null group by visitor_id;

create temp table person_sessions as
select person_id, s.* from sessions s join visitors using (visitor_id);

create table fct_sessions as
select s.* exclude (filename), person_id, cast(started_at as date) as started_date
from sourced_sessions s left join visitors using (visitor_id);

create table fct_calls as
with unexplained as (
    select call_id, person_id, started_at
    from calls anti join traced using (call_id)
    where direction = 'in' and person_id is not null
),
moments as (
    select * from person_sessions
    qualify row_number() over (partition by person_id, started_at order by session_id) = 1
),
history as (
    select call_id, 'caller_history' as match_method, 1 as match_candidates, session_id, source,
        medium, campaign, keyword
    from unexplained u asof join moments m
        on u.person_id = m.person_id and u.started_at >= m.started_at
    where epoch_us(u.started_at) - epoch_us(m.started_at) <= 90 * 86400000000
),
matched as (
    select * exclude (rank) from traced union all select * from history
)
select call_id, started_at, cast(started_at as date) as started_date, direction, user_id, person_id,
    contact_id, hashed(company_phone) as tracking_phone_hash, status,
    status = 'answered' as is_answered, direction = 'in' and status <> 'answered' as is_missed,
    wait_seconds, talk_seconds, call_count, is_first_call,
    direction = 'in' and is_answered and coalesce(talk_seconds >= 30, false) as is_target,
    m.session_id,
    case when direction = 'in' then coalesce(m.source, '(unknown)') end as source, m.medium,
    m.campaign, m.keyword,
    case direction when 'out' then 'outbound' else coalesce(match_method, 'none') end
        as match_method,
    case when direction = 'in' then coalesce(match_candidates, 0) end as match_candidates,
    hashed(client_phone) as client_phone_hash
from calls left join matched m using (call_id);

create table fct_enquiries as
select * exclude (name, mail, e164, is_sourced), cast(occurred_at as date) as occurred_date,
    hashed(name) as name_hash, hashed(mail) as email_hash, hashed(e164) as phone_hash
from enquiries;

-- Deals and payments -------------------------------------------------------------------------------

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
select linked.*, coalesce(merges.survivor, card) as contact_id, person_id,
    cast(created as date) as created_date, cast(closed as date) as closed_date,
    case when status <> 'open' then coalesce(cast(closed as date), cast(created as date)) end
        as outcome_date,
    coalesce(outcome_date, created_date) as rate_date
from linked left join merges on merges.contact_id = card
left join persons on persons.contact_id = coalesce(merges.survivor, card);

create temp table payments as
with typed as (
    select payment_id, deal_id, cast(paid_at as timestamptz) as paid_at,
        cast(amount as decimal(18, 2)) as amount, currency
    from read_csv(drop_files('payments.csv'), delim = ';', all_varchar = true)
    where currency is not null and cast(paid_at as timestamptz) < getvariable('as_of')
)
select payment_id, deal_id, paid_at, in_euro(amount, p.currency, rate) as amount_rc
from typed p left join rates r on r.currency = p.currency and date_day = cast(paid_at as date);

create temp table paid as
select deal_id, cast(sum(amount_rc) as decimal(18, 2)) as paid_rc
from payments group by deal_id;

create temp table managers as
select v.deal_id, v.owner_user_id
from deal_versions v join deal_list d on v.deal_id = d.deal_id and v.version <= d.closed
qualify row_number() over (partition by v.deal_id order by v.version desc, v.delivery desc) = 1;

-- First source and first contact -------------------------------------------------------------------

create table fct_source_candidates as
with candidates as (
    select person_id, started_at as occurred_at, 'session' as evidence, 1 as rank,
        session_id as evidence_id, source, medium, campaign, keyword, is_direct
    from person_sessions
    union all
    select person_id, started_at,
        case match_method when 'static' then 'call_static' when 'vendor_session' then 'call_vendor'
            when 'vendor_source' then 'call_vendor' else 'call_dynamic' end as evidence,
        case evidence when 'call_dynamic' then 2 when 'call_vendor' then 3 else 4 end, call_id,
        traced.source, traced.medium, traced.campaign, traced.keyword, traced.source = 'direct'
    from calls join traced using (call_id) where person_id is not null
    union all
    select person_id, occurred_at, 'enquiry', 5, enquiry_id, source, medium, campaign, null,
        source = 'direct'
    from enquiries where is_sourced and person_id is not null
    union all
    select person_id, occurred_at, 'tag', 6, original_id || ':' || tag, source, medium, campaign,
        null, source = 'direct'
    from tags join read_csv(seed_file('source_tags'), all_varchar = true) using (tag)
    join persons using (contact_id)
    union all
    select person_id, created_at, 'crm_card', 7, contacts.contact_id, lead_source, lead_medium,
        lead_campaign, null, lead_source = 'direct'
    from contacts join persons on persons.contact_id = survivor where lead_source is not null
    union all
    select person_id, created, 'crm_deal', 8, deal_id, source, medium, campaign, null,
        source = 'direct'
    from deal_list where source is not null and person_id is not null
),
numbered as (
    select *, source not in ('(none)', '(unknown)') as is_known, row_number() over (
            partition by person_id
            order by occurred_at, rank, evidence_id, source nulls last, campaign nulls last
        ) as candidate_no
    from candidates
),
placed as (
    select *,
        min(candidate_no) filter (where is_known and not is_direct) over person as known_no,
        coalesce(known_no, min(candidate_no) filter (where is_direct) over person) as chosen_no
    from numbered window person as (partition by person_id)
)
select * exclude (rank, is_known, known_no, chosen_no)
    replace (coalesce(is_direct, false) as is_direct),
    coalesce(candidate_no = chosen_no, false) as is_chosen,
    case when candidate_no = known_no then 'chosen: the earliest evidence that names a source'
        when candidate_no = chosen_no then 'chosen: the person only ever came directly'
        when is_known is not true then 'passed over: its source cannot be told'
        when is_direct and known_no is not null
            then 'passed over: a direct visit never replaces a known source'
        when is_direct then 'passed over: an earlier direct visit was chosen'
        else 'passed over: later than the chosen evidence' end as reason
from placed;

create temp table first_sources as
with chosen as (
    select person_id, bool_or(is_chosen) as is_told,
        any_value(case when is_direct then 'direct' else source end) filter (where is_chosen)
            as source,
        any_value(case when is_direct then 'none' else medium end) filter (where is_chosen)
            as medium,
        any_value(campaign) filter (where is_chosen and not is_direct) as campaign
    from fct_source_candidates group by person_id
)
select person_id, case when chosen.person_id is null then '(none)'
    when is_told then source else '(unknown)' end as source, medium, campaign
from (select distinct person_id from persons) left join chosen using (person_id);

create table fct_touchpoints as
with placed as (
    select c.*, case when evidence like 'call%' then evidence_id end as call_id,
        case evidence when 'session' then evidence_id
            else coalesce(traced.session_id, e.session_id) end as session_id
    from fct_source_candidates c
    left join traced on evidence like 'call%' and traced.call_id = evidence_id
    left join enquiries e on evidence = 'enquiry' and enquiry_id = evidence_id
    where evidence not in ('crm_card', 'crm_deal')
)
select person_id, evidence || ':' || evidence_id
        || case evidence when 'tag' then ':' || epoch_us(occurred_at) else '' end as touch_id,
    case when call_id is not null then 'call' else evidence end as touch_type, occurred_at,
    candidate_no, coalesce(source, '(unknown)') as source, medium, campaign, keyword, is_direct,
    session_id, call_id
from placed
where evidence = 'session'
    or (person_id, session_id) not in (select (person_id, session_id) from person_sessions);

create temp table first_contacts as
with approaches as (
    select person_id, started_at as contacted_at, 1 as rank, call_id as id,
        'call' as contact_channel, session_id
    from fct_calls where direction = 'in' and person_id is not null
    union all
    select person_id, occurred_at, 2, enquiry_id, channel, session_id
    from enquiries where person_id is not null
),
firsts as (
    select * from approaches
    qualify row_number() over (partition by person_id order by contacted_at, rank, id) = 1
),
anchored as (
    select f.*, own.started_at as session_at
    from firsts f left join person_sessions own using (person_id, session_id)
)
select person_id, contacted_at, contact_channel,
    case when count(own.session_id) > 0
        then count(*) filter (where own.started_at < coalesce(session_at, contacted_at)) end
        as sessions_before_contact,
    case when session_at is not null then sessions_before_contact + 1 end as contact_session_no
from anchored left join person_sessions own using (person_id)
group by person_id, contacted_at, contact_channel, session_at;

-- Spend --------------------------------------------------------------------------------------------

create temp table spend as
with ads as (
    select *, cast(date as date) as date_day
    from read_csv(drop_files('ad_spend_all.csv.gz'), all_varchar = true, filename = true)
    where cast(try_cast(date as date) as timestamptz) < date_trunc('day', getvariable('as_of'))
    qualify filename = max(filename) over (partition by platform, account_id, date)
),
platforms as (
    select distinct on (ads.platform) ads.platform, p.source, p.medium
    from (select distinct platform from ads) ads
    left join read_csv(seed_file('ad_platforms'), all_varchar = true) p
        on fits(ads.platform, p.platform)
    order by ads.platform, cast(p.priority as integer)
),
costs as (
    select *, cast(date_from as date) as first_day,
        cast(date_to as date) - cast(date_from as date) + 1 as days,
        cast(cast(amount as decimal(18, 2)) * 100 as bigint) as cents
    from excel_manual_costs
),
cost_days as (
    select *, unnest(range(days)) as day_no from costs
),
rows as (
    select date_day, ads.platform, account_id, campaign_id, campaign, ad_group, ad_id, keyword,
        coalesce(ads.source, p.source, lower(ads.platform)) as source,
        case when ads.source is null then coalesce(ads.medium, p.medium, 'cpc') else ads.medium end
            as medium,
        cast(impressions as bigint) as impressions, cast(clicks as bigint) as clicks,
        cast(cost as decimal(18, 2)) as cost, currency, 'ad' as kind, false as is_planned
    from ads join platforms p on p.platform = ads.platform
    union all
    select first_day + cast(day_no as integer), null, null, cost_id, campaign, null, null, null,
        source, medium, null, null,
        cast((cents // days + (day_no < cents % days)::integer) / 100 as decimal(18, 2)), currency,
        coalesce(kind, 'other'), lower(is_planned) = 'true'
    from cost_days where first_day + cast(day_no as integer) < cast(getvariable('as_of') as date)
)
select rows.*, in_euro(cost, currency, rate) as cost_rc
from rows left join rates using (currency, date_day);

-- Channels -----------------------------------------------------------------------------------------

create temp table channels as
with pairs as (
    select source, medium from arrivals
    union select source, medium from first_sources
    union select source, medium from fct_calls
    union select source, medium from enquiries
    union select source, medium from spend
    union select '(none)', null
)
select distinct on (pairs.source, pairs.medium) pairs.source, pairs.medium,
    coalesce(channel, '(unknown)') as channel, coalesce(demand_class, 'unknown') as demand_class
from pairs left join read_csv(seed_file('channels'), all_varchar = true) r
    on fits(pairs.source, r.source) and fits(pairs.medium, r.medium)
order by pairs.source, pairs.medium, cast(r.priority as integer);

create table fct_ad_spend as
select s.*, channel
from spend s
left join channels c on c.source = s.source and c.medium is not distinct from s.medium;

-- Deals and contacts -------------------------------------------------------------------------------

create table fct_deals as
with priced as (
    select d.*, rate
    from deal_list d left join rates r on r.currency = d.currency and date_day = rate_date
),
numbered as (
    select deal_id, row_number() over (partition by person_id order by created, deal_id) as nth
    from deal_list where person_id is not null and status <> 'deleted'
)
select d.deal_id, coalesce(contact_id, '(no contact)') as contact_id, d.person_id,
    created as created_at, created_date, closed as closed_at, closed_date, outcome_date, status,
    pipeline, stage, d.owner_user_id, coalesce(m.owner_user_id, d.owner_user_id) as manager_user_id,
    product, competitor, lost_reason, coalesce(creation_method, 'manual') as creation_method,
    amount, currency, in_euro(amount, currency, rate) as amount_rc,
    case when status = 'won' then amount_rc else 0::decimal(18, 2) end as revenue_rc,
    in_euro(margin, currency, rate) as margin_rc,
    coalesce(paid_rc, 0::decimal(18, 2)) as paid_rc,
    coalesce(f.source, '(none)') as source, f.medium, f.campaign, channel, d.source as deal_source,
    d.medium as deal_medium, d.campaign as deal_campaign,
    coalesce(contact_channel, '(none)') as contact_channel, sessions_before_contact,
    contact_session_no,
    case when status = 'won' and closed >= created then days(created, closed) end as cycle_days,
    nth as nth_deal, nth > 1 as is_repeat_deal,
    status = 'open' as is_open, status = 'won' as is_won, status = 'lost' as is_lost,
    deal_url, tags
from priced d left join paid using (deal_id) left join managers m using (deal_id)
left join numbered using (deal_id)
left join first_sources f on f.person_id = d.person_id
left join channels c
    on c.source = coalesce(f.source, '(none)') and c.medium is not distinct from f.medium
left join first_contacts on first_contacts.person_id = d.person_id;

create table dim_contacts as
with clients as (
    select person_id, min(coalesce(closed_at, created_at)) as client_since_at
    from fct_deals where is_won and person_id is not null group by person_id
)
select contact_id, person_id, created_at, cast(created_at as date) as created_date, owner_user_id,
    f.source, f.medium, f.campaign, channel, demand_class, country, region, city, gender,
    case when age is null then '(unknown)' when age < 18 then '0-17' when age < 25 then '18-24'
        when age < 35 then '25-34' when age < 45 then '35-44' when age < 55 then '45-54'
        when age < 65 then '55-64' else '65+' end as age_band,
    client_since_at is not null as is_client, client_since_at, is_deleted = 'true' as is_deleted,
    hashed(mail) as email_hash, hashed(e164) as phone_hash
from (
    select *, date_sub('year', birth_date, cast(getvariable('as_of') as date)) as age from survivors
)
join persons using (contact_id) join first_sources f using (person_id)
left join channels c on c.source = f.source and c.medium is not distinct from f.medium
left join clients using (person_id);

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
select date_basis, date_day, source, medium, channel, contact_channel,
    coalesce(manager_user_id, '(none)') as manager_user_id, status, count(*) as deals,
    count(*) filter (where amount is null) as deals_without_amount,
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
    deal_id, closed_at, amount_rc, person_id, manager_user_id, source
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
        coalesce(d.owner_user_id, '(none)') as owner_user_id, d.source,
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
select created_date, pipeline, stage, position, owner_user_id, source,
    count(*) filter (where entered) as deals_entered,
    count(*) filter (where reached) as deals_reached,
    count(*) filter (where now) as deals_now,
    count(*) filter (where lost_here) as deals_lost_here,
    coalesce(cast(sum(micros) as double) / 1000000 / 3600, 0) as hours_in_stage_sum,
    coalesce(sum(n), 0)::bigint as hours_in_stage_count
from crossed group by all;

-- Attribution --------------------------------------------------------------------------------------

create temp table models as
select model_id, family, cast(lookback_days as bigint) * 86400000000 as lookback,
    cast(half_life_days as double) as half_life,
    cast(round(cast(first_weight as double) * 1e12) as bigint) as first_units,
    cast(round(cast(last_weight as double) * 1e12) as bigint) as last_units
from read_csv(seed_file('attribution_models'), all_varchar = true);

-- Shares are whole numbers of 1e-12, so that they add up to exactly 1: largest remainder.
create table fct_attribution as
with reached as (
    select m.*, deal_id, touch_id, is_direct, days(occurred_at, created_at) as age,
        row_number() over (
            partition by model_id, deal_id order by occurred_at, candidate_no, touch_id
        ) as position,
        count(*) over credit as n, min(age) over credit as latest_age
    from fct_deals join fct_touchpoints using (person_id), models m
    where is_won and occurred_at < created_at
        and (lookback is null or epoch_us(created_at) - epoch_us(occurred_at) <= lookback)
    window credit as (partition by model_id, deal_id)
),
shares as (
    select model_id, deal_id, touch_id, position,
        cast(case family
            when 'first' then position = 1
            when 'last' then position = n
            when 'last_non_direct' then position = coalesce(
                max(position) filter (where not is_direct) over (partition by model_id, deal_id), n)
            when 'linear' then 1
            when 'time_decay' then round(power(2.0::double, (latest_age - age) / half_life) * 1e12)
            else case when n = 1 then 1
                when n = 2 then case position when 1 then first_units else last_units end
                when position = 1 then first_units * (n - 2)
                when position = n then last_units * (n - 2)
                else 1000000000000 - first_units - last_units end
            end as hugeint) as share
    from reached
),
divided as (
    select *, sum(share) over credit as total, share * 1000000000000 // total as units,
        share * 1000000000000 % total as remainder
    from shares where share > 0
    window credit as (partition by model_id, deal_id)
),
weighted as (
    select *, units + (row_number() over (
            partition by model_id, deal_id order by remainder desc, position
        ) <= 1000000000000 - sum(units) over (partition by model_id, deal_id))::integer as weight
    from divided
),
valued as (
    select m.model_id, d.deal_id, d.person_id, w.position,
        coalesce(touch_id, '(unattributed)') as touch_id,
        coalesce(weight, 1000000000000) as shared, cast(revenue_rc * 100 as hugeint) as cents,
        abs(cents) * shared // 1000000000000 as value, abs(cents) * shared % 1000000000000 as rest
    from fct_deals d cross join models m
    left join weighted w on w.deal_id = d.deal_id and w.model_id = m.model_id
    where is_won
)
select model_id, 'deal_won' as conversion_type, deal_id as conversion_id, person_id, touch_id,
    position, cast(shared * 0.000000000001 as decimal(18, 12)) as weight,
    cast(sign(cents) * (value + (row_number() over (
            partition by model_id, deal_id order by rest desc nulls last, position
        ) <= abs(cents) - sum(value) over (partition by model_id, deal_id))::integer) * 0.01
        as decimal(18, 2)) as value_rc
from valued;

-- Reports on calls, channels and journeys ----------------------------------------------------------

create table rpt_calls as
select started_date as date_day, coalesce(user_id, '(none)') as user_id, direction,
    coalesce(source, '(none)') as source,
    sum(call_count)::bigint as calls,
    coalesce(sum(call_count) filter (where is_answered), 0)::bigint as answered,
    coalesce(sum(call_count) filter (where is_missed), 0)::bigint as missed,
    coalesce(sum(call_count) filter (where is_target), 0)::bigint as target,
    count(*) filter (where is_first_call) as first_calls,
    coalesce(sum(talk_seconds), 0)::bigint as talk_seconds,
    coalesce(sum(wait_seconds), 0)::bigint as wait_seconds
from fct_calls group by all;

create table rpt_callers_daily as
select cast(started_at as date) as date_day, count(distinct client_phone) as unique_callers
from calls where direction = 'in' group by all;

create table rpt_channel_performance as
with events as (
    select date_day, source, medium, campaign, sum(impressions) as impressions,
        sum(clicks) as clicks, sum(cost_rc) as spend_rc
    from fct_ad_spend where not is_planned group by all
    union all by name
    select started_date as date_day, source, medium, campaign, count(*) as sessions
    from fct_sessions group by all
    union all by name
    select started_date as date_day, source, medium, campaign, sum(call_count) as calls
    from fct_calls where direction = 'in' group by all
    union all by name
    select occurred_date as date_day, source, medium, campaign, count(*) as enquiries
    from fct_enquiries group by all
    union all by name
    select created_date as date_day, source, medium, campaign, count(*) as contacts
    from dim_contacts group by all
    union all by name
    select created_date as date_day, source, medium, campaign, count(*) as deals_created
    from fct_deals group by all
    union all by name
    select outcome_date as date_day, source, medium, campaign, count(*) as deals_won,
        sum(revenue_rc) as revenue_rc
    from fct_deals where is_won group by all
)
select date_day, channel, e.source, e.medium, campaign,
    coalesce(sum(impressions), 0)::bigint as impressions,
    coalesce(sum(clicks), 0)::bigint as clicks,
    cast(coalesce(sum(spend_rc), 0) as decimal(18, 2)) as spend_rc,
    coalesce(sum(sessions), 0)::bigint as sessions, coalesce(sum(calls), 0)::bigint as calls,
    coalesce(sum(enquiries), 0)::bigint as enquiries,
    coalesce(sum(contacts), 0)::bigint as contacts,
    coalesce(sum(deals_created), 0)::bigint as deals_created,
    coalesce(sum(deals_won), 0)::bigint as deals_won,
    case when coalesce(sum(deals_won), 0) = 0 then 0 else cast(sum(revenue_rc) as decimal(18, 2))
        end as revenue_rc
from events e
left join channels c on c.source = e.source and c.medium is not distinct from e.medium
group by all;

create table rpt_channel_return as
with won as (
    select *, row_number() over (partition by person_id order by outcome_date, deal_id) as won_no
    from fct_deals where is_won
),
margins as (
    select month_of(outcome_date) as month, source, medium, campaign, sum(margin_rc) as margin_rc,
        count(margin_rc) as with_margin,
        count(*) filter (where won_no = 1 and person_id is not null) as clients
    from won group by all
),
months as (
    select month_of(date_day) as month, channel, source, medium, campaign,
        cast(sum(spend_rc) as decimal(18, 2)) as spend_rc, sum(contacts)::bigint as contacts,
        sum(deals_created)::bigint as deals_created, sum(deals_won)::bigint as deals_won,
        cast(sum(revenue_rc) as decimal(18, 2)) as revenue_rc
    from rpt_channel_performance group by all
)
select p.*, coalesce(clients, 0) as clients,
    case when deals_won = coalesce(with_margin, 0)
        then cast(coalesce(m.margin_rc, 0) as decimal(18, 2)) end as margin_rc,
    ratio(spend_rc, contacts) as cpl, ratio(spend_rc, coalesce(clients, 0)) as cac,
    ratio(spend_rc, deals_won) as cpo, ratio(revenue_rc, spend_rc) as roas,
    100 * ratio(case when deals_won = coalesce(with_margin, 0) then coalesce(m.margin_rc, 0) end
        - spend_rc, spend_rc) as romi_pct,
    100 * ratio(revenue_rc - spend_rc, spend_rc) as romi_revenue_pct
from months p left join margins m on m.month = p.month and m.source = p.source
    and m.medium is not distinct from p.medium and m.campaign is not distinct from p.campaign;

create table rpt_wasted_spend as
with deals as (
    select person_id, bool_or(is_won) as won, bool_or(is_open) as open, bool_or(is_lost) as lost
    from fct_deals where person_id is not null group by person_id
),
came as (
    select month_of(created_date) as month, channel, campaign, bool_or(won) as won,
        bool_or(open) as open, bool_or(lost) as lost
    from dim_contacts left join deals using (person_id) group by all
),
spent as (
    select month_of(date_day) as month, channel, campaign, sum(spend_rc) as spend_rc,
        sum(sessions) as sessions
    from rpt_channel_performance group by all having sum(spend_rc) <> 0
)
select s.month, s.channel, s.campaign,
    case when won then 'won deals' when open then 'open deals' when lost then 'only lost deals'
        when came.month is not null then 'contacts without deals'
        when sessions > 0 then 'no contact' else 'no session' end as outcome,
    cast(spend_rc as decimal(18, 2)) as spend_rc
from spent s left join came on came.month = s.month and came.channel is not distinct from s.channel
    and came.campaign is not distinct from s.campaign;

create table rpt_journey as
with events as (
    select person_id, started_at as occurred_at, 1 as rank, 'session' as event_type,
        session_id as event_id, null as detail, source, medium, campaign, null as amount_rc
    from person_sessions
    union all
    select person_id, started_at, 2, 'call', call_id, direction || ' ' || status, source, medium,
        campaign, null
    from fct_calls where person_id is not null
    union all
    select person_id, occurred_at, 3, 'enquiry', enquiry_id, channel, source, medium, campaign, null
    from enquiries where person_id is not null
    union all
    select person_id, occurred_at, 4, 'tag', original_id || ':' || action || ' ' || tag,
        action || ' ' || tag, null, null, null, null
    from tag_events join persons using (contact_id)
    union all
    select person_id, occurred_at, 5, 'stage', original_id || ':' || pipeline || ' / ' || stage,
        pipeline || ' / ' || stage, null, null, null, null
    from stages join persons using (contact_id)
    union all
    select person_id, created_at, 6, 'deal', deal_id, status, source, medium, campaign, amount_rc
    from fct_deals where person_id is not null
    union all
    select person_id, paid_at, 7, 'payment', payment_id, deal_id, null, null, null, p.amount_rc
    from payments p join fct_deals using (deal_id) where person_id is not null
)
select person_id, row_number() over journey as event_no, occurred_at, event_type, event_id, detail,
    source, medium, campaign, amount_rc,
    days(first_value(occurred_at) over journey, occurred_at) as days_since_first,
    days(lag(occurred_at) over journey, occurred_at) as days_since_previous
from events
window journey as (
    partition by person_id order by occurred_at, rank, event_id, detail nulls last);

create table rpt_sessions_before_contact as
with won as (
    select person_id, count(*) as deals_won from fct_deals where is_won group by person_id
)
select cast(contacted_at as date) as date_day,
    case when sessions_before_contact < 2 then sessions_before_contact::varchar
        when sessions_before_contact < 4 then '2-3' else '4+' end as bucket,
    f.source, channel, count(*) as persons, coalesce(sum(deals_won), 0)::bigint as deals_won
from first_contacts join first_sources f using (person_id)
left join channels c on c.source = f.source and c.medium is not distinct from f.medium
left join won using (person_id)
where sessions_before_contact is not null
group by all;

-- What every entity holds, one row a key -----------------------------------------------------------

create table entity_counts as
select 'contacts' as entity, count(*) as rows from contacts
union all select 'deals', count(*) from deal_list
union all select 'users', count(*) from users
union all select 'calls', count(*) from fct_calls
union all select 'sessions', count(*) from fct_sessions
union all select 'enquiries', count(*) from fct_enquiries
union all select 'payments', count(*) from payments
union all select 'ad_spend', count(*) from fct_ad_spend where kind = 'ad'
union all select 'contact_tags', count(*) from tag_events
union all
select 'number_leases', count(distinct (phone, session_id, leased_at))
from read_parquet(drop_files('number_leases.parquet'))
union all select 'tasks', count(distinct task_id) from read_parquet(drop_files('tasks.parquet'))
union all select 'emails', count(distinct email_id) from read_parquet(drop_files('emails.parquet'))
union all
select 'meetings', count(distinct meeting_id) from read_json(drop_files('meetings.jsonl'))
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
union all select 'targets', count(*) from excel_targets
union all select 'manual_costs', count(*) from excel_manual_costs;
