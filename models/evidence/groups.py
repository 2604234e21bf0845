"""Sub-groups of people: gender and ethnicity as people of the London set reported them, and a measured skin tone for everybody.

The individual typology angle (ITA; Chardon, Cretois and Hourseau 1991, 10.1111/j.1467-2494.1991.tb00561.x) of a picture depends on
the light and the camera's white balance. It is a proxy, not the skin's colour, and is called so wherever it is shown.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from core.errors import InputError
from core.face.landmarks import MESH478
from core.statistics.intervals import Interval
from models.evidence.statistics import Cases, accuracy, auc, estimate, proportion, sensitivity, specificity

if TYPE_CHECKING:
    from models.evidence.store import Limits, PersonFacts

FEWEST_PEOPLE = 30
_RIGHT_CHEEK = (50, 205)
_FOREHEAD = (151, 9)
_OUTER_CANTHI = (33, 263)
_PATCH = 0.06  # half side of a patch, of the distance of the outer canthi
# From above: the angle from which on a tone is called so (Del Bino and Bernerd 2013, 10.1111/bjd.12529).
_TONES = ((55.0, "very light"), (41.0, "light"), (28.0, "intermediate"), (10.0, "tan"), (-30.0, "brown"))
_DARKEST = "dark"


@dataclass(frozen=True)
class SelfReport:
    """What a person of the London set reported."""

    gender: str
    ethnicity: str


def read_self_reports(path: Path) -> dict[str, SelfReport]:
    """Person ("london 002") -> self-report, from the set's people.csv; InputError when it cannot be used."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return {f"london {row['face_id']}": SelfReport(row["face_gender"], row["face_eth"]) for row in rows}
    except OSError as problem:
        raise InputError(f"The file {path.name} cannot be read.", code="people") from problem
    except (KeyError, csv.Error, UnicodeDecodeError) as problem:
        raise InputError(
            f"The file {path.name} is not the list of people of the London set.", code="people"
        ) from problem


def ita_degrees(image: np.ndarray, points: np.ndarray) -> float | None:
    """Individual typology angle in degrees: arctan((L* - 50) / b*), of the median colour of both cheeks and the forehead.

    Args:
        image: (H, W, 3) uint8 RGB.
        points: (478, 2 or 3) MESH478 points in its pixels.

    Returns:
        None when none of the patches lies in the picture.
    """
    half = max(1, round(_PATCH * float(np.linalg.norm(points[_OUTER_CANTHI[0], :2] - points[_OUTER_CANTHI[1], :2]))))
    patches = []
    for index in (*_RIGHT_CHEEK, *MESH478.mirrored(_RIGHT_CHEEK), *_FOREHEAD):
        x, y = (round(float(value)) for value in points[index, :2])
        patch = image[max(0, y - half) : max(0, y + half + 1), max(0, x - half) : max(0, x + half + 1)]
        patches.append(patch.reshape(-1, 3))
    pixels = np.concatenate(patches)
    if not len(pixels):
        return None
    lab = cv2.cvtColor((pixels[None] / np.float32(255)).astype(np.float32), cv2.COLOR_RGB2LAB)[0]
    lightness, _, yellow = np.median(lab, axis=0)
    return float(np.degrees(np.arctan2(lightness - 50.0, max(float(yellow), 1e-3))))


def tone_of(ita_deg: float) -> str:
    """Name of the skin tone of an angle."""
    return next((name for least, name in _TONES if ita_deg > least), _DARKEST)


def groups_of(people: Mapping[str, PersonFacts]) -> dict[str, dict[str, list[str]]]:
    """Kind of grouping -> group -> people."""
    found: dict[str, dict[str, list[str]]] = {}
    for person, facts in sorted(people.items()):
        tone = None if facts.ita_deg is None else tone_of(facts.ita_deg)
        for kind, group in (
            ("gender, self-reported", facts.gender),
            ("ethnicity, self-reported", facts.ethnicity),
            ("skin tone, measured (ITA: a proxy)", tone),
        ):
            if group is not None:
                found.setdefault(kind, {}).setdefault(group.replace("_", " "), []).append(person)
    order = [name for _, name in _TONES] + [_DARKEST]
    return {
        kind: dict(sorted(groups.items(), key=lambda item: (order.index(item[0]) if item[0] in order else 0, item[0])))
        for kind, groups in found.items()
    }


@dataclass(frozen=True)
class SubgroupRow:
    """How the screen does in one group of people.

    Attributes:
        kind, group: e.g. "gender, self-reported" and "female".
        test_people, exams: of the test people.
        auc, sensitivity, specificity, accuracy, accuracy_passed: None where fewer than ``FEWEST_PEOPLE`` people were tested; the
            last one of what the gate lets pass.
        gate_people: people of every split: the gate learned from none of them.
        rejection: share of examinations that the gate refused; None for fewer than ``FEWEST_PEOPLE`` people.
    """

    kind: str
    group: str
    test_people: int
    exams: int
    auc: Interval | None
    sensitivity: Interval | None
    specificity: Interval | None
    accuracy: Interval | None
    accuracy_passed: Interval | None
    gate_people: int
    rejection: Interval | None


def subgroup_rows(
    cases: Cases,
    people: Mapping[str, PersonFacts],
    limits: Limits,
    seed: int = 0,
    passed: Cases | None = None,
) -> list[SubgroupRow]:
    """One row a group.

    Args:
        cases: examinations of the test people.
        people: all people of the cohort.
        limits: the operating point.
        seed: of the resamples.
        passed: those of the examinations that the gate lets pass; None when it was not asked.
    """
    return [
        _row(kind, group, members, (cases, passed), people, limits, seed)
        for kind, groups in groups_of(people).items()
        for group, members in groups.items()
    ]


def _row(
    kind: str,
    group: str,
    members: Sequence[str],
    both: tuple[Cases, Cases | None],
    people: Mapping[str, PersonFacts],
    limits: Limits,
    seed: int,
) -> SubgroupRow:
    cases, passed = both
    some = cases.of(np.isin(cases.people, list(members)))
    enough = some.person_count >= FEWEST_PEOPLE
    right = accuracy(limits.threshold)
    measures = (auc, sensitivity(limits.threshold), specificity(limits.threshold), right)
    found = [estimate(measure, some, seed) if enough else None for measure in measures]
    left = None if passed is None else passed.of(np.isin(passed.people, list(members)))
    found.append(estimate(right, left, seed) if left is not None and left.person_count >= FEWEST_PEOPLE else None)
    asked = [name for name in members if people[name].exams]
    refused = np.array([n < people[name].refused for name in asked for n in range(people[name].exams)], bool)
    whose = np.array([name for name in asked for _ in range(people[name].exams)])
    return SubgroupRow(
        kind,
        group,
        some.person_count,
        len(some),
        *found,
        len(asked),
        proportion(refused, whose, seed) if len(asked) >= FEWEST_PEOPLE else None,
    )
