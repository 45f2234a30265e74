"""What is spent and planned: ad spend, exchange rates, targets and manual costs."""

from __future__ import annotations

from datetime import date, timedelta

from leadhouse.demo import company
from leadhouse.demo.deliveries import DAY, END, START, Window
from leadhouse.demo.dice import money, texts
from leadhouse.demo.plan import Plan


def ad_spend(plan: Plan, window: Window) -> str:
    """The days of this delivery; the last one states one account's day anew and dearer."""
    own = f"day * {plan.ads} + ad"
    u = plan.dice.u
    if window.last:
        day = (company.RESTATED_DAY - company.FIRST_DAY).days
        days = f"(select {day} as day)"
        restated = "where platform = 'google_ads' and ad % 17 <> 16"
        factor = 1.07
    else:
        low = (window.low - START) // DAY
        high = (min(window.high, END) - START) // DAY
        days, restated, factor = f"range({low}, {high}) x(day)", "", 1.0

    def campaign(column: int) -> str:
        return f"{texts(row[column] for row in company.CAMPAIGNS)}[1 + campaign_no]"

    shown = f"cast(exp(5.2 + 0.8 * {plan.dice.bell('shown', own)}) as bigint)"
    cost = money(f"clicks * (0.2 + 1.4 * {u('cpc', own)}) * {factor}")
    clicks = f"cast(floor(impressions * (0.01 + 0.05 * {u('ctr', own)})) as bigint)"
    return f"""
    with ads as (
        select *, ad % {len(company.CAMPAIGNS)} as campaign_no
        from {days}, range({plan.ads}) y(ad)
    ),
    shown as (
        select *, {campaign(0)} as platform, {shown} as impressions from ads
    ),
    clicked as (
        select *, {clicks} as clicks from shown {restated}
    )
    select date '{company.FIRST_DAY}' + cast(day as integer) as date, platform,
        '0' || (123456780 + campaign_no % 3) as account_id, 'Europe/Warsaw' as account_timezone,
        cast(900 + campaign_no as varchar) as campaign_id, {campaign(3)} as campaign,
        'g' || (ad // 48) as ad_group_id, 'Grupa ' || (ad // 48) as ad_group,
        'a' || (ad // 12) as ad_id,
        case when {campaign(2)} = 'cpc'
            then {texts(company.KEYWORDS)}[1 + (ad // 12) % {len(company.KEYWORDS)}] end as keyword,
        {campaign(1)} as source, {campaign(2)} as medium, impressions, clicks,
        {cost} as cost,
        case when platform = 'meta_ads' then 'PLN' when platform = 'linkedin_ads' then 'USD'
            else 'EUR' end as currency,
        cast(floor(clicks * 0.06 * {u("converted", own)}) as bigint) as conversions
    from clicked
    order by day, ad
    """


def fx_rates(plan: Plan, window: Window) -> str | None:
    """Every day's rates from ten days before the first day to the delivery's own."""
    first = company.FIRST_DAY - timedelta(days=10)
    low = (window.day - first).days if window.number else 0
    if window.number:
        low = (plan.windows[window.number - 1].day - first).days + 1
    high = (window.day - first).days + 1
    return f"""
    select date '{first}' + cast(day as integer) as date, currency,
        cast(round(base * (1 + 0.03 * sin(day / 29.0 + phase)
            + 0.002 * ({plan.dice.u("rate", "day * 2 + phase")} - 0.5)), 6) as decimal(18,6))
            as rate
    from range({low}, {high}) x(day),
        (values ('PLN', 0.2345, 0), ('USD', 0.9150, 1)) v(currency, base, phase)
    order by day, currency
    """


def _months(plan: Plan) -> list[date]:
    first = company.FIRST_DAY
    return [
        date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1)
        for n in range(12)
    ]


def target_rows(plan: Plan) -> list[tuple[object, ...]]:
    """Targets of the company, the teams and the salespeople, by month."""
    rows: list[tuple[object, ...]] = []
    per_month = plan.total / 12
    goals = {"leads": 1.0, "calls": 4.0, "deals_won": 0.2, "meetings": 0.3, "revenue": 500.0}
    for number, month in enumerate(_months(plan)):
        growth = 0.8 + 0.04 * number
        for metric, share in goals.items():
            goal = round(per_month * share * growth)
            money = "EUR" if metric == "revenue" else None
            text = f"{month:%Y-%m}"
            rows.append((text, "company", "xyz", metric, goal, money))
            rows.extend(
                (text, "team", team, metric, round(goal * share_of), money)
                for team, share_of in (("Polska", 0.6), ("International", 0.4))
            )
            rows.extend(
                (text, "user", user[0], metric, round(goal / 11), money)
                for user in company.USERS
                if user[3] == "seller"
            )
    return rows


def cost_rows(plan: Plan) -> list[tuple[object, ...]]:
    """What is paid without an ad platform, by month."""
    rows: list[tuple[object, ...]] = []
    size = plan.total / 1000
    for number, month in enumerate(_months(plan)):
        last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        label = f"{month:%Y%m}"
        leaflets = round(420.5 * size * (1 + number % 3), 2)
        rows += [
            (f"ulotki-{label}", month, last, "leaflet", "offline", "ulotki", leaflets, "PLN",
             "offline", False),
            (f"agency-{label}", month, last, "google", "cpc", None, round(100 * size, 2), "EUR",
             "agency", False),
            (f"numbers-{label}", month, last, "call_tracking", None, None, 49.9, "EUR",
             "number_rent", False),
        ]  # fmt: skip
    planned = date(2026, 12, 1)
    rows.append(
        ("targi-plan", planned, planned + timedelta(days=4), "trade_fair", "offline",
         "targi_poznan", 2500, "EUR", "offline", True)
    )  # fmt: skip
    return rows
