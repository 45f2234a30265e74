"""The website: sessions, leased numbers and enquiries."""

from __future__ import annotations

from leadhouse.demo import company, deals, persons, ways
from leadhouse.demo.deliveries import DAY, END, START, Window
from leadhouse.demo.dice import folded, naive, quoted, utc
from leadhouse.demo.plan import Plan

SESSIONS_PER_CONTACT = 25
_ANONYMOUS_SLOTS = "abbcdeeefghhijjjkklmnopqq"
_PAGES = ("", "ebook", "cennik", "demo", "kontakt", "blog/lead-routing", "webinar")
_LATER_CHANNELS = ("form", "chat", "email", "messenger", "social", "support", "post")


def session_time(plan: Plan) -> str:
    """The second at which session s of block b starts.

    The first ``visits`` sessions lead up to the contact; the last one is its own, two to ten
    minutes before. The others are strangers within twelve days of it, and at times a return.
    """
    own = f"b * {SESSIONS_PER_CONTACT} + s"
    whole = plan.dice.whole
    led = (
        f"t0 - 120 - {whole('session lead', 480)} - (visits - 1 - s) * gap "
        f"- (case when s < visits - 1 then {whole('session noise', 3600, own)} else 0 end)"
    )
    stranger = folded(
        f"(t0 + ({whole('stranger', 25, own)} - 12) * {DAY} "
        f"+ {whole('stranger noise', 14_400, own)} - 7200)"
    )
    back = f"least({END - 60}, t0 + {3 * DAY} + {whole('return', 35 * DAY)})"
    return (
        f"(case when s < visits then greatest({START} + s * 60, {led}) "
        f"when s = {SESSIONS_PER_CONTACT - 1} and {_returns(plan)} then {back} "
        f"else {stranger} end)"
    )


def _returns(plan: Plan) -> str:
    return f"(visits > 0 and {plan.dice.u('returns')} < 0.4)"


def _is_known(plan: Plan) -> str:
    """Whether session s of block b is the contact's own."""
    return f"(s < visits or (s = {SESSIONS_PER_CONTACT - 1} and {_returns(plan)}))"


def visitor(plan: Plan) -> str:
    """The cookie of session s of block b."""
    return (
        f"'v' || b || (case when {_is_known(plan)} then 'x' "
        f"else substr('{_ANONYMOUS_SLOTS}', cast(s + 1 as integer), 1) end)"
    )


def sessions(plan: Plan, window: Window) -> str:
    """Twenty-five visits a contact: its own, and those of strangers."""
    own = f"b * {SESSIONS_PER_CONTACT} + s"
    u = plan.dice.u
    arms = f"""
    select *, {session_time(plan)} as t
    from (select b, t0, visits, gap, lang, way, unnest(range({SESSIONS_PER_CONTACT})) as s
        from {plan.near(window)})
    """
    click = f"md5(cast({own} as varchar))"
    home = f"case when {_is_known(plan)} then b else {own} end"
    return f"""
    with listed as (
        {plan.events(window, "session", arms, own)}
    ),
    drawn as (
        select *, case when s = 0 and visits > 0 then way else {ways.of_visits(plan, "web", own)}
            end as come_by
        from listed
    ),
    labelled as (
        select *, {ways.utm("source", "come_by")} as utm_source,
            {ways.utm("medium", "come_by")} as utm_medium,
            {ways.utm("campaign", "come_by")} as utm_campaign
        from drawn
    )
    select 's' || ({own}) as session_id, {visitor(plan)} as visitor_id,
        {naive("t")} as started_at,
        utm_source, utm_medium, utm_campaign,
        case when {ways.is_paid("come_by")} then 'ad-' || {plan.dice.whole("ad", 20, own)} end
            as utm_content,
        case when {u("term", own)} < 0.9
            then {ways.keyword("come_by", plan.dice.whole("term word", 2, own))} end as utm_term,
        case when utm_source = 'google' then {click} end as gclid,
        case when utm_source = 'yandex' then {click} end as yclid,
        case when utm_source in ('facebook', 'instagram') then {click} end as fbclid,
        {ways.referrer("come_by")} as referrer,
        'https://xyz.example/' || {plan.dice.pick("page", _PAGES, own)} as landing_page,
        {plan.dice.weighted("device", {"mobile": 0.58, "desktop": 0.38, "tablet": 0.04}, own)}
            as device,
        case lang when 'pl' then 'PL' when 'uk' then 'UA' else 'GB' end as country,
        {persons.region(plan, home)} as region
    from labelled
    """


def pool(plan: Plan, slot: str) -> str:
    """The pool number leased for ``slot`` (0: the contact's visit, 1 to 3: strangers)."""
    return f"'+4822600' || lpad(cast((b * 4 + {slot}) % {plan.pool_numbers} as varchar), 4, '0')"


def number_leases(plan: Plan, window: Window) -> str:
    """A leased number for the contact's last visit, and for three strangers."""
    session = session_time(plan)
    arms = f"""
    select *, {session} + 5 as t
    from (
        select *, case when slot = 0 then visits - 1 else 21 + slot end as s
        from (select *, unnest(range(4)) as slot from {plan.near(window)})
        where slot > 0 or visits > 0
    )
    """
    held = f"t + 900 + {plan.dice.whole('held', 900, 'b * 4 + slot')}"
    return f"""
    select {pool(plan, "slot")} as phone,
        's' || (b * {SESSIONS_PER_CONTACT} + s) as session_id, {naive("t")} as leased_at,
        case when {plan.dice.u("open lease", "b * 4 + slot")} >= 0.02 then {naive(held)} end
            as released_at,
        {visitor(plan)} as visitor_id
    from ({plan.events(window, "lease", arms, "b * 4 + slot")})
    """


def tracking_numbers(plan: Plan, window: Window) -> str | None:
    """Static numbers, what one of them stood for before, the own one and the pool."""
    if window.number > 0:
        return None
    rows = [
        f"({quoted(phone)}, '{kind}', '{source}', '{medium}', nullif('{campaign}', ''))"
        for phone, kind, source, medium, campaign in company.STATIC_NUMBERS
    ]
    rows.append(f"({quoted(company.OWN_NUMBER)}, 'own', null, null, null)")
    return f"""
    select phone, kind, '2025-10-01 00:00:00' as valid_from, null as valid_to, source, medium,
        campaign, case when kind = 'static_offline' then campaign end as event_name
    from (values {", ".join(rows)}) v(phone, kind, source, medium, campaign)
    union all
    select {quoted(company.STATIC_NUMBERS[0][0])}, 'static_offline', '2024-10-01 00:00:00',
        '2025-10-01 00:00:00', 'trade_fair', 'offline', 'targi_2024', 'targi_2024'
    union all
    select '+4822600' || lpad(cast(i as varchar), 4, '0'), 'pool', '2025-10-01 00:00:00', null,
        null, null, null, null
    from range({plan.pool_numbers}) r(i)
    """


def enquiries(plan: Plan, window: Window) -> str:
    """Forms, chats and whatever else is not a call."""
    u = plan.dice.u
    arms = f"""
    select *, 0 as k, t0 - 30 as t, origin as channel from c where origin <> 'call'
    union all
    select *, 1, t0 + {20 * DAY} + {plan.dice.whole("asks again", 40 * DAY)},
        {plan.dice.pick("second channel", _LATER_CHANNELS)}
    from c where {u("asks again")} < 0.12
    """
    on_site = "visits > 0 and k = 0 and channel in ('form', 'chat')"
    tells = "k = 0 and channel in ('marketplace', 'walk_in', 'manual')"
    linked = f"{u('linked', 'b * 2 + k')} < 0.75"
    pick = plan.dice.pick
    found = f"{tells} and channel = 'marketplace'"
    return f"""
    select 'q' || (b * 2 + k) as enquiry_id, {utc("t")} as occurred_at, channel,
        {pick("enquiry topic", ("oferta", "cennik", "pomoc"), "b * 2 + k")} as topic,
        case when {on_site} then 's' || (b * {SESSIONS_PER_CONTACT} + visits - 1) end
            as session_id,
        case when {on_site} then 'v' || b || 'x' end as visitor_id,
        case when {linked} then printf('%08d', b + 1) end as contact_id,
        case when {linked} then {deals.first_deal("t")} end as deal_id,
        first_name as name, email,
        case when {u("gives phone")} < 0.5 then phone end as phone,
        case when {tells} then {ways.label("source", "way")} end as source,
        case when {tells} then {ways.label("medium", "way")} end as medium,
        case when {tells} then {ways.label("campaign", "way")} end as campaign,
        case when {found} then {pick("offer", ("oferta-1", "oferta-2"))} end as content,
        case when {found} then {pick("offer term", ("crm dla firm", "call tracking"))} end as term,
        case when channel in ('form', 'chat') then '/kontakt' end as page
    from ({plan.events(window, "enquiry", arms, "b * 2 + k")})
    order by t, b, k
    """
