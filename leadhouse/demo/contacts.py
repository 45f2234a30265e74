"""The contact records of the CRM: cards, merges, tags, owners and stages."""

from __future__ import annotations

from leadhouse.demo import clients, company, people, persons, ways
from leadhouse.demo.deliveries import DAY, END, LEFT, Window
from leadhouse.demo.dice import naive, quoted, utc, warsaw
from leadhouse.demo.plan import Plan


def contacts(plan: Plan, window: Window) -> str:
    """The cards that changed since the delivery before."""
    u = plan.dice.u
    inherited = f"case when {_held(plan)} then {LEFT} end"
    changed = window.latest(("t0", "t_main", "t_hand", "t_again", "t_edit", "t_gone", inherited))
    known = min(window.high, END)
    shared = max(0.002, 14 / plan.total)
    style = u("phone style")
    told = f"case when {u('card way')} < 0.88 then way else coalesce(way_of_tag, way) end"
    middle = f"case when {u('middle')} < 0.1 then 'Maria' end"
    born = "date '1955-01-01' + " + f"cast({plan.dice.whole('born', 17_000)} as integer)"
    return f"""
    select
        printf('%08d', b + 1) as contact_id,
        {utc("t0")} as created_at,
        {utc("changed")} as updated_at,
        first_name,
        {middle} as middle_name,
        last_name,
        case when {u("shared")} < {shared} then 'biuro@partner.example'
            when {u("no mail")} < 0.12 then null
            when {u("mail style")} < 0.04 then upper(email)
            when {u("mail style")} < 0.05 then ' ' || email || ' '
            else email end as email,
        case when {u("no phone")} < 0.08 then null
            else {persons.written_phone(style)} end as phone,
        case when {u("company")} < 0.35
            then {plan.dice.pick("company name", people.COMPANIES)} end as company,
        {clients.account_of(plan)} as account_id,
        case lang when 'pl' then 'PL' when 'uk' then 'UA' else 'GB' end as country,
        {persons.region(plan)} as region,
        {persons.city(plan)} as city,
        {plan.dice.weighted("gender", {"female": 0.47, "male": 0.47, "": 0.06}, "twin")}
            as gender,
        case when {u("birth")} < 0.4 then {born} end as birth_date,
        {persons.staffed("holder", str(known))} as owner_user_id,
        {ways.written_by_hand("told", u("hand"))} as lead_source,
        {ways.label("medium", "told")} as lead_medium,
        {ways.label("campaign", "told")} as lead_campaign,
        case when t_gone < {known} then 'true' else 'false' end as is_deleted,
        case when {u("consent")} < 0.6 then 'yes' else 'no' end as newsletter_consent
    from (
        select *, {changed} as changed,
            case when t_again < {known} then {_next_seller(plan)} when t_hand < {known} then taker
                when t_main < {known} then main_user end as holder,
            case when {u("card")} < 0.7 then {told} end as told
        from c
    )
    where {window.carries("changed")}
    order by b
    """


def _next_seller(plan: Plan) -> str:
    """Who takes a contact over from its first seller."""
    arms = []
    for segment in ("A", "B"):
        known = [seller.user_id for seller in company.SELLERS[segment]]
        for one, following in zip(known, known[1:] + known[:1], strict=True):
            arms.append(f"when seg = '{segment}' and taker = '{one}' then '{following}'")
    return f"case {' '.join(arms)} else 'u04' end"


def _held(plan: Plan) -> str:
    """Whether the salesperson who left had the contact on leaving."""
    holder = (
        f"case when t_again < {LEFT} then {_next_seller(plan)} when t_hand < {LEFT} then taker end"
    )
    return f"({holder}) = '{company.DEPARTURE.user_id}'"


def contact_merges(plan: Plan, window: Window) -> str:
    """Doubles that the CRM joined."""
    picked = plan.events(window, "merge", "select *, t_merged as t from c")
    return f"""
    select
        printf('%08d', b + 1) as merged_contact_id,
        printf('%08d', b) as surviving_contact_id,
        {utc("t")} as merged_at
    from ({picked})
    order by b
    """


def contact_tags(plan: Plan, window: Window) -> str:
    """Tags of acquisition, of the first contact and of marketing."""
    u, whole = plan.dice.u, plan.dice.whole
    first_contact = "case seg " + " ".join(
        f"when '{segment}' then {quoted(tag)}" for segment, tag in company.FIRST_CONTACT_TAG.items()
    )
    other = "case seg " + " ".join(
        f"when '{segment}' then {plan.dice.pick('other tag', [t.tag for t in tags])}"
        for segment, tags in company.SOURCE_TAGS.items()
    )
    robot = f"{u('robot')} < 0.12"
    later = f"3600 + {whole('second wait', 30 * DAY)}"
    tie = f"case when {u('second')} < 0.004 then 0 else {later} end"
    kinds = (
        ("t_tag", "tag", "add", "'u03'", "'automation'", "true"),
        (
            "t_fc",
            f"{first_contact} end",
            "add",
            f"case when {robot} then 'u03' else {persons.staffed('taker', 't_fc')} end",
            f"case when {robot} then 'automation' else 'user' end",
            "true",
        ),
        (f"t_tag + {tie}", f"{other} end", "add", "'u06'", "'user'", f"{u('second')} < 0.10"),
        (
            f"t_tag + {DAY} + {whole('cross', 50 * DAY)}",
            "case seg when 'A' then 'demo_request' else 'e_book_cennik' end",
            "add",
            "'u03'",
            "'automation'",
            f"{u('cross')} < 0.04",
        ),
        (f"t_tag + {5 * DAY}", "tag", "remove", "'u06'", "'user'", f"{u('slip')} < 0.03"),
        (f"t_tag + {20 * DAY}", "tag", "", "'u06'", "'user'", f"{u('slip')} < 0.01"),
        (
            f"t0 + {whole('news', 40 * DAY)}",
            "'newsletter'",
            "add",
            "'u03'",
            "'automation'",
            f"{u('news')} < 0.22",
        ),
        (
            f"t0 + {whole('opened', 60 * DAY)}",
            "'otworzył_mailing'",
            "add",
            "'u03'",
            "'automation'",
            f"{u('opened')} < 0.10",
        ),
        (
            "t_fin + 7200",
            "'klient'",
            "add",
            persons.staffed("taker", "t_fin + 7200"),
            "'user'",
            "true",
        ),
    )
    arms = " union all ".join(
        f"select b, {number} as kind, {t} as t, {tag} as tag, {quoted(action)} as action, "
        f"{actor} as actor_user_id, {actor_type} as actor_type from c where {test}"
        for number, (t, tag, action, actor, actor_type, test) in enumerate(kinds)
    )
    return f"""
    select printf('%08d', b + 1) as contact_id, tag, {warsaw("t")} as occurred_at,
        nullif(action, '') as action, actor_user_id, actor_type
    from ({plan.events(window, "tag", arms, "b * 16 + kind")})
    order by t, b, kind
    """


def contact_owners(plan: Plan, window: Window) -> str:
    """Main account, first salesperson, next salesperson, heir of the one who left."""
    gone = company.DEPARTURE
    arms = f"""
    select b, 0 as kind, t_main as t, null as from_user_id, main_user as to_user_id from c
    union all
    select b, 1, t_hand, case when t_main is not null then main_user end, taker from c
    union all
    select b, 2, t_again, {persons.staffed("taker", "t_again")},
        {persons.staffed(_next_seller(plan), "t_again")} from c
    union all
    select b, 3, {LEFT}, '{gone.user_id}', '{gone.heir}' from c where {_held(plan)}
    """
    return f"""
    select printf('%08d', b + 1) as contact_id, from_user_id, to_user_id,
        {naive("t")} as occurred_at, 'main' as role
    from ({plan.events(window, "owner", arms, "b * 4 + kind")})
    order by t, b, kind
    """


def contact_stages(plan: Plan, window: Window) -> str:
    """Entries into the stages of the segment's pipeline."""
    u = plan.dice.u
    kinds = (
        (0, "t_hand + 60", "true"),
        (1, "t_cp1", f"t_cp2 is null or {u('skip')} >= 0.05"),
        (1, f"t_cp1 + {4 * DAY}", f"{u('re-enter')} < 0.05"),
        (2, "t_cp1 + (t_cp2 - t_cp1) // 3", f"t_cp2 is not null and {u('mid')} < 0.6"),
        (3, "t_cp2", "true"),
        (4, "t_fin", "true"),
        (5, "t_lost", "true"),
    )
    stages = {
        segment: [stage for stage, _, _ in company.PIPELINE_STAGES[pipeline]]
        for segment, pipeline in (("A", company.SALES), ("B", company.INBOUND))
    }
    arms = " union all ".join(
        f"select b, {number} as kind, {t} as t, seg, taker, "
        f"case seg when 'B' then {quoted(stages['B'][position])} "
        f"else {quoted(stages['A'][position])} end as stage from c where {test}"
        for number, (position, t, test) in enumerate(kinds)
    )
    return f"""
    select printf('%08d', b + 1) as contact_id,
        case seg when 'B' then '{company.INBOUND}' else '{company.SALES}' end as pipeline,
        stage, {utc("t")} as occurred_at, {persons.staffed("taker", "t")} as actor_user_id
    from ({plan.events(window, "stage", arms, "b * 8 + kind")})
    order by t, b, kind
    """
