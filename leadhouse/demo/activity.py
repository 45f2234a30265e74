"""What the salespeople do: tasks, meetings, e-mails, hours, and the clients' answers."""

from __future__ import annotations

from leadhouse.demo import company, deals, persons
from leadhouse.demo.deliveries import DAY, DAYS, END, LEFT, START, Window
from leadhouse.demo.dice import naive, numbers, texts, utc
from leadhouse.demo.plan import Plan


def tasks(plan: Plan, window: Window) -> str:
    """Two tasks a contact."""
    u, whole = plan.dice.u, plan.dice.whole
    own = "b * 2 + k"
    known = min(window.high, END)
    arms = f"""
    select *, coalesce(t_hand, t0) + k * {2 * DAY} + {whole("task", 5 * DAY, own)} as t
    from (select *, unnest(range(2)) as k from c)
    """
    done = f"t + {whole('task done', 4 * DAY, own)}"
    status = (
        f"case when {u('task end', own)} < 0.06 then 'cancelled' "
        f"when {u('task end', own)} < 0.85 and {done} < {known} then 'done' else 'open' end"
    )
    return f"""
    select 't' || ({own}) as task_id, {naive("t")} as created_at,
        {naive(f"t + {3 * DAY}")} as due_at,
        case when {status} = 'done' then {naive(done)} end as done_at, {status} as status,
        {plan.dice.pick("task type", ("call", "email", "follow-up"), own)} as type,
        'Oddzwonić' as title, {persons.staffed("coalesce(taker, 'u04')", "t")} as user_id,
        printf('%08d', b + 1) as contact_id, {deals.first_deal("t")} as deal_id
    from ({plan.events(window, "task", arms, own)})
    """


def meetings(plan: Plan, window: Window) -> str:
    """A meeting before each of the first two conversion points."""
    u = plan.dice.u
    arms = f"""
    select *, 0 as k, t_cp1 - {DAY} as t from c where t_cp1 is not null
    union all
    select *, 1, t_cp2 - {2 * DAY} from c where {u("second meeting")} < 0.8
    """
    ended = f"t + {2 * DAY} < {min(window.high, END)}"
    status = (
        f"case when not ({ended}) then 'planned' "
        f"when {u('meet', 'b * 2 + k')} < 0.8 then 'held' "
        f"when {u('meet', 'b * 2 + k')} < 0.92 then 'no_show' else 'cancelled' end"
    )
    return f"""
    select 'm' || (b * 2 + k) as meeting_id, {utc("t")} as created_at,
        {utc(f"t + {2 * DAY}")} as starts_at, {utc(f"t + {2 * DAY} + 3600")} as ends_at,
        case when seg = 'B' then 'demo' when k = 0 then 'meeting' else 'training' end as type,
        {status} as status, {persons.staffed("taker", "t")} as user_id,
        printf('%08d', b + 1) as contact_id, {deals.first_deal("t")} as deal_id
    from ({plan.events(window, "meeting", arms, "b * 2 + k")})
    order by b, k
    """


def emails(plan: Plan, window: Window) -> str:
    """A letter to each contact, and a mailing."""
    u, whole = plan.dice.u, plan.dice.whole
    own = "b * 2 + k"
    arms = f"""
    select *, case when k = 0 then coalesce(t_fc, t0 + {3 * DAY}) + 1800
        else t0 + {whole("mailing", 80 * DAY, own)} end as t
    from (select *, unnest(range(2)) as k from c)
    """
    opened = f"{u('opened mail', own)} < 0.4"
    seen = f"t + {whole('open wait', DAY, own)}"
    return f"""
    select 'e' || ({own}) as email_id, {naive("t")} as sent_at,
        case when k = 0 and {u("reply", own)} < 0.25 then 'in' else 'out' end as direction,
        case when k = 0 then 'one_to_one' else 'campaign' end as kind,
        case when k = 0 then {persons.staffed("taker", "t")} end as user_id,
        printf('%08d', b + 1) as contact_id,
        case when k = 0 then {deals.first_deal("t")} end as deal_id,
        case when k = 1 then 'mailing-' || (b % 12) end as campaign,
        'th' || b as thread_id, {u("bounce", own)} < 0.02 as bounced,
        case when {opened} then {naive(seen)} end as opened_at,
        case when {opened} and {u("click", own)} < 0.2
            then {naive(f"{seen} + {DAY}")} end as clicked_at,
        case when k = 0 and {opened} and {u("answer", own)} < 0.3
            then {naive(f"{seen} + {DAY // 2}")} end as replied_at
    from ({plan.events(window, "email", arms, own)})
    """


def time_entries(plan: Plan, window: Window) -> str:
    """What each salesperson did on each working day."""
    sellers = [user[0] for user in company.USERS if user[3] == "seller"]
    own = f"(day * {len(sellers)} + s) * 4 + a"
    arms = f"""
    select *, {START} + day * {DAY} as t
    from range({DAYS}) x(day), range({len(sellers)}) y(s), range(4) z(a)
    where (day + {company.FIRST_DAY.weekday()}) % 7 < 5
        and not (s = {sellers.index(company.DEPARTURE.user_id)} and t >= {LEFT})
    """
    hours = f"cast(round({numbers((3.5, 1.0, 1.5, 1.0))}[1 + a] * " + (
        f"(0.6 + 0.8 * {plan.dice.u('hours', own)}), 2) as decimal(18,2))"
    )
    return f"""
    select 'te' || ({own}) as entry_id, {texts(sellers)}[1 + s] as user_id,
        cast({naive("t")} as date) as date,
        {texts(("selling", "planning", "data_entry", "other"))}[1 + a] as activity,
        {hours} as hours
    from ({plan.events(window, "hours", arms, own)})
    order by day, s, a
    """


def surveys(plan: Plan, window: Window) -> str:
    """What clients say ten days after the contract, and some a season later."""
    u = plan.dice.u
    own = "b * 2 + k"
    arms = f"""
    select *, 0 as k, t_fin + {10 * DAY} as t from c where {u("survey")} < 0.6
    union all
    select *, 1, t_fin + {100 * DAY} from c where {u("second survey")} < 0.4
    """
    roll = f"(case when k = 1 and {u('let down')} < 0.3 then 0.1 else {u('score', own)} end)"
    return f"""
    select 'nps' || ({own}) as response_id, {utc("t")} as responded_at,
        printf('%08d', b + 1) as contact_id,
        case when {roll} < 0.12 then {plan.dice.whole("low", 7, own)} when {roll} < 0.4
            then 7 + {plan.dice.whole("mid score", 2, own)}
            else 9 + {plan.dice.whole("top", 2, own)} end
            as score,
        case when {u("comment", own)} < 0.2 then 'Dobrze, polecam!' || chr(10) || 'Dziękuję.' end
            as comment
    from ({plan.events(window, "survey", arms, own)})
    order by b, k
    """
