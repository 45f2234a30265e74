"""The companies that clients work for, and what clients do after the contract."""

from __future__ import annotations

from leadhouse.demo import people
from leadhouse.demo.deliveries import DAY, END, Window
from leadhouse.demo.dice import naive, texts, utc
from leadhouse.demo.plan import Plan


def account_of(plan: Plan) -> str:
    """The account of contact b; NULL for a contact that has no known employer."""
    number = plan.dice.whole("company name", len(people.COMPANIES))
    return f"case when {plan.dice.u('company')} < 0.35 then printf('a%03d', 1 + {number}) end"


def accounts(plan: Plan, window: Window) -> str | None:
    """Every company, with the first delivery."""
    if window.number > 0:
        return None
    pick = plan.dice.pick
    return f"""
    select printf('a%03d', n + 1) as account_id, {texts(people.COMPANIES)}[1 + n] as name,
        printf('firma%d.example', n + 1) as domain,
        {pick("industry", ("handel", "produkcja", "usługi", "IT"), "n")} as industry,
        {pick("size", ("1-10", "11-50", "51-250"), "n")} as size,
        {pick("account country", ("PL", "PL", "UA", "GB"), "n")} as country,
        {pick("account region", ("Mazowsze", "Pomorze", "Śląsk"), "n")} as region,
        {pick("account owner", ("u04", "u05", "u11", "u19"), "n")} as owner_user_id,
        {utc(f"{window.low} + n * {DAY}")} as created_at,
        {utc(f"{window.low} + (n + 9) * {DAY}")} as updated_at
    from range({len(people.COMPANIES)}) r(n)
    """


def tickets(plan: Plan, window: Window) -> str:
    """Questions of clients to the support."""
    u, whole, wait = plan.dice.u, plan.dice.whole, plan.dice.wait
    own = "b * 2 + k"
    known = min(window.high, END)
    arms = f"""
    select *, t_fin + {whole("ticket day", 90 * DAY, own)} as t
    from (select *, unnest(range(2)) as k from c where t_fin is not null)
    where {u("ticket", own)} < 0.5
    """
    answered = f"t + {wait('ticket answer', 14_400, own)}"
    solved = f"{answered} + {wait('ticket end', 2 * DAY, own)}"
    return f"""
    select 'z' || ({own}) as ticket_id, {naive("t")} as created_at,
        case when {answered} < {known} then {naive(answered)} end as first_response_at,
        case when {solved} < {known} then {naive(solved)} end as solved_at,
        case when {u("reopened", own)} < 0.1 then 1 else 0 end as reopened_count,
        {plan.dice.pick("ticket channel", ("email", "phone", "chat"), own)} as channel,
        {plan.dice.pick("ticket priority", ("low", "normal", "high"), own)} as priority,
        {plan.dice.pick("ticket topic", ("faktura", "wdrożenie", "błąd"), own)} as topic,
        case when {solved} < {known} then 'solved' else 'open' end as status,
        'u04' as user_id, printf('%08d', b + 1) as contact_id,
        case when {solved} < {known} and {u("ticket score", own)} < 0.4
            then 4 + {whole("ticket satisfaction", 7, own)} end as satisfaction
    from ({plan.events(window, "ticket", arms, own)})
    order by b, k
    """


def reviews(plan: Plan, window: Window) -> str:
    """What clients write in public, at times about a competitor."""
    u, whole = plan.dice.u, plan.dice.whole
    arms = f"select *, t_fin + {30 * DAY} as t from c where {u('review')} < 0.15"
    return f"""
    select 'rv' || b as review_id, {utc("t")} as posted_at,
        {plan.dice.pick("review site", ("opinie.example", "reviews.example"))} as site,
        cast(2 + {whole("stars", 7)} * 0.5 as decimal(3,1)) as rating,
        case when {u("review answer")} < 0.6 then {utc(f"t + {2 * DAY}")} end as answered_at,
        case when {u("review of")} < 0.2 then 'Konkurent A' end as competitor,
        printf('%08d', b + 1) as contact_id
    from ({plan.events(window, "review", arms)})
    order by b
    """


def product_usage(plan: Plan, window: Window) -> str:
    """The logins of clients, once a week in the twelve weeks after the contract."""
    own = "b * 12 + week"
    arms = f"""
    select *, t_fin + (1 + week) * {7 * DAY} as t
    from (select *, unnest(range(12)) as week from c where t_fin is not null)
    """
    return f"""
    select printf('%08d', b + 1) as contact_id, cast({naive("t")} as date) as date,
        'logins' as metric, {plan.dice.whole("logins", 20, own)} as value
    from ({plan.events(window, "usage", arms, own)})
    order by b, week
    """
