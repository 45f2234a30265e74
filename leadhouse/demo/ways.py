"""The ways to the company as SQL expressions: each takes the position of a way, or gives one."""

from __future__ import annotations

from collections.abc import Iterable

from leadhouse.demo.company import CAMPAIGNS, KEYWORDS, SOURCE_TAGS, STATIC_NUMBERS, WAYS, Way
from leadhouse.demo.dice import texts
from leadhouse.demo.plan import Plan

WEB = sum(1 for way in WAYS if way.visits)
"""The ways up to this position bring visits; the others are offline."""


def of_everybody(plan: Plan, salt: str, index: str = "b") -> str:
    """A way by its share of the contacts."""
    return _drawn(plan, salt, index, [way.contacts for way in WAYS])


def of_visits(plan: Plan, salt: str, index: str) -> str:
    """A way by its share of the visits."""
    return _drawn(plan, salt, index, [way.visits for way in WAYS[:WEB]])


def _drawn(plan: Plan, salt: str, index: str, weights: list[float]) -> str:
    known = {str(number): weight for number, weight in enumerate(weights, start=1)}
    return f"cast({plan.dice.weighted(salt, known, index)} as integer)"


def of_tag() -> str:
    """The way that the column ``tag`` stands for, and the chance that its contact came by it."""
    arms = " ".join(
        f"when '{tag.tag}' then {_position(tag.source, tag.medium, tag.campaign)}"
        for tags in SOURCE_TAGS.values()
        for tag in tags
    )
    return f"(case tag {arms} end)"


def chance_of_tag() -> str:
    """How likely a contact with the column ``tag`` came by the way that it stands for."""
    arms = " ".join(
        f"when '{tag.tag}' then {tag.own}" for tags in SOURCE_TAGS.values() for tag in tags
    )
    return f"(case tag {arms} end)"


def _position(source: str, medium: str, campaign: str) -> int:
    labels = [(way.source, way.medium, way.campaign) for way in WAYS]
    return labels.index((source, medium, campaign)) + 1


def label(part: str, way: str) -> str:
    """The way's source, medium or campaign; NULL where it has none. Nobody is told of `direct`."""
    return _listed(way, ("" if one.source == "direct" else getattr(one, part) for one in WAYS))


def written_by_hand(way: str, roll: str) -> str:
    """Its source as people type it into a card; ``roll`` is a uniform number."""
    source = label("source", way)
    return (
        f"case when {roll} < 0.10 then upper(left({source}, 1)) || substr({source}, 2) "
        f"when {roll} < 0.13 then ' ' || upper({source}) else {source} end"
    )


def utm(part: str, way: str) -> str:
    """The same, as the address of a visit carries it: ways with a referrer have none."""
    return f"case when {referrer(way)} is null then {label(part, way)} end"


def referrer(way: str) -> str:
    """The page that its visits come from."""
    return _listed(way, (one.referrer for one in WAYS))


def quality(way: str) -> str:
    """How well those who come by it buy."""
    return f"([{', '.join(str(float(one.quality)) for one in WAYS)}])[{way}]"


def origins(way: str) -> str:
    """How people who come by it get in touch, a key of the company's ORIGINS."""
    return _listed(way, (one.origins for one in WAYS))


def is_paid(way: str) -> str:
    """Whether an ad platform bills its clicks."""
    bought = [str(number) for number, one in enumerate(WAYS, start=1) if one.campaign in CAMPAIGNS]
    return f"{way} in ({', '.join(bought)})"


def printed_number(way: str) -> str:
    """The static number that stands for it."""
    numbers = {(row[2], row[3]): row[0] for row in STATIC_NUMBERS}
    return _listed(way, (numbers.get((one.source, one.medium), "") for one in WAYS))


def keyword(way: str, roll: str) -> str:
    """One of the way's search terms by ``roll``, a whole number; NULL where it buys none."""
    return f"case when {roll} % 2 = 0 then {_keyword(way, 0)} else {_keyword(way, 1)} end"


def _keyword(way: str, ad_group: int) -> str:
    return _listed(way, (keyword_of(one, ad_group) for one in WAYS))


def keyword_of(way: Way, ad_group: int) -> str:
    """The search term of an ad group; empty where the way buys none, or has no such group."""
    searches = [name for name, campaign in CAMPAIGNS.items() if campaign.is_search]
    if way.campaign not in searches:
        return ""
    group = ad_group % len(CAMPAIGNS[way.campaign].ad_groups)
    return KEYWORDS[(searches.index(way.campaign) * 2 + group) % len(KEYWORDS)]


def _listed(way: str, values: Iterable[str]) -> str:
    return f"nullif(({texts(values)})[{way}], '')"
