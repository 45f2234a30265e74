"""The rules of the pipeline's reports once more, in plain Python; see rules.py for the reason.

A deal is followed day by day, from its creation to the eve of as_of; what the SQL adds up from
movements is counted here on every day anew.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from statistics import NormalDist, mean, median
from typing import TYPE_CHECKING

from tests.reference import rules
from tests.reference.rules import NONE, Row, World, delivered, words

if TYPE_CHECKING:
    from tests.reference.click_rules import Clicks

ONE_DAY = timedelta(days=1)
CENT = Decimal("0.01")

COLUMNS = {
    "rpt_pipeline_daily": words(
        """
        date_day pipeline stage stage_position owner_user_id owner_name team deals_open
        deals_without_amount amount_rc weighted_rc deals_created deals_won deals_lost
        """
    ),
    "rpt_pipeline_changes": words(
        "month pipeline owner_user_id owner_name movement deals deals_without_amount amount_rc"
    ),
    "rpt_win_rates": words(
        """
        month dimension member won lost won_rc lost_rc win_rate win_rate_low win_rate_high
        win_rate_value is_low_sample
        """
    ),
    "rpt_teams": words(
        """
        date_basis date_day team user_id pipeline deals_created deals_won deals_lost revenue_rc
        cycle_days_sum cycle_days_count
        """
    ),
    "rpt_velocity": words(
        """
        month pipeline team deals_open won lost win_rate win_rate_low win_rate_high deal_value
        cycle_days cycle_days_p50 velocity_rc_per_day
        """
    ),
}
KEYS = {
    "rpt_pipeline_daily": words("date_day pipeline stage owner_user_id"),
    "rpt_pipeline_changes": words("month pipeline owner_user_id movement"),
    "rpt_win_rates": words("month dimension member"),
    "rpt_teams": words("date_basis date_day team user_id pipeline"),
    "rpt_velocity": words("month pipeline team"),
}
"""The compared columns, and those that name a row."""


@dataclass
class Deal:
    """What a deal's versions and stage events say it was on a day."""

    world: World
    record: Row
    row: Row
    versions: list[tuple[date, Row]] = field(init=False)
    events: list[tuple[date, Row]] = field(init=False)

    def __post_init__(self) -> None:
        world, clocks = self.world, self.world.clocks
        deal_id, self.created = self.record["deal_id"], self.row["created_date"]
        known = world.deal_versions[deal_id]
        first_day = min(version["_delivery_date"] for version in known)

        def since(version: Row) -> datetime:
            is_first = version["_delivery_date"] == first_day
            start = clocks.start(version["_delivery_date"])
            return version["updated_at"] or (version["created_at"] if is_first else start)

        def on(moment: datetime) -> date:
            return max(clocks.day(moment), self.created)

        versions = sorted(known, key=lambda version: (since(version), delivered(version)))
        self.versions = [(on(since(v)), v) for v in versions if since(v) < clocks.as_of]
        events = [event for event in world.tables["deal_stages"] if event["deal_id"] == deal_id]
        events.sort(key=lambda event: rules._stage_order(world, event))
        self.events = [(on(event["occurred_at"]), event) for event in events]
        self.events.sort(key=lambda each: each[0])
        self.periods = self._periods()

    def version(self, day: date) -> Row | None:
        """The version that held when a day ended."""
        return next((version for at, version in reversed(self.versions) if at <= day), None)

    def place(self, day: date) -> tuple[str, str]:
        """The pipeline and stage in which the deal stood when a day ended."""
        event = next((event for at, event in reversed(self.events) if at <= day), None)
        card = event or self.version(day) or self.record
        return card["pipeline"], card["stage"] or NONE

    def cell(self, day: date) -> tuple[str, str, str]:
        """The pipeline, stage and owner of the deal when a day ended."""
        version = self.version(day) or self.record
        return *self.place(day), version["owner_user_id"] or NONE

    def amount(self, day: date) -> Decimal | None:
        """The amount of a day, at the deal's one rate."""
        version = self.version(day) or self.record
        rate_day = self.row["outcome_date"] or self.created
        return self.world.converted(version["amount"], version["currency"], rate_day)

    def _periods(self) -> list[tuple[date, str]]:
        """When the deal became open, won, lost or deleted, in order."""
        days = sorted({self.created, *(at for at, _ in self.versions + self.events)})
        said = []
        for day in days:
            version = self.version(day)
            if day == days[-1]:
                said.append((day, self.row["status"], self.row["outcome_date"]))
            elif version is not None:
                kind = self.world.kind(*self.place(day))
                closed = self.world.clocks.day(version["closed_at"])
                said.append((day, version["status"] or kind or "open", closed))
        found: list[list[tuple[date, str, date | None]]] = [
            list(group) for _, group in groupby(said, key=lambda each: _standing(each[1]))
        ]
        periods: list[tuple[date, str]] = []
        for index, group in enumerate(found):
            first_day, (_, status, closed) = group[0][0], group[-1]
            begun = first_day
            if status in ("won", "lost"):
                begun = closed or first_day
                if index + 1 < len(found) and begun >= found[index + 1][0][0]:
                    continue
            if periods and _standing(periods[-1][1]) == _standing(status):
                continue
            if not periods and status == "open":
                begun = self.created
            periods.append((max(begun, periods[-1][0] if periods else self.created), status))
        return periods

    def is_open(self, day: date) -> bool:
        """Whether the deal was open when a day ended."""
        begun = [status for at, status in self.periods if at <= day]
        return day >= self.created and (not begun or begun[-1] == "open")

    def movements(self, day: date) -> list[tuple[tuple[str, str, str], str, int, Decimal | None]]:
        """What the deal did to the pipeline on a day: cell, movement, deals and amount."""
        found = []
        cell, amount = self.cell(day), self.amount(day)
        if day > self.created and self.is_open(day - ONE_DAY):
            cell_before, amount_before = self.cell(day - ONE_DAY), self.amount(day - ONE_DAY)
            if (cell[0], cell[2]) != (cell_before[0], cell_before[2]):
                found.append((cell_before, "owner_out", -1, amount_before))
                found.append((cell, "owner_in", 1, amount_before))
            if amount != amount_before:
                change = (amount or 0) - (amount_before or 0)
                is_down = change < 0 or amount is None
                found.append((cell, "amount_down" if is_down else "amount_up", 0, change))
                found[-1] = (*found[-1], (amount is None) - (amount_before is None))
        if day == self.created:
            found.append((cell, "created", 1, amount))
        before = "open"
        for number, (at, status) in enumerate(self.periods):
            if at == day and status != "open" and before == "open":
                found.append((cell, status, -1, amount))
            if at == day and status == "open" and number > 0:
                found.append((cell, "reopened", 1, amount))
            before = status
        return found


def _standing(status: str) -> str:
    return "decided" if status in ("won", "lost") else status


def deals_of(clicks: Clicks) -> list[Deal]:
    """The company's deals; completes those of ``clicks`` by their team."""
    world = clicks.world
    records = {record["deal_id"]: record for record in world.tables["deals"]}
    for row in clicks.deals:
        is_decided = row["outcome_date"] is not None
        asked = (row["closed_in_order"] or row["created_at"]) if is_decided else None
        row["team"] = world.team(row["manager_user_id"], asked or world.clocks.as_of)
    return [Deal(world, records[row["deal_id"]], row) for row in clicks.deals]


def pipeline_tables(clicks: Clicks) -> dict[str, list[Row]]:
    """The rows of the pipeline's reports, in no particular order."""
    world, deals = clicks.world, deals_of(clicks)
    return {
        "rpt_pipeline_daily": _daily(clicks, deals),
        "rpt_pipeline_changes": _changes(world, deals),
        "rpt_win_rates": _win_rates(clicks.deals),
        "rpt_teams": _teams(clicks.deals),
        "rpt_velocity": _velocity(world, deals),
    }


def today_of(world: World) -> date:
    return world.clocks.day(world.clocks.as_of)


def _days(world: World, first: date) -> list[date]:
    return [first + n * ONE_DAY for n in range((today_of(world) - first).days)]


class Chances:
    """What came of the deals that entered a stage, as known on the morning of a day."""

    def __init__(self, clicks: Clicks) -> None:
        self.world = clicks.world
        self.deals = [deal for deal in clicks.deals if deal["outcome_date"]]
        self.entered: dict[tuple[str, str], dict[str, list[date | None]]] = defaultdict(dict)
        for visit in rules._deal_stages(clicks.world):
            deals = self.entered[visit["pipeline"], visit["stage"]]
            entered = self.world.clocks.day(visit["entered_at"])
            deals.setdefault(visit["deal_id"], []).append(entered)

    def _decided(self, pipeline: str, stage: str, at: date) -> list[tuple[Row, list[date | None]]]:
        """The deals decided in the year before that had entered the stage, with their entries."""
        found = []
        for deal in self.deals:
            entered = self.entered[pipeline, stage].get(deal["deal_id"], [])
            days = [day for day in entered if day is None or day < at]
            if days and at - 365 * ONE_DAY <= deal["outcome_date"] < at:
                found.append((deal, days))
        return found

    def chance(self, pipeline: str, stage: str, at: date) -> Fraction:
        """The chance of winning a deal in the stage, to the twelve digits that are published."""
        listed = self.world.stages.get((pipeline, stage))
        if listed and listed["probability"] is not None:
            return Fraction(listed["probability"])
        decided = self._decided(pipeline, stage, at)
        won = sum(deal["is_won"] for deal, _ in decided)
        return Fraction(round(Fraction(won + 1, len(decided) + 2), 12))

    def days_to_win(self, pipeline: str, stage: str, at: date) -> int:
        """The whole days in which half of the deals won from the stage were won; 0 without any."""
        days = [
            max(0, (deal["outcome_date"] - min(entered)).days)
            for deal, entered in self._decided(pipeline, stage, at)
            if deal["is_won"] and deal["closed_date"] and None not in entered
        ]
        return math.floor(median(days)) if days else 0


def _daily(clicks: Clicks, deals: list[Deal]) -> list[Row]:
    world, today = clicks.world, today_of(clicks.world)
    sums: dict[tuple[object, ...], Row] = defaultdict(
        lambda: {
            **dict.fromkeys(words("deals_open deals_without_amount deals_created"), 0),
            **{"deals_won": 0, "deals_lost": 0, "amounts": []},
        }
    )
    for deal in deals:
        for day in _days(world, deal.created):
            if deal.is_open(day):
                row = sums[day, *deal.cell(day)]
                row["deals_open"] += 1
                row["deals_without_amount"] += deal.amount(day) is None
                row["amounts"].append(deal.amount(day))
        if deal.created < today:
            sums[deal.created, *deal.cell(deal.created)]["deals_created"] += 1
        outcome = deal.row["outcome_date"]
        if outcome and outcome < today:
            row = sums[outcome, *deal.cell(max(outcome, deal.created))]
            row[f"deals_{deal.row['status']}"] += 1
    chances, by_stage = Chances(clicks), {}
    rows = []
    for (day, pipeline, stage, owner), row in sums.items():
        amounts = row.pop("amounts")
        amount = rules.total(amounts) if amounts else Decimal(0)
        if (pipeline, stage) not in by_stage:
            by_stage[pipeline, stage] = chances.chance(pipeline, stage, today)
        chance = by_stage[pipeline, stage]
        weighted = None if amount is None else rounded(Fraction(amount) * chance)
        key = {"date_day": day, "pipeline": pipeline, "stage": stage, "owner_user_id": owner}
        evening = world.clocks.start((day + ONE_DAY).isoformat())
        rows.append(
            {
                **key,
                **row,
                "stage_position": world.position(pipeline, stage),
                "owner_name": world.users.get(owner),
                "team": world.team(owner, evening),
                "amount_rc": amount,
                "weighted_rc": weighted,
            }
        )
    return rows


def rounded(value: Fraction) -> Decimal:
    """In cents, half away from zero."""
    cents = int(abs(value) * 100 + Fraction(1, 2))
    return (cents if value >= 0 else -cents) * CENT


def _changes(world: World, deals: list[Deal]) -> list[Row]:
    today = today_of(world)
    sums: dict[tuple[object, ...], list[Decimal]] = defaultdict(lambda: [0, 0, Decimal(0)])

    def add(key: tuple[object, ...], count: int, unknown: int, amount: Decimal | None) -> None:
        for place, value in enumerate((count, unknown, amount or Decimal(0))):
            sums[key][place] += value

    for deal in deals:
        for day in _days(world, deal.created):
            month = day.replace(day=1)
            for cell, movement, count, amount, *unknown in deal.movements(day):
                sign = unknown[0] if unknown else count * (amount is None)
                value = -amount if amount and count < 0 else amount
                add((month, cell[0], cell[2], movement), count, sign, value)
            next_day = day + ONE_DAY
            if deal.is_open(day) and (next_day.day == 1 or next_day == today):
                pipeline, _, owner = deal.cell(day)
                standing = (1, int(deal.amount(day) is None), deal.amount(day))
                add((month, pipeline, owner, "closing"), *standing)
                if next_day != today:
                    add((next_day, pipeline, owner, "opening"), *standing)
    return [
        {
            **{"month": month, "pipeline": pipeline, "owner_user_id": owner},
            **{"owner_name": world.users.get(owner), "movement": movement},
            **{"deals": count, "deals_without_amount": unknown, "amount_rc": amount},
        }
        for (month, pipeline, owner, movement), (count, unknown, amount) in sums.items()
    ]


def wilson(won: int, decided: int) -> tuple[float, float]:
    """The 95 % bounds of a share, as Wilson gave them."""
    z = NormalDist().inv_cdf(0.975)
    share = won / decided
    middle = share + z * z / (2 * decided)
    reach = z * math.sqrt((share * (1 - share) + z * z / (4 * decided)) / decided)
    return tuple((middle + side * reach) / (1 + z * z / decided) for side in (-1, 1))


def _win_rates(deals: list[Row]) -> list[Row]:
    named = {"all": None, "manager": "manager_user_id"}
    dimensions = words(
        "all pipeline product team manager source channel campaign competitor lost_reason"
    )
    cells: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for deal in deals:
        if deal["outcome_date"] is not None:
            month = deal["outcome_date"].replace(day=1)
            for dimension in dimensions:
                column = named.get(dimension, dimension)
                member = "(all)" if column is None else deal[column] or NONE
                cells[month, dimension, member].append(deal)
    rows = []
    for (month, dimension, member), found in cells.items():
        amounts = {
            is_won: [deal["amount_rc"] for deal in found if deal["is_won"] is is_won]
            for is_won in (True, False)
        }
        won, lost = len(amounts[True]), len(amounts[False])
        won_rc, lost_rc = (
            rules.total(amounts[is_won]) if amounts[is_won] else Decimal(0)
            for is_won in (True, False)
        )
        is_known = won_rc is not None and lost_rc is not None and won_rc + lost_rc != 0
        low, high = wilson(won, won + lost)
        rows.append(
            {
                **{"month": month, "dimension": dimension, "member": member},
                **{"won": won, "lost": lost, "won_rc": won_rc, "lost_rc": lost_rc},
                "win_rate": won / (won + lost),
                "win_rate_low": low,
                "win_rate_high": high,
                "win_rate_value": float(won_rc / (won_rc + lost_rc)) if is_known else None,
                "is_low_sample": won + lost < 30,
            }
        )
    return rows


def _teams(deals: list[Row]) -> list[Row]:
    cells: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for deal in deals:
        member = (deal["team"] or NONE, deal["manager_user_id"] or NONE, deal["pipeline"])
        for basis in ("created", "outcome"):
            if deal[f"{basis}_date"] is not None:
                cells[basis, deal[f"{basis}_date"], *member].append(deal)
    rows = []
    for key, found in cells.items():
        cycles = [deal["cycle_days"] for deal in found if deal["cycle_days"] is not None]
        rows.append(
            {
                **dict(zip(KEYS["rpt_teams"], key, strict=True)),
                "deals_created": len(found) if key[0] == "created" else 0,
                "deals_won": sum(deal["is_won"] for deal in found),
                "deals_lost": sum(deal["is_lost"] for deal in found),
                "revenue_rc": rules.total(deal["revenue_rc"] for deal in found),
                "cycle_days_sum": sum(cycles, 0.0),
                "cycle_days_count": len(cycles),
            }
        )
    return rows


def _velocity(world: World, deals: list[Deal]) -> list[Row]:
    eve = today_of(world) - ONE_DAY
    cells: dict[tuple[str, str], list[Deal]] = defaultdict(list)
    for deal in deals:
        cells[deal.row["pipeline"], deal.row["team"] or NONE].append(deal)
    first = min((deal.created for deal in deals), default=eve)
    first = min([first, *(d.row["outcome_date"] or first for d in deals)])
    days = [first + n * ONE_DAY for n in range((eve - first).days + 1)]
    rows = []
    for end in (day for day in days if day == eve or (day + ONE_DAY).day == 1):
        for (pipeline, team), found in cells.items():
            opened = sum(deal.is_open(end) for deal in found)
            decided = [
                deal.row
                for deal in found
                if deal.row["outcome_date"] and 0 <= (end - deal.row["outcome_date"]).days < 90
            ]
            won = [row for row in decided if row["is_won"]]
            values = [float(row["amount_rc"]) for row in won if row["amount_rc"] is not None]
            cycles = [row["cycle_days"] for row in won if row["cycle_days"] is not None]
            if not opened and not decided:
                continue
            rate = len(won) / len(decided) if decided else None
            low, high = wilson(len(won), len(decided)) if decided else (None, None)
            value = mean(values) if values else None
            cycle = mean(cycles) if cycles else None
            velocity = opened * rate * value / cycle if value is not None and cycle else None
            rows.append(
                {
                    **{"month": end.replace(day=1), "pipeline": pipeline, "team": team},
                    **{"deals_open": opened, "won": len(won), "lost": len(decided) - len(won)},
                    **{"win_rate": rate, "win_rate_low": low, "win_rate_high": high},
                    **{"deal_value": value, "cycle_days": cycle},
                    "cycle_days_p50": median(cycles) if cycles else None,
                    "velocity_rc_per_day": velocity,
                }
            )
    return rows
