"""What is wrong with a simulated face, drawn at random for one of three groups; nothing else may depend on the group."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

import numpy as np

from core.grading.synkinesis import REGION_SPECS, Region
from core.phantom.condition import Condition, Synkinesis, synkinetic
from core.words import BRANCHES, SIDES, Branch, Side

LEAST_STRENGTH = 0.35
_WEAKEST, _MOST_LEFT = 0.3, 0.5
_NATURAL_ASYMMETRY = 0.12
_KEPT_LINKS = 0.8


class Group(StrEnum):
    """Kinds of patients: palsy without synkinesis is the one that a screen must not take for synkinesis (reference F4)."""

    HEALTHY = "healthy"
    FLACCID = "flaccid"
    SYNKINETIC = "synkinetic"


def random_condition(group: Group, person: int, random: np.random.Generator) -> Condition:
    """A condition of a group.

    Flaccid: 0.3 to 1 of the movement is lost, of the whole side (each branch a little differently), of one or of two branches.
    Synkinetic: the usual pattern with links left out and links of other kinds, or other links alone; the strongest link between
    eye and mouth has at least ``LEAST_STRENGTH``; up to half of the movement is lost besides.

    Args:
        group: which.
        person: seed of the natural differences of the face.
        random: what to draw from.
    """
    side = SIDES[int(random.integers(2))]
    asymmetry = float(random.uniform(0.02, _NATURAL_ASYMMETRY))
    if group is Group.HEALTHY:
        condition = Condition("Healthy")
    elif group is Group.FLACCID:
        condition = Condition(f"Flaccid palsy, {side.label}", _lost(side, random))
    else:
        weakness = {(branch, side): float(random.uniform(0.0, _MOST_LEFT)) for branch in BRANCHES}
        condition = replace(Condition(f"Synkinesis, {side.label}", weakness), synkinesis=_links(side, random))
    return replace(condition, person=person, natural_asymmetry=asymmetry)


def _lost(side: Side, random: np.random.Generator) -> dict[tuple[Branch, Side], float]:
    severity = float(random.uniform(_WEAKEST, 1.0))
    kind = random.random()
    if kind < 0.5:
        return {(b, side): float(np.clip(severity + random.uniform(-0.2, 0.2), 0.1, 1.0)) for b in BRANCHES}
    testable = [branch for branch in BRANCHES if branch is not Branch.CERVICAL]
    count = 1 if kind < 0.8 else 2
    chosen = random.choice(len(testable), size=count, replace=False)
    return {(testable[int(i)], side): float(random.uniform(_WEAKEST, 1.0)) for i in chosen}


def _links(side: Side, random: np.random.Generator) -> tuple[Synkinesis, ...]:
    strength = float(random.uniform(LEAST_STRENGTH, 1.0))
    links: dict[tuple[object, object], float] = {}
    if random.random() < 0.75:
        for link in synkinetic(side, strength).synkinesis:
            if random.random() < _KEPT_LINKS:
                links[link.trigger, link.region] = link.strength * float(random.uniform(0.7, 1.2))
    pairs = [(trigger, region) for region, spec in REGION_SPECS.items() for trigger in spec.triggers]
    for i in random.choice(len(pairs), size=int(random.integers(0, 3)), replace=False):
        links[pairs[int(i)]] = strength * float(random.uniform(0.4, 1.0))
    between = [pair for pair in pairs if pair[1] in (Region.EYE, Region.MOUTH_CORNER)]
    if max((links.get(pair, 0.0) for pair in between), default=0.0) < LEAST_STRENGTH:
        links[between[int(random.integers(len(between)))]] = strength
    return tuple(
        Synkinesis(side, trigger, region, float(np.clip(links[trigger, region], 0.05, 1.0)))
        for trigger, region in pairs
        if (trigger, region) in links
    )
