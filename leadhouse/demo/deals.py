"""The deals: cards, stages, contacts and payments."""

from __future__ import annotations

from leadhouse.demo import clients, company, persons, ways
from leadhouse.demo.deliveries import DAY, END, LEFT, Window
from leadhouse.demo.dice import money, quoted, texts, utc, warsaw
from leadhouse.demo.plan import Plan

_LINES: dict[str, str] = {"A": company.SALES, "B": company.INBOUND, "R": company.RENEWAL}
_PRODUCTS: dict[str, float] = {
    "Wdrożenie CRM": 0.35,
    "Abonament roczny": 0.30,
    "Szkolenie": 0.15,
    "Call tracking": 0.15,
    "": 0.05,
}
_COMPETITORS = ("Konkurent A", "Other CRM", "Excel")
_TAGS: dict[str, float] = {
    "vip;urgent": 0.06,
    "vip": 0.04,
    "wdrożenie": 0.15,
    "wdrożenie;szkolenie": 0.05,
    "": 0.70,
}
_LOST_REASONS: dict[str, float] = {
    "za drogo": 0.35,
    "konkurencja": 0.20,
    "brak kontaktu": 0.25,
    "no budget": 0.12,
    "": 0.08,
}


def pipeline_stages(plan: Plan, window: Window) -> str | None:
    """Every stage of every pipeline."""
    rows = [
        f"({quoted(pipeline)}, {quoted(stage)}, {position}, '{kind}', '{probability}')"
        for pipeline, stages in company.PIPELINE_STAGES.items()
        for position, (stage, kind, probability) in enumerate(stages, start=1)
    ]
    return _once(window, "pipeline, stage, position, kind, probability", rows)


def _once(window: Window, columns: str, rows: list[str]) -> str | None:
    """Rows that come with the first delivery and never change."""
    if window.number > 0:
        return None
    return f"select * from (values {', '.join(rows)}) v({columns})"


def deal_id(number: str) -> str:
    """The id of a deal: contact b owns the numbers 4 b to 4 b + 3."""
    return f"'44' || lpad(cast({number} as varchar), 17, '0')"


def first_deal(moment: str) -> str:
    """The id of the contact's first deal at a moment; NULL before it, and without a deal."""
    return f"case when deals > 0 and {moment} >= t_deal then {deal_id('b * 4')} end"


def planned_deals(plan: Plan) -> str:
    """The deals in the order of their number n, with everything that happens to them.

    The first deal of a contact goes the contact's own way, point by point. Later ones are renewals
    of clients and second tries of others; one in a hundred deals has no contact.
    """
    u, whole, wait = plan.dice.u, plan.dice.whole, plan.dice.wait
    own = "b * 4 + k"
    return f"""
    with asked as (
        select *, unnest(range(deals)) as k from c
    ),
    of_contacts as (
        select b, seg, way, quality, {own} as n, k, t_hand is not null as is_taken, taker,
            route = 'other' as is_private,
            case when k = 0 then t_deal
                else coalesce(t_fin, t0) + {35 * DAY} + {whole("later deal", 90 * DAY, own)} end
                as tc,
            case when k = 0 then t_cp1 end as t_cp1,
            case when k = 0 then t_cp2 end as t_cp2,
            case when k = 0 then t_fin end as t_won,
            case when k = 0 then t_lost end as t_dropped,
            case when k > 0 and t_fin is not null then 'R' when seg = 'B' then 'B' else 'A' end
                as line
        from asked
    ),
    strays as (
        select {plan.total * 4} + i as n from range({plan.total // 100}) r(i)
    ),
    everything as (
        select * from of_contacts where tc < {END - DAY}
        union all by name
        select n, 'A' as seg, {ways.of_everybody(plan, "way", "n")} as way, 1.0 as quality, 1 as k,
            true as is_taken, true as is_private, 'u11' as taker,
            {persons.moment(plan, u("stray", "n"), "n")} as tc, 'A' as line
        from strays
    ),
    planned as (
        select *,
            case when t_won is not null then 'won' when t_dropped is not null then 'lost'
                when k = 0 then (case when {u("plan", "n")} < 0.62 then 'lost' else 'left' end)
                when {u("plan", "n")} < (case line when 'R' then 0.55 else 0.24 * quality end)
                then 'won' when {u("plan", "n")} < 0.78 then 'lost' else 'left' end as course,
            greatest(coalesce(t_won, t_dropped, coalesce(t_cp2, t_cp1, tc) + {4 * DAY}
                + {wait("cycle", 32 * DAY, "n")}), tc + {DAY}) as t_worked,
            {plan.dice.weighted("reach", {"1": 0.30, "2": 0.25, "3": 0.10, "4": 0.35}, "n")}
                ::integer as reach_drawn
        from everything
    ),
    decided as (
        -- A deal that nobody takes further is given up in the end.
        select *, if(course = 'left', 'lost', course) as plan,
            t_worked + if(course = 'left', {70 * DAY} + {whole("given up", 60 * DAY, "n")}, 0)
                as t_end
        from planned
    )
    select *,
        case when t_cp2 is not null or plan = 'won' then 4
            when t_cp1 is not null then 2 + reach_drawn % 2
            when k = 0 then 1 else reach_drawn end as reach,
        coalesce(t_cp1, tc + (t_worked - tc) * 12 // 100) as s2,
        case when t_cp2 is not null then t_cp1 + (t_cp2 - t_cp1) // 3
            when t_cp1 is not null then t_cp1 + {2 * DAY}
            else tc + (t_worked - tc) * 25 // 100 end as s3,
        coalesce(t_cp2, tc + (t_worked - tc) * 38 // 100) as s4,
        case when t_won is null and {u("dropped", "n")} < 0.01 then t_end + {3 * DAY} end
            as t_deleted,
        case when is_taken then taker else 'u04' end as owner,
        {plan.dice.weighted("money A", {"PLN": 0.75, "EUR": 0.25}, "n")} as money_a,
        {plan.dice.weighted("money B", {"EUR": 0.6, "USD": 0.3, "PLN": 0.1}, "n")} as money_b
    from decided
    order by n
    """


def deals(plan: Plan, window: Window) -> str:
    """The cards of the CRM that changed since the delivery before."""
    return _cards(plan, window, "not is_private")


def private_deals(plan: Plan, window: Window) -> str:
    """The deals that a manager keeps in a workbook, with its columns and words (WORKBOOK)."""
    status = "case status " + " ".join(
        f"when '{status}' then '{word}'" for status, word in company.WORKBOOK_STATUS.items()
    )
    quality = plan.dice.weighted(
        "lead quality", {"dobra": 0.5, "słaba": 0.3, "": 0.2}, "hash(deal_id)"
    )
    cells = {"status": f"{status} end", "quality": quality} | {
        moment: f"cast({moment} as timestamp)" for moment in ("created_at", "closed_at")
    }
    columns = ", ".join(
        f'{cells.get(column, column)} as "{header}"' for column, header in company.WORKBOOK.items()
    )
    return f"select {columns} from ({_cards(plan, window, 'is_private')})"


def _cards(plan: Plan, window: Window, which: str) -> str:
    u = plan.dice.u
    other = ways.of_everybody(plan, "other way", "n")
    known = min(window.high, END)
    moments = (
        "tc",
        "case when reach >= 2 then s2 end",
        "case when reach >= 3 then s3 end",
        "case when reach >= 4 then s4 end",
        "t_end",
        "t_deleted",
        f"case when owner = '{company.DEPARTURE.user_id}' and tc < {LEFT} then {LEFT} end",
    )
    stage_names = {
        line: [stage for stage, _, _ in company.PIPELINE_STAGES[pipeline]]
        for line, pipeline in _LINES.items()
    }
    names = "case line " + " ".join(
        f"when '{line}' then {texts(stages)}" for line, stages in stage_names.items()
    )
    position = (
        f"case when plan = 'won' and t_end < {known} then 5 "
        f"when plan = 'lost' and t_end < {known} then 6 "
        f"when reach >= 4 and s4 < {known} then 4 when reach >= 3 and s3 < {known} then 3 "
        f"when reach >= 2 and s2 < {known} then 2 else 1 end"
    )
    worth = f"exp(7.6 + 0.75 * {plan.dice.bell('worth', 'n')})"
    margin = money(f"cast(amount as double) * (0.18 + 0.3 * {u('share', 'n')})")
    amount = money(
        f"{worth} * (case currency when 'PLN' then 4.25 when 'USD' then 1.1 else 1 end) "
        f"* (case when {u('refund', 'n')} < 0.004 then -0.5 else 1 end)"
    )
    closed = f"case when {u('early close', 'n')} < 0.004 then tc - 3600 else t_end end"
    told = f"case when {u('card way', 'n')} < 0.88 then way else {other} end"
    return f"""
    with due as (
        select *, {window.latest(moments)} as changed,
            case seg when 'B' then money_b else money_a end as currency,
            t_end < {known} as is_closed,
            case when {u("labels", "n")} < 0.7 then {told} end as told,
            {u("labels", "n")} < 0.35 as is_labelled_finely
        from d
    ),
    priced as (
        select *, case when {u("no amount", "n")} < 0.03 then null else {amount} end as amount
        from due
        where {which} and {window.carries("changed")}
    )
    select
        {deal_id("n")} as deal_id,
        {utc("tc")} as created_at,
        {utc("changed")} as updated_at,
        case when {u("title", "n")} < 0.2 then 'Umowa, część "' || (n % 9) || '"'
            else 'Deal ' || n end as title,
        printf('%08d', b + 1) as contact_id,
        {clients.account_of(plan)} as account_id,
        case line when 'A' then '{company.SALES}' when 'B' then '{company.INBOUND}'
            else '{company.RENEWAL}' end as pipeline,
        ({names} end)[{position}] as stage,
        {persons.staffed("owner", str(known))} as owner_user_id,
        case when t_deleted < {known} then 'deleted' when is_closed then plan else 'open' end
            as status,
        case when is_closed and {u("no close", "n")} >= 0.04 then {utc(closed)} end
            as closed_at,
        amount,
        case when amount is not null then currency end as currency,
        case when {u("margin", "n")} < 0.97
            then {margin} end
            as margin,
        {plan.dice.weighted("product", _PRODUCTS, "n")} as product,
        case when plan = 'lost' and is_closed and {u("rival", "n")} < 0.4
            then {plan.dice.pick("rival name", _COMPETITORS, "n")} end as competitor,
        case when plan = 'lost' and is_closed
            then {plan.dice.weighted("reason", _LOST_REASONS, "n")} end as lost_reason,
        {ways.written_by_hand("told", u("hand", "n"))} as source,
        {ways.label("medium", "told")} as medium,
        {ways.label("campaign", "told")} as campaign,
        case when is_labelled_finely and {ways.is_paid("told")}
            then 'ad-' || {plan.dice.whole("ad", 20, "n")} end as content,
        case when is_labelled_finely then {ways.keyword("told", plan.dice.whole("term", 2, "n"))}
            end as term,
        {plan.dice.weighted("made", {"crm": 0.6, "api": 0.2, "manual": 0.1, "": 0.1}, "n")}
            as creation_method,
        'https://crm.example/deals/' || {deal_id("n")} as deal_url,
        {plan.dice.weighted("deal tags", _TAGS, "n")}
            as tags
    from priced
    order by n
    """


def deal_stages(plan: Plan, window: Window) -> str:
    """Entries into stages, with steps back and jumps."""
    kinds = (
        (0, "tc", "true"),
        (1, "s2", "reach >= 2"),
        (2, "s3", f"reach >= 3 and (plan <> 'won' or {plan.dice.u('jump', 'n')} < 0.7)"),
        (1, "s3 + (s4 - s3) // 2", f"reach >= 4 and {plan.dice.u('back', 'n')} < 0.04"),
        (3, "s4", "reach >= 4"),
        (4, "t_end", "plan = 'won'"),
        (5, "t_end", "plan = 'lost'"),
    )
    stages = {
        line: [stage for stage, _, _ in company.PIPELINE_STAGES[pipeline]]
        for line, pipeline in _LINES.items()
    }
    arms = " union all ".join(
        f"select n, {number} as kind, {t} as t, line, owner, case line "
        + " ".join(f"when '{line}' then {quoted(stages[line][position])}" for line in _LINES)
        + f" end as stage from d where {test}"
        for number, (position, t, test) in enumerate(kinds)
    )
    return f"""
    select
        {deal_id("n")} as deal_id,
        case line when 'A' then '{company.SALES}' when 'B' then '{company.INBOUND}'
            else '{company.RENEWAL}' end as pipeline,
        stage, {utc("t")} as occurred_at,
        {persons.staffed("owner", "t")} as actor_user_id
    from ({plan.events(window, "deal stage", arms, "n * 8 + kind")})
    order by t, n, kind
    """


def deal_contacts(plan: Plan, window: Window) -> str:
    """The deal's own contact, and at times a colleague."""
    arms = f"""
    select n, 0 as kind, tc as t, b as contact, 'true' as is_primary from d where b is not null
    union all
    select n, 1, tc, b - 1, '0' from d where b > 0 and {plan.dice.u("colleague", "n")} < 0.08
    """
    return f"""
    select {deal_id("n")} as deal_id,
        printf('%08d', contact + 1) as contact_id, is_primary
    from ({plan.events(window, "deal contact", arms, "n * 2 + kind")})
    order by n, kind
    """


def deal_items(plan: Plan, window: Window) -> str:
    """What a won deal consists of: its first product, and at times a second."""
    whole = plan.dice.whole
    names = [name for name in _PRODUCTS if name]
    own = "n * 2 + item"
    arms = f"""
    select *, t_end as t
    from (select *, unnest(range(1 + {whole("items", 2, "n")})) as item from d where plan = 'won')
    """
    return f"""
    select {deal_id("n")} as deal_id,
        {texts(names)}[1 + ({whole("item", len(names), "n")} + item) % {len(names)}] as product,
        1 + {whole("quantity", 5, own)} as quantity,
        {money(f"100 + 900 * {plan.dice.u('item price', own)}")} as amount,
        case seg when 'B' then money_b else money_a end as currency
    from ({plan.events(window, "deal item", arms, own)})
    order by n, item
    """


def payments(plan: Plan, window: Window) -> str:
    """Won deals are paid in one to three parts."""
    u = plan.dice.u
    arms = f"""
    select *, t_end + {2 * DAY} + part * {30 * DAY} as t
    from (
        select *, unnest(range(1 + {plan.dice.whole("parts", 3, "n")})) as part
        from d
        where plan = 'won' and {u("unpaid", "n")} >= 0.06
    )
    """
    currency = "case seg when 'B' then money_b else money_a end"
    worth = (
        f"exp(7.6 + 0.75 * {plan.dice.bell('worth', 'n')}) / "
        f"(1 + {plan.dice.whole('parts', 3, 'n')}) "
        f"* (case {currency} when 'PLN' then 4.25 when 'USD' then 1.1 else 1 end)"
    )
    return f"""
    select 'p' || (n * 4 + part) as payment_id,
        {deal_id("n")} as deal_id,
        {warsaw("t")} as paid_at, {money(worth)} as amount, {currency} as currency
    from ({plan.events(window, "payment", arms, "n * 4 + part")})
    order by n, part
    """
