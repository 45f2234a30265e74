"""What is spent and planned: ad spend, exchange rates, targets and manual costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from leadhouse.demo import company, ways, web
from leadhouse.demo.company import Campaign, Way
from leadhouse.demo.deliveries import DAY, DAYS, END, START, Window
from leadhouse.demo.dice import money, numbers, texts
from leadhouse.demo.plan import Plan


@dataclass(frozen=True)
class _AdGroup:
    """An ad group of a paid way: what of the whole company's clicks it has, and at which price."""

    way: Way
    campaign: Campaign
    campaign_id: int
    name: str
    keyword: str
    share: float


def _ad_groups() -> list[_AdGroup]:
    """Every ad group; a campaign's clicks are shared equally by its groups."""
    paid = [way for way in company.WAYS if way.campaign in company.CAMPAIGNS]
    visits = sum(way.visits for way in company.WAYS)
    return [
        _AdGroup(
            way,
            campaign := company.CAMPAIGNS[way.campaign],
            900 + number,
            name,
            ways.keyword_of(way, position),
            way.visits / visits / len(campaign.ad_groups),
        )
        for number, way in enumerate(paid)
        for position, name in enumerate(company.CAMPAIGNS[way.campaign].ad_groups)
    ]


_GROUPS = _ad_groups()
_PLATFORMS = sorted({group.campaign.platform for group in _GROUPS})
_CURRENCIES = {"meta_ads": "PLN", "linkedin_ads": "USD"}


def ad_spend(plan: Plan, window: Window) -> str:
    """The days of this delivery; the last one restates one account's day, at a higher cost.

    Every ad group has as many ads as the size of the company asks for. There are somewhat more
    clicks than visits, fewer at weekends, and more from month to month.
    """
    ads = max(len(_GROUPS), plan.total * 2 // DAYS)
    own = f"day * {ads} + ad"
    u = plan.dice.u
    if window.last:
        day = (company.RESTATED_DAY - company.FIRST_DAY).days
        days = f"(select {day} as day)"
        restated, factor = "where platform = 'google_ads'", 1.07
    else:
        low = (window.low - START) // DAY
        high = (min(window.high, END) - START) // DAY
        days, restated, factor = f"range({low}, {high}) x(day)", "", 1.0

    def of_group(values: Iterable[str]) -> str:
        return f"({texts(values)})[1 + ad_group_no]"

    def number(values: Iterable[float]) -> str:
        return f"({numbers(values)})[1 + ad_group_no]"

    a_day = plan.total * web.SESSIONS_PER_CONTACT * 1.35 / DAYS * len(_GROUPS) / ads
    weekend = f"(day + {company.FIRST_DAY.weekday()}) % 7 >= 5"
    wanted = (
        f"{number(a_day * group.share for group in _GROUPS)} * (0.8 + 0.4 * day / {DAYS}) "
        f"* (case when {weekend} then 0.7 else 1.1 end) * (0.5 + {u('wanted', own)})"
    )
    shown = f"cast(ceil(wanted / click_rate * (0.8 + 0.4 * {u('shown', own)})) as bigint)"
    price = number(group.campaign.click_price for group in _GROUPS)
    cost = money(f"clicks * {price} * (0.8 + 0.4 * {u('cpc', own)}) * {factor}")
    return f"""
    with ads as (
        select *, ad % {len(_GROUPS)} as ad_group_no from {days}, range({ads}) y(ad)
    ),
    asked as (
        select *, {of_group(group.campaign.platform for group in _GROUPS)} as platform,
            {wanted} as wanted,
            {number(group.campaign.click_rate for group in _GROUPS)} as click_rate
        from ads
    ),
    clicked as (
        select *, {shown} as impressions,
            cast(floor(wanted + {u("clicks", own)}) as bigint) as clicks
        from asked {restated}
    )
    select date '{company.FIRST_DAY}' + cast(day as integer) as date, platform,
        '0' || (123456780 + list_position({texts(_PLATFORMS)}, platform)) as account_id,
        'Europe/Warsaw' as account_timezone,
        {of_group(str(group.campaign_id) for group in _GROUPS)} as campaign_id,
        {of_group(group.way.campaign for group in _GROUPS)} as campaign,
        'g' || ad_group_no as ad_group_id,
        {of_group(group.name for group in _GROUPS)} as ad_group,
        'a' || (ad // {len(_GROUPS)}) as ad_id,
        nullif({of_group(group.keyword for group in _GROUPS)}, '') as keyword,
        {of_group(group.way.source for group in _GROUPS)} as source,
        {of_group(group.way.medium for group in _GROUPS)} as medium,
        greatest(impressions, clicks) as impressions, clicks,
        {cost} as cost,
        {of_group(_CURRENCIES.get(group.campaign.platform, "EUR") for group in _GROUPS)}
            as currency,
        {money(f"clicks * 0.06 * {u('converted', own)}")} as conversions
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


def _months() -> list[date]:
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
    for number, month in enumerate(_months()):
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
    """What is paid without an ad platform, by month, and what is planned for the months to come."""
    rows: list[tuple[object, ...]] = []
    size = plan.total / 1000

    def month_of(name: str, month: date, cost: tuple[object, ...]) -> None:
        last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        rows.append((f"{name}-{month:%Y%m}", month, last, *cost))

    for number, month in enumerate(_months()):
        leaflets = round(1420.5 * size * (1 + number % 3), 2)
        month_of(
            "ulotki", month, ("leaflet", "offline", "ulotki", leaflets, "PLN", "offline", False)
        )
        month_of(
            "agency", month, ("google", "cpc", None, round(250 * size, 2), "EUR", "agency", False)
        )
        month_of("numbers", month, ("call_tracking", None, None, 49.9, "EUR", "number_rent", False))
        month_of(
            "softmarket",
            month,
            ("softmarket", "marketplace", None, round(180 * size, 2), "EUR", "other", False),
        )
        if month.month in (3, 4, 5):
            month_of(
                "radio",
                month,
                (
                    "radio",
                    "offline",
                    "radio_wiosna",
                    round(6400 * size, 2),
                    "PLN",
                    "offline",
                    False,
                ),
            )
        if month.month in (12, 4, 8):
            month_of(
                "billboard",
                month,
                (
                    "billboard",
                    "offline",
                    "billboard_a2",
                    round(3900 * size, 2),
                    "PLN",
                    "offline",
                    False,
                ),
            )
        if month.month in (2, 6, 10):
            month_of(
                "targi",
                month,
                (
                    "trade_fair",
                    "offline",
                    "targi_poznan",
                    round(2500 * size, 2),
                    "EUR",
                    "offline",
                    False,
                ),
            )
    for month in (date(2026, 10, 1), date(2026, 12, 1)):
        plan_of_month = ("radio", "offline", "radio_jesien", round(1500 * size, 2), "EUR")
        month_of("radio-plan", month, (*plan_of_month, "offline", True))
    return rows
