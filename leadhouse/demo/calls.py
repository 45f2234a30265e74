"""The telephone calls."""

from __future__ import annotations

from leadhouse.demo import company, deals, persons, ways, web
from leadhouse.demo.deliveries import DAY, END, Window
from leadhouse.demo.dice import folded, quoted, warsaw
from leadhouse.demo.plan import Plan

_CALLS_PER_CONTACT = 10
_CALL_PATHS: dict[str, float] = {
    "lease": 0.58,
    "vendor session": 0.12,
    "vendor source": 0.10,
    "static": 0.20,
}
_TAGS: dict[str, float] = {
    "nowy klient": 0.06,
    "nowy klient;pilne": 0.02,
    "reklamacja": 0.02,
    "spam": 0.02,
    "": 0.88,
}


def _call_time(plan: Plan) -> str:
    """The second of call q of block b; NULL when it never takes place.

    Call 0 is the contact's first, inside its last visit; 1 to 3 are talks with the contact; the
    others come from strangers, 7 to 9 of them by a leased number during session 15 + q.
    """
    own = f"b * {_CALLS_PER_CONTACT} + q"
    whole = plan.dice.whole
    during = f"(select_session + 60 + {whole('call after', 400, own)})"
    talk = (
        f"least({END - 1}, coalesce(t_hand, t0) + (q - 1) * {4 * DAY} "
        f"+ {whole('talk', 5 * DAY, own)})"
    )
    stranger = folded(
        f"(t0 + ({whole('caller day', 25, own)} - 12) * {DAY} "
        f"+ {whole('caller noise', 14_400, own)} - 7200)"
    )
    return (
        f"(case when q = 0 and origin = 'call' then t0 - 100 when q <= 3 then {talk} "
        f"when q >= 7 then {during} else {stranger} end)"
    )


def _call_rows(plan: Plan, window: Window) -> str:
    """Calls with their seconds, the second of the visit of calls 7 to 9, and a path."""
    session = web.session_time(plan)
    by_web = plan.dice.weighted("path", _CALL_PATHS)
    path = f"case when way > {ways.WEB} then 'static' else {by_web} end"
    return f"""
    select * replace (least(t, {END - 1}) as t) from (
        select *, {_call_time(plan)} as t,
            {path} as path
        from (
            select *, {session} as select_session
            from (select *, 15 + q as s
                from (select *, unnest(range({_CALLS_PER_CONTACT})) as q
                    from {plan.near(window)}))
        )
    )
    """


def calls(plan: Plan, window: Window) -> str:
    """Ten calls a contact: its own, and those of strangers."""
    u, whole = plan.dice.u, plan.dice.whole
    own = f"b * {_CALLS_PER_CONTACT} + q"
    inbound = f"(q >= 4 or (q = 0 and origin = 'call') or {u('calls back', own)} < 0.3)"
    first = "q = 0 and origin = 'call'"
    known = f"(q <= 3 and {u('unlinked', own)} < 0.8)"
    client = (
        f"case when q <= 3 then {persons.written_phone(u('call style', own))} "
        f"else '+48' || (530000000 + {whole('caller', '60000000', 'b * 3 + q % 3')}) end"
    )
    printed = ways.printed_number("way")
    static = plan.dice.pick("static number", [row[0] for row in company.STATIC_NUMBERS], own)
    own_number = quoted(company.OWN_NUMBER)
    dialled = (
        f"case when ({first}) and path = 'lease' then {web.pool(plan, '0')} "
        f"when ({first}) and path = 'static' then coalesce({printed}, {own_number}) "
        f"when q >= 7 then {web.pool(plan, 'q - 6')} "
        f"when q between 4 and 5 then {static} else {own_number} end"
    )
    status = (
        f"case when {u('answer', own)} < 0.80 then 'answered' "
        f"when {u('answer', own)} < 0.94 then 'missed' when {u('answer', own)} < 0.97 "
        "then 'voicemail' when is_in then 'missed' "
        f"when {u('answer', own)} < 0.995 then 'busy' else 'failed' end"
    )
    worker = persons.staffed("coalesce(taker, 'u04')", "t")
    user = (
        f"case when q <= 3 then {worker} else "
        + plan.dice.pick("desk", ("u11", "u12", "u16", "u18", "u19"), own)
        + " end"
    )
    vendor = f"({first}) and path = 'vendor source'"
    return f"""
    with picked as (
        select *, {inbound} as is_in
        from ({plan.events(window, "call", _call_rows(plan, window), own)})
    ),
    answered as (
        select *, {status} as outcome from picked
    )
    select cast(9000000000000000000 + {own} as varchar) as call_id,
        {warsaw("t")} as started_at,
        case when is_in then 'in' else 'out' end as direction,
        case when is_in then {client} else {own_number} end as from_phone,
        case when is_in then {dialled} else {client} end as to_phone,
        {user} as user_id,
        outcome as status,
        case outcome when 'answered' then 'ANSWER' when 'missed' then 'NO_ANSWER'
            when 'busy' then 'BUSY' else 'VM' end as vendor_status,
        cast(3 + {whole("wait", 40, own)} as integer) as wait_seconds,
        cast(case when outcome = 'answered' then {plan.dice.wait("talk time", 160, own)} else 0
            end as integer) as talk_seconds,
        case when ({first}) and path = 'vendor session'
            then 's' || (b * {web.SESSIONS_PER_CONTACT} + visits - 1) end as session_id,
        case when ({first}) and path = 'vendor session' then 'v' || b || 'x' end as visitor_id,
        case when {known} then printf('%08d', b + 1) end as contact_id,
        case when {known} then {deals.first_deal("t")} end as deal_id,
        case when {vendor} then {ways.label("source", "way")} end as source,
        case when {vendor} then {ways.label("medium", "way")} end as medium,
        case when {vendor} then {ways.label("campaign", "way")} end as campaign,
        case when {vendor} then {ways.keyword("way", whole("term", 2, own))} end as keyword,
        case when outcome = 'answered'
            then 'https://calls.example/rec/' || ({own}) || '.mp3' end as recording_url,
        {plan.dice.weighted("call tags", _TAGS, own)} as tags,
        q between 4 and 6 and {u("internal", own)} < 0.02 as is_internal,
        cast(1 as integer) as call_count
    from answered
    """
