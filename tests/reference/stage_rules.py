"""The stages that deals reached once more, in plain Python, from the rules alone (see rules.py)."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from tests.reference import rules
from tests.reference.click_rules import Clicks
from tests.reference.rules import NONE, Row, words

COLUMNS = {
    "fct_deal_steps": words(
        """
        deal_id created_date pipeline stage stage_position stage_kind owner_user_id source
        is_entered is_reached is_passed is_now is_lost_here stays_count
        """
    ),
    "rpt_bottlenecks": words(
        """
        created_month pipeline stage stage_position source owner_user_id reached passed dropped
        dropped_lost dropped_open lost_amount_rc hours_sum hours_count
        """
    ),
    "rpt_bottleneck_ranks": words("created_month pipeline stage reached dropped drop_share rank"),
}
KEYS = {
    "fct_deal_steps": words("deal_id pipeline stage"),
    "rpt_bottlenecks": words("created_month pipeline stage source owner_user_id"),
    "rpt_bottleneck_ranks": words("created_month pipeline stage"),
}
"""The compared columns, and those that name a row."""


def stage_tables(clicks: Clicks) -> dict[str, list[Row]]:
    """The rows of these tables, in no particular order."""
    been = {(v["deal_id"], v["pipeline"]): None for v in rules._deal_stages(clicks.world)}
    been |= {(deal["deal_id"], deal["pipeline"]): None for deal in clicks.deals}
    deals = {deal["deal_id"]: deal for deal in clicks.deals}
    steps = [
        step
        for deal_id, pipeline in been
        if deal_id in deals
        for step in _Path(clicks, deals[deal_id], pipeline).steps()
    ]
    # A lost stage is no step of the way: nobody passes it.
    reached = [step for step in steps if step["is_reached"] and step["stage_kind"] != "lost"]
    shown = COLUMNS["fct_deal_steps"]
    return {
        "fct_deal_steps": [{name: step[name] for name in shown} for step in steps],
        "rpt_bottlenecks": _bottlenecks(reached),
        "rpt_bottleneck_ranks": _ranks(reached),
    }


class _Path:
    """The way of a deal through the stages of a pipeline that it is or was in."""

    def __init__(self, clicks: Clicks, deal: Row, pipeline: str) -> None:
        self.world, self.deal, self.pipeline = clicks.world, deal, pipeline
        self.is_own = pipeline == deal["pipeline"]
        visits = rules._deal_stages(self.world)
        mine = [visit for visit in visits if visit["pipeline"] == self.pipeline]
        self.visits = [visit for visit in mine if visit["deal_id"] == deal["deal_id"]]
        self.entered = {visit["stage"] for visit in self.visits}
        listed = {stage for pipeline, stage in self.world.stages if pipeline == self.pipeline}
        cards = {other["stage"] for other in clicks.deals if other["pipeline"] == self.pipeline}
        self.stages = (listed | cards | {visit["stage"] for visit in mine}) - {None}
        before_loss = [v["stage"] for v in self.visits if self._kind(v["stage"]) != "lost"]
        self.lost_in = before_loss[-1] if before_loss else deal["stage"]

    def _kind(self, stage: str) -> str | None:
        return self.world.kind(self.pipeline, stage)

    def _is_passed(self, stage: str) -> bool:
        """Did it go on to a later stage, or was it won?"""
        place = self.world.position(self.pipeline, stage)
        later = [
            self.world.position(self.pipeline, other)
            for other in self.entered
            if self._kind(other) in ("open", "won")
        ]
        return self.deal["is_won"] or (place is not None and any(at > place for at in later))

    def steps(self) -> list[Row]:
        deal = self.deal
        rows = []
        for stage in self.stages:
            hours = [visit["hours"] for visit in self.visits if visit["stage"] == stage]
            stays = [each for each in hours if each is not None]
            is_passed, kind = self._is_passed(stage), self._kind(stage)
            row = {
                **{name: deal[name] for name in words("deal_id created_date source")},
                "pipeline": self.pipeline,
                "stage": stage,
                "stage_position": self.world.position(self.pipeline, stage),
                "stage_kind": kind,
                "owner_user_id": deal["owner_user_id"] or NONE,
                "is_entered": stage in self.entered,
                "is_reached": stage in self.entered or (is_passed and kind != "lost"),
                "is_passed": is_passed,
                "is_now": self.is_own and deal["stage"] == stage,
                "is_lost_here": self.is_own and deal["is_lost"] and self.lost_in == stage,
                "stays_count": len(stays),
                "hours": sum(stays),
                "deal": deal,
            }
            if row["is_entered"] or row["is_reached"] or row["is_now"] or row["is_lost_here"]:
                rows.append(row)
        return rows


def _bottlenecks(reached: list[Row]) -> list[Row]:
    names = KEYS["rpt_bottlenecks"]
    cells: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for step in reached:
        step["created_month"] = step["created_date"].replace(day=1)
        cells[tuple(step[name] for name in names)].append(step)
    rows = []
    for key, steps in cells.items():
        dropped = [step["deal"] for step in steps if not step["is_passed"]]
        lost = [deal["amount_rc"] for deal in dropped if not deal["is_open"]]
        rows.append(
            {
                **dict(zip(names, key, strict=True)),
                "stage_position": steps[0]["stage_position"],
                "reached": len(steps),
                "passed": len(steps) - len(dropped),
                "dropped": len(dropped),
                "dropped_lost": len(lost),
                "dropped_open": len(dropped) - len(lost),
                "lost_amount_rc": rules.total(lost) if lost else Decimal(0),
                "hours_sum": float(sum(step["hours"] for step in steps)),
                "hours_count": sum(step["stays_count"] for step in steps),
            }
        )
    return rows


def _ranks(reached: list[Row]) -> list[Row]:
    cells: dict[tuple[object, ...], list[bool]] = defaultdict(list)
    for step in reached:
        key = step["created_date"].replace(day=1), step["pipeline"], step["stage"]
        cells[key].append(not step["is_passed"])
    shares = {key: sum(drops) / len(drops) for key, drops in cells.items()}
    return [
        {
            **dict(zip(KEYS["rpt_bottleneck_ranks"], key, strict=True)),
            **{"reached": len(drops), "dropped": sum(drops), "drop_share": shares[key]},
            "rank": 1 + sum(o[:2] == key[:2] and s > shares[key] for o, s in shares.items()),
        }
        for key, drops in cells.items()
    ]
