"""Who the contacts are: one row each, with everything that will ever happen to them."""

from __future__ import annotations

from leadhouse.demo import company, people, ways
from leadhouse.demo.deliveries import DAY, DAYS, END, LEFT, START
from leadhouse.demo.dice import quoted
from leadhouse.demo.plan import Plan


def staffed(user: str, moment: str) -> str:
    """Who does a salesperson's work at a moment: the heir of the one who has left."""
    gone = company.DEPARTURE
    has_left = f"{user} = '{gone.user_id}' and {moment} >= {LEFT}"
    return f"case when {has_left} then '{gone.heir}' else {user} end"


def drawn_contacts(plan: Plan) -> str:
    """The contacts with everything that ever happens to them, in the order of b."""
    u, whole, wait = plan.dice.u, plan.dice.whole, plan.dice.wait
    share = f"((b + {u('jitter')}) / {plan.total}.0)"
    segments = "case when u_seg < 0.48 then 'A' when u_seg < 0.80 then 'B' else 'N' end"
    tag, tag_quality = _by_segment(
        "pick_tag",
        {s: [(t.tag, t.share, t.quality) for t in ts] for s, ts in company.SOURCE_TAGS.items()},
    )
    sellers = {
        "A": [(s.user_id, 1.0, s.quality) for s in company.SELLERS["A"]],
        "B": [(s.user_id, 1.0, s.quality) for s in company.SELLERS["B"]],
        "N": [(s.user_id, 1.0, s.quality) for s in company.SELLERS["A"]],
    }
    seller, seller_quality = _by_segment("pick_seller", sellers)
    haste = "case seller " + " ".join(
        f"when '{s.user_id}' then {s.haste}"
        for s in {s.user_id: s for ss in company.SELLERS.values() for s in ss}.values()
    )
    language = (
        "case when seg <> 'B' then (case when u_lang < 0.88 then 'pl' else 'uk' end) "
        "when u_lang < 0.45 then 'uk' when u_lang < 0.55 then 'pl' else 'en' end"
    )
    route = (
        "case when seg = 'N' then (case when u_route < 0.3 then 'direct' else 'none' end) "
        "when u_route < 0.755 then 'handed' when u_route < 0.78 then 'early' "
        "when u_route < 0.86 then 'direct' when u_route < 0.885 then 'other' "
        "when u_route < 0.985 then 'waiting' else 'none' end"
    )
    origin = " ".join(
        f"when '{key}' then {plan.dice.weighted('origin', mix)}"
        for key, mix in company.ORIGINS.items()
    )
    by_tag = f"t_tag is not null and {u('own way')} < {ways.chance_of_tag()}"
    deals = (
        "case when t_fin is not null then 1 + (u_deals < 0.60)::int + (u_deals < 0.25)::int "
        "when t_cp1 is not null then 1 + (u_deals < 0.25)::int "
        "when t_fc is not null then (u_deals < 0.63)::int + (u_deals < 0.05)::int "
        "else (u_deals < 0.30)::int end"
    )
    duplicate = f"case when b > 60 and {u('dup')} < 0.03 then b - 1 - {whole('dup by', 50)}"
    return f"""
    with drawn as (
        select
            b, {moment(plan, share)} as t0,
            {u("seg")} as u_seg, {u("lang")} as u_lang, {u("route")} as u_route,
            {u("tag")} as pick_tag, {u("seller")} as pick_seller,
            {duplicate} else b end as twin,
            {plan.dice.weighted("gender", {"female": 0.47, "male": 0.47, "": 0.06})} as gender
        from range({plan.total}) r(b)
    ),
    sorted_out as (select *, {segments} as seg from drawn),
    chosen as (
        select *, {tag} as tag, {seller} as seller, {language} as lang, {route} as route,
            {tag_quality} * {seller_quality} as own_quality,
            case when {u("dup kind")} < 0.6 then twin else b end as mail_of,
            case when {u("dup kind")} >= 0.3 then twin else b end as phone_of
        from sorted_out
    ),
    handed as (
        select *, {haste} else 1 end as haste,
            case when seg <> 'N' or {u("fair tag")} < 0.6 then t0 + {whole("tagged", 90)} end
                as t_tag,
            case when route in ('handed', 'early', 'waiting', 'other')
                then t0 + 60 + {whole("main", 120)} end as t_main,
            case when seg = 'A' then '{company.MAIN_ACCOUNT}' else '{company.INBOUND_ACCOUNT}'
                end as main_user
        from chosen
    ),
    come as (
        select *, {ways.of_tag()} as way_of_tag,
            case when {by_tag} then way_of_tag else {ways.of_everybody(plan, "way")} end as way
        from handed
    ),
    given as (
        select *,
            case when route = 'handed' then t_main + 240 + {wait("hand", "9 * 3600 * haste")}
                when route = 'early' then t_main + 30
                when route in ('direct', 'other') then t0 + 100 + {whole("direct", 3600)}
                end as t_hand,
            case when route = 'other' then '{company.OUTSIDE_SELLER}'
                else {staffed("seller", "t_hand")} end as taker,
            own_quality * {ways.quality("way")} as quality,
            case {ways.origins("way")} {origin} end as origin
        from come
    ),
    tagged as (
        select * replace (
                case when route = 'early' and t_tag is not null then t_hand + 3600 else t_tag
                    end as t_tag),
            case when t_hand is not null and {u("fc")} < 0.86
                then t_hand + 600 + {wait("fc wait", "20 * 3600 * haste")} end as t_fc
        from given
    ),
    first_point as (
        select *, case when t_fc is not null and {u("cp1")} < 0.46 * quality
            then t_fc + {DAY} + {wait("cp1 wait", 6 * DAY)} end as t_cp1
        from tagged
    ),
    second_point as (
        select *, case when t_cp1 is not null and {u("cp2")} < 0.66
            then t_cp1 + {2 * DAY} + {wait("cp2 wait", 19 * DAY)} end as t_cp2
        from first_point
    ),
    final_point as (
        select *, case when t_cp2 is not null and {u("fin")} < 0.60
            then t_cp2 + {DAY} + {wait("fin wait", 6 * DAY)} end as t_fin
        from second_point
    ),
    counted as (
        select *, {u("nth deal")} as u_deals, coalesce(t_fc, t0 + {DAY}) + 3600 as t_deal
        from final_point
    )
    select * exclude (u_deals),
        case when t_deal < {END - DAY} then {deals} else 0 end as deals,
        case when t_fin is null and t_hand is not null and {u("lost")} < 0.45
            then coalesce(t_cp2, t_cp1, t_fc, t_hand) + {5 * DAY}
                + {wait("lost wait", 25 * DAY)} end as t_lost,
        case when t_hand is not null and {u("again")} < 0.09
            then t_hand + {DAY} + {wait("again wait", 20 * DAY)} end as t_again,
        case when {u("edit")} < 0.10 then t0 + {DAY} + {wait("edit wait", 30 * DAY)} end
            as t_edit,
        case when {u("gone")} < 0.006 then t0 + {5 * DAY} + {wait("gone wait", 40 * DAY)} end
            as t_gone,
        case when b > 500 and b % 500 in (101, 102, 250)
            then t0 + {10 * DAY} + {whole("merge", 30 * DAY)} end as t_merged,
        case when way > {ways.WEB} then 0 else 1 + {whole("visits", 6)} end as visits,
        {DAY} / 4 + {whole("gap", 6 * DAY)} as gap
    from counted
    order by b
    """


def moment(plan: Plan, share: str, index: str = "b") -> str:
    """The second of the year at which ``share`` (0 to 1) of all contacts exist.

    Business grows over the year with two seasons; weekends are quiet and days are busiest at
    noon. A weekend's contact moves back, never forward, so that time follows the number.
    """
    u = plan.dice.u
    raw = f"{DAYS} * (power({share}, 0.86) + 0.02 * sin(12.566370614 * {share}))"
    day = f"cast(least({DAYS - 1}, greatest(0, floor({raw}))) as bigint)"
    weekday = f"(({day} + {company.FIRST_DAY.weekday()}) % 7)"
    work = (
        f"(case when {weekday} >= 5 and {day} >= 7 and {u('weekend', index)} < 0.75 "
        f"then {day} - {weekday} + {plan.dice.whole('weekday', 5, index)} else {day} end)"
    )
    hours = f"(6 + 6.5 * ({u('hour a', index)} + {u('hour b', index)}))"
    return f"({START} + {work} * {DAY} + cast({hours} * 3600 as bigint))"


def _by_segment(roll: str, choices: dict[str, list[tuple[str, float, float]]]) -> tuple[str, str]:
    """Two CASE expressions: the value that ``roll`` picks in each segment, and its quality."""
    values, qualities = [], []
    for segment, options in choices.items():
        total, so_far = sum(share for _, share, _ in options), 0.0
        for position, (value, share, quality) in enumerate(options):
            so_far += share / total
            limit = 1.0 if position == len(options) - 1 else so_far
            test = f"when seg = '{segment}' and {roll} < {limit:.6f} then"
            values.append(f"{test} {quoted(value)}")
            qualities.append(f"{test} {quality}::double")
    return f"case {' '.join(values)} end", f"(case {' '.join(qualities)} end)"


def _language(plan: Plan, index: str) -> str:
    """The language of the contact number ``index``, as the contacts' table has it."""
    u = plan.dice.u
    segment, roll = u("seg", index), u("lang", index)
    polish = f"case when {roll} < 0.88 then 'pl' else 'uk' end"
    foreign = f"case when {roll} < 0.45 then 'uk' when {roll} < 0.55 then 'pl' else 'en' end"
    inbound = f"{segment} >= 0.48 and {segment} < 0.80"
    return f"(case when {inbound} then {foreign} else {polish} end)"


def _by_language(plan: Plan, salt: str, index: str, lists: dict[str, list[str]]) -> str:
    arms = " ".join(
        f"when '{language}' then {plan.dice.pick(salt, values, index)}"
        for language, values in lists.items()
    )
    return f"(case {_language(plan, index)} {arms} end)"


def _name(plan: Plan, part: str, index: str, ascii_only: bool) -> str:
    """The first or last name of the person ``index``, in its own letters or in ASCII."""
    names = people.FIRST_NAMES if part == "first" else people.LAST_NAMES
    column = 1 if ascii_only else 0
    genders = [
        _by_language(
            plan,
            f"{part} name",
            index,
            {
                language: [name[column] for name in known[gender]]
                for language, known in names.items()
            },
        )
        for gender in ("female", "male")
    ]
    female = f"{plan.dice.u('gender', index)} < 0.47"
    return f"(case when {female} then {genders[0]} else {genders[1]} end)"


def city(plan: Plan, index: str = "b") -> str:
    """A city of the column ``lang``; the region with the same index is its own."""
    return _place(plan, 0, index)


def region(plan: Plan, index: str = "b") -> str:
    """The region of the city with the same index."""
    return _place(plan, 1, index)


def _place(plan: Plan, part: int, index: str) -> str:
    arms = " ".join(
        f"when '{language}' then {plan.dice.pick('city', [place[part] for place in places], index)}"
        for language, places in people.CITIES.items()
    )
    return f"case lang {arms} end"


def _email(plan: Plan, index: str) -> str:
    domain = _by_language(
        plan, "domain", index, {language: list(known) for language, known in people.DOMAINS.items()}
    )
    return (
        f"{_name(plan, 'first', index, True)} || '.' || {_name(plan, 'last', index, True)} "
        f"|| ({index}) || '@' || {domain}"
    )


def _phone(plan: Plan, index: str) -> str:
    """The number in E.164."""
    digits = f"lpad(cast((({index}) * 7919 + 13) % 10000000 as varchar), 7, '0')"
    mobile = plan.dice.pick("prefix", ("60", "50", "51", "66", "69", "72", "78", "88"), index)
    return (
        f"(case {_language(plan, index)} when 'pl' then '+48' || {mobile} || {digits} "
        f"when 'uk' then '+38067' || {digits} else '+44791' || {digits} end)"
    )


def written_phone(style: str) -> str:
    """The column ``phone`` as people write it; ``style`` is a uniform number."""
    tail = "substr(phone, 4)"
    groups = f"substr({tail}, 1, 3) || '%s' || substr({tail}, 4, 3) || '%s' || substr({tail}, 7)"
    spaced, dashed = groups.replace("%s", " "), groups.replace("%s", "-")
    code = "substr(phone, 1, 3)"
    national = "starts_with(phone, '+48')"
    return (
        f"case when {style} < 0.30 then phone "
        f"when {style} < 0.45 then '00' || substr(phone, 2) "
        f"when {style} < 0.60 then {code} || ' ' || {spaced} "
        f"when {style} < 0.68 then '(' || {code} || ') ' || {dashed} "
        f"when {style} < 0.84 and {national} then {tail} "
        f"when {style} < 0.92 and {national} then {dashed} "
        f"when {national} then {spaced} else phone end"
    )


def named_contacts(plan: Plan) -> str:
    """The contacts again, with names, e-mail address and telephone number (E.164)."""
    return f"""
    select *, {_name(plan, "first", "twin", False)} as first_name,
        {_name(plan, "last", "twin", False)} as last_name,
        {_email(plan, "mail_of")} as email, {_phone(plan, "phone_of")} as phone
    from drawn_contacts
    order by b
    """
