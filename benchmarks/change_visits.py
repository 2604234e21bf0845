"""Simulated people examined several times, with a known change between the visits (benchmarks/change.py). All of it is simulated.

Every person has three visits in the same state, then three in others. Camera, distance, light, noise, pose of the head, effort and
timing are drawn anew for every visit. Even people have a palsy without synkinesis whose weakness changes branch by branch; odd ones
have synkinesis whose strength changes region by region while their weakness stays.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from core.analysis import analyse_track
from core.grading.change_rules import resting_pitch_deg
from core.grading.change_synkinesis import unwanted_name
from core.grading.change_types import Kind
from core.grading.synkinesis import REGION_SPECS, Region
from core.phantom.condition import Condition, Synkinesis
from core.phantom.drawing.identity import random_identity
from core.phantom.drawing.portrait import draw_portrait
from core.phantom.exam import ExamScript, custom_script
from core.phantom.motion import simulate
from core.phantom.portrait import Portrait
from core.phantom.render import Renderer
from core.phantom.truth import exact_track
from core.result import ExamResult
from core.words import BRANCHES, SIDES, AffectedSide, Side
from models.cohort import exams
from models.tracking import DEFAULT_TRACKER, tracker_factory

PORTRAIT_PX = 560
UNCHANGED, CHANGED = 3, 3
FIRST_DRAWN = {"calibrate": 21_000, "judge": 22_000}
MOST_CHANGE = 0.6
_SEED = 11
_LEAST_CHANGE = 0.05
_MOST_LOST_BEFORE, _MOST_LOST_BESIDES = 0.4, 0.3
_WEAKEST_LINK, _STRONGEST_LINK = 0.1, 0.4
_CHANGES_IN = 0.75


@dataclass(frozen=True)
class Person:
    """Who is examined: ``part`` is ``"calibrate"`` or ``"judge"``; ``photo`` is the name of a London photograph, or None."""

    number: int
    part: str
    photo: str | None = None

    @property
    def name(self) -> str:
        return f"drawn-{self.number}" if self.photo is None else f"london-{self.photo}"

    @property
    def synkinetic(self) -> bool:
        return self.number % 2 == 1


@dataclass(frozen=True)
class Visit:
    """One examination as it is kept: the truth by "branch:side" in points, and of unwanted movements of the affected side by
    "region:trigger", the pitch, what was measured, and what the same formulas make of exact landmarks with usual effort."""

    weakness: dict[str, float]
    synkinesis: dict[str, float]
    unwanted: dict[str, float]
    pitch_deg: float | None
    result: ExamResult
    exact: ExamResult


@dataclass(frozen=True)
class Examined:
    """A person with the visits that could be tracked; ``unchanged`` counts those of the first, same state."""

    person: str
    part: str
    synkinetic: bool
    side: Side
    unchanged: int
    visits: tuple[Visit, ...]

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Every earlier visit with every later one."""
        return combinations(range(len(self.visits)), 2)


def people(drawn: tuple[int, int], london: Path | None, photographs: tuple[int, int]) -> list[Person]:
    """Everybody; the parts have nobody in common: of the photographs every second one belongs to each."""
    found = []
    names = sorted(path.stem for path in (london / "neutral").glob("*.jpg")) if london is not None else []
    for i, (part, first) in enumerate(FIRST_DRAWN.items()):
        found += [Person(first + k, part) for k in range(drawn[i])]
        found += [Person(first + 500 + k, part, name) for k, name in enumerate(names[i::2][: photographs[i]])]
    return found


def conditions(person: Person) -> tuple[Side, list[Condition]]:
    """The affected side and the condition at every visit."""
    random = np.random.default_rng([_SEED, person.number])
    side = SIDES[int(random.integers(2))]
    base = Condition("", person=person.number, natural_asymmetry=float(random.uniform(0.02, 0.12)))
    steps = random.uniform(_LEAST_CHANGE, MOST_CHANGE, CHANGED)
    if person.synkinetic:
        lost = {(branch, side): float(random.uniform(0.0, _MOST_LOST_BESIDES)) for branch in BRANCHES}
        base = replace(base, attenuation=lost)
        links = {region: _link(region, random) for region in Region}
        made = [
            replace(base, synkinesis=_links(side, links, change)) for change in _changes(list(Region), steps, random)
        ]
    else:
        start = {branch: float(random.uniform(0.0, _MOST_LOST_BEFORE)) for branch in BRANCHES}
        made = [
            replace(base, attenuation={(branch, side): start[branch] + change[branch] for branch in BRANCHES})
            for change in _changes(list(BRANCHES), steps, random)
        ]
    return side, [replace(condition, name=f"visit {number}") for number, condition in enumerate(made)]


def _changes(what: list[Any], steps: np.ndarray, random: np.random.Generator) -> list[dict[Any, float]]:
    """What is added at every visit: nothing at the first ones, then one of the steps, or sometimes nothing, for each."""
    later: list[dict[Any, float]] = [{} for _ in steps]
    for item in what:
        for visit, step in zip(later, random.permutation(steps), strict=True):
            visit[item] = float(step) if random.random() < _CHANGES_IN else 0.0
    return [*(dict.fromkeys(what, 0.0) for _ in range(UNCHANGED)), *later]


def _link(region: Region, random: np.random.Generator) -> tuple[Any, float]:
    triggers = REGION_SPECS[region].triggers
    return triggers[int(random.integers(len(triggers)))], float(random.uniform(_WEAKEST_LINK, _STRONGEST_LINK))


def _links(side: Side, links: dict[Region, tuple[Any, float]], change: dict[Region, float]) -> tuple[Synkinesis, ...]:
    return tuple(
        Synkinesis(side, trigger, region, min(1.0, strength + change[region]))
        for region, (trigger, strength) in links.items()
    )


def script(repetitions: int, seed: int, effort: float) -> ExamScript:
    """Every core movement as often as asked, short and without blinks."""
    made = custom_script(exams.MOVEMENTS, repetitions, seed, timing=exams.COMPACT_TIMING)
    cues = tuple(replace(cue, amplitude=cue.amplitude * effort) for cue in made.cues)
    return replace(made, cues=cues, blinks=())


def examine(person: Person, london: Path | None, repetitions: int, tracker: str = DEFAULT_TRACKER) -> Examined:
    """All visits of a person; a visit at which the face is lost is left out."""
    factory = tracker_factory(tracker)
    # Who a photograph shows does not depend on the tracker that is judged.
    portrait = _portrait(person, london, tracker_factory())
    side, made = conditions(person)
    kept, unchanged = [], 0
    for number, condition in enumerate(made):
        visit = _visit(portrait, person, number, condition, side, factory, repetitions)
        if visit is not None:
            kept.append(visit)
            unchanged += number < UNCHANGED
    return Examined(person.name, person.part, person.synkinetic, side, unchanged, tuple(kept))


def _portrait(person: Person, london: Path | None, factory: Any) -> Portrait:
    if person.photo is None or london is None:
        return draw_portrait(random_identity(person.number), PORTRAIT_PX)
    from models.refinement.data import photo_portrait

    return photo_portrait(london / "neutral" / f"{person.photo}.jpg", factory)


def _visit(
    portrait: Portrait,
    person: Person,
    number: int,
    condition: Condition,
    side: Side,
    factory: Any,
    repetitions: int,
) -> Visit | None:
    random = np.random.default_rng([_SEED, person.number, number])
    renderer = Renderer(portrait, exams.random_camera(random), seed=int(random.integers(1 << 30)))
    pose, effort = random.standard_normal(3) * [2.0, 2.5, 3.0], float(random.uniform(0.9, 1.15))
    played = script(repetitions, int(random.integers(1 << 30)), effort)
    motion = simulate(portrait.shape_mm, condition, played, exams.FPS, int(random.integers(1 << 30)))
    made = exams.ExamPictures(motion, renderer, pose)
    frames = made.all_frames()
    track = exams.track_pictures(motion, frames, [made.picture(i) for i in frames], factory)
    if track is None:
        return None
    known = AffectedSide(side.value)
    result = analyse_track(track, segments=played.segments, side=known, simulated=True).result
    usual = simulate(portrait.shape_mm, condition, script(1, person.number, 1.0), exams.FPS, sway=0.0)
    exact = analyse_track(exact_track(usual), segments=usual.segments, side=known, simulated=True).result
    return Visit(
        {f"{b.value}:{s.value}": 100 * condition.weakness(b, s) for b in BRANCHES for s in SIDES},
        {f"{b.value}:{s.value}": 100 * condition.synkinesis_strength(b, s) for b in BRANCHES for s in SIDES},
        {unwanted_name(link.region, link.trigger): 100 * link.strength for link in condition.synkinesis},
        resting_pitch_deg(track, result),
        result,
        exact,
    )


def save(examined: Examined, file: Path) -> None:
    """Write JSON that ``load`` reads, whole or not at all."""
    visits = [
        vars(visit) | {"result": visit.result.model_dump(mode="json"), "exact": visit.exact.model_dump(mode="json")}
        for visit in examined.visits
    ]
    part = file.with_suffix(".part")
    part.write_text(json.dumps(vars(examined) | {"visits": visits}), encoding="utf-8")
    part.replace(file)


def load(file: Path) -> Examined:
    """Read what ``save`` wrote."""
    stored = json.loads(file.read_text(encoding="utf-8"))
    visits = tuple(
        Visit(**visit | {name: ExamResult.model_validate(visit[name]) for name in ("result", "exact")})
        for visit in stored["visits"]
    )
    return Examined(**stored | {"side": Side(stored["side"]), "visits": visits})


def truth(visit: Visit, kind: Kind, name: str, side: Side) -> float:
    """Points put in: of a branch's weakness or synkinesis, or of an unwanted movement ("region:trigger") of the affected side."""
    if kind is Kind.UNWANTED:
        return visit.unwanted.get(name, 0.0)
    return float(getattr(visit, kind.value)[f"{name}:{side.value}"])
