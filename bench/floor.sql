-- The floor of the benchmark: a demo company's files in, the heavy shapes of its tables out, by hand.
--
-- Every file is read once; then contacts are merged into persons and acquired by panels, sessions get
-- sources, calls their sessions, persons their first source, deals their person, and channels their
-- sums. Nothing else: no history, no load log, no quarantine, no tests, no publishing, and of the
-- rules only what decides how much work there is. It takes for granted what a house must not: UTC,
-- EUR, a rate for every day, Polish phone numbers, an empty blocklist, one row a key and delivery, and
-- sessions, calls, leases and enquiries that are never delivered twice. Variables: drop, seeds, as_of,
-- pii_key; the tables excel_* come from floor.py, since DuckDB reads Excel by an extension only.
-- Dates compare as UTC days; `rc` is the reporting currency.

set TimeZone = 'UTC';
set preserve_insertion_order = false;

create macro drop_files(pattern) as getvariable('drop') || '/*/' || pattern;
create macro seed_file(name) as getvariable('seeds') || '/' || name || '.csv';
create macro is_in_time(moment, file) as
    moment < getvariable('as_of')
    and cast(moment as date) <= cast(parse_filename(parse_dirpath(file)) as date) + 1;
create macro hours(a, b) as cast(epoch_us(b) - epoch_us(a) as double) / 1000000 / 3600;
create macro hour_of(moment) as epoch_us(moment) // 3600000000;
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

-- Deals ------------------------------------------------------------------------------------------

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

-- First source -----------------------------------------------------------------------------------

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
)
select *, coalesce(source not in ('(none)', '(unknown)') and not is_direct, false) as is_named
from candidates;

create temp table first_sources as
with firsts as (
    select distinct on (person_id) * from fct_source_candidates
    order by person_id, is_named desc, is_direct desc nulls last, occurred_at, rank, evidence_id
)
select person_id,
    case when f.person_id is null then '(none)' when is_named then source
        when is_direct then 'direct' else '(unknown)' end as source,
    case when is_named then medium when is_direct then 'none' end as medium,
    case when is_named then campaign end as campaign
from (select distinct person_id from persons) left join firsts f using (person_id);

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
)
select d.deal_id, contact_id, d.person_id, created as created_at, created_date, closed as closed_at,
    closed_date, outcome_date, status, pipeline, stage, owner_user_id, amount, currency,
    in_euro(amount, currency, rate) as amount_rc,
    case when status = 'won' then amount_rc else 0::decimal(18, 2) end as revenue_rc,
    in_euro(margin, currency, rate) as margin_rc,
    coalesce(f.source, '(none)') as source, f.medium, f.campaign, channel,
    row_number() over (partition by d.person_id order by created, d.deal_id) as nth_deal,
    status = 'won' as is_won
from priced d left join first_sources f on f.person_id = d.person_id
left join channels c
    on c.source = coalesce(f.source, '(none)') and c.medium is not distinct from f.medium;

create table dim_contacts as
with clients as (
    select person_id, min(coalesce(closed_at, created_at)) as client_since_at
    from fct_deals where is_won and person_id is not null group by person_id
)
select s.contact_id, person_id, created_at, cast(created_at as date) as created_date, owner_user_id,
    f.source, f.medium, f.campaign, channel, demand_class, client_since_at,
    hashed(mail) as email_hash, hashed(e164) as phone_hash
from survivors s join persons using (contact_id) join first_sources f using (person_id)
left join channels c on c.source = f.source and c.medium is not distinct from f.medium
left join clients using (person_id);

-- Channel sums -------------------------------------------------------------------------------------

create table rpt_channel_performance as
with events as (
    select date_day, source, medium, campaign, sum(impressions) as impressions,
        sum(clicks) as clicks, sum(cost_rc) as spend_rc
    from fct_ad_spend group by all
    union all by name
    select started_date as date_day, source, medium, campaign, count(*) as sessions
    from fct_sessions group by all
    union all by name
    select started_date as date_day, source, medium, campaign, sum(call_count) as calls
    from fct_calls where direction = 'in' group by all
    union all by name
    select cast(occurred_at as date) as date_day, source, medium, campaign, count(*) as enquiries
    from enquiries group by all
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

-- The files that nothing above reads ---------------------------------------------------------------

create table others as
select 'users' as entity, count(distinct user_id) as rows from excel_users
union all select 'targets', count(*) from excel_targets
union all
select 'deal_stages', count(*) from read_csv(drop_files('deal_stages.csv'), all_varchar = true)
union all
select 'payments', count(distinct payment_id)
from read_csv(drop_files('payments.csv'), delim = ';', all_varchar = true)
union all select 'tasks', count(distinct task_id) from read_parquet(drop_files('tasks.parquet'))
union all select 'emails', count(distinct email_id) from read_parquet(drop_files('emails.parquet'))
union all
select 'meetings', count(distinct meeting_id) from read_json(drop_files('meetings.jsonl'))
union all
select 'surveys', count(distinct response_id)
from read_csv(drop_files('surveys.csv'), all_varchar = true)
union all
select 'time_entries', count(distinct entry_id)
from read_csv(drop_files('time_entries.csv'), all_varchar = true);
