"""The model card of a severity network; its figures come from the stored predictions, so that a test can make them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.statistics.intervals import Interval
from core.words import Branch
from models.card import Metric, ModelCard
from models.severity.features import LEARNED_BRANCHES
from models.severity.inference import LEAST_MOVEMENTS
from models.severity.predictions import PredictionRow
from models.severity.report import ALL, METHODS, Score, affected, common, score, spared
from models.training_card import CommonTold, Made, common_fields

_INTERVAL = "95 %, 2,000 bootstrap resamples of the people"
COMPARED = ("severity", "rule_based")


@dataclass(frozen=True)
class Told(CommonTold):
    """What a training of severity cannot know of itself.

    Attributes:
        simulated: whether the palsy is simulated.
        truth: what severity means in the test examinations.
    """

    simulated: bool = False
    truth: str = "The branch scores of the manifest, from 0 to 100."
    caveats: str = "The ratings of the manifest are taken as true; how well raters agree was not measured here."


def test_rows(rows: Sequence[PredictionRow]) -> list[PredictionRow]:
    """The rows of test people."""
    return [row for row in rows if row.split == "test"]


def metrics_of(rows: Sequence[PredictionRow], data: str) -> tuple[Metric, ...]:
    """The figures of the card from predictions: of test people, on cases that both methods assess.

    Args:
        rows: of a predictions file; other splits are left out.
        data: what they are, in a few words.
    """
    some = common(test_rows(rows), COMPARED)
    metrics: list[Metric] = []
    for branch in (*(b.value for b in LEARNED_BRANCHES), ALL):
        for where, chosen in (("affected sides", affected(some)), ("all sides", some)):
            for method in COMPARED:
                metrics += _metrics(score(chosen, method, branch), where, data)
    return tuple(metrics)


def subgroups_of(rows: Sequence[PredictionRow], data: str) -> tuple[Metric, ...]:
    """Mean absolute error by source, by group of the examination, and in spared branches of weak sides."""
    some = common(test_rows(rows), COMPARED)
    parts = {f"source {name}": [r for r in some if r.source == name] for name in sorted({r.source for r in some})}
    parts |= {f"group {name}": [r for r in some if r.group == name] for name in sorted({r.group for r in some} - {""})}
    parts["sound branches of weak sides"] = spared(some)
    return tuple(
        _metric(f"MAE, {name}, {METHODS[method]}", score(chosen, method).mae, "points of severity", data, chosen)
        for name, chosen in parts.items()
        if chosen
        for method in COMPARED
    )


def model_card(
    told: Told, rows: Sequence[PredictionRow], made: Made, *, learned: tuple[int, int], best_epoch: int
) -> ModelCard:
    """The card; its hash is filled in when the weights are written.

    Args:
        told: what the training cannot know.
        rows: predictions of validation and test people.
        made: how it was made.
        learned: how many people and examinations were learned from.
        best_epoch: kept.
    """
    people, exams = learned
    tested = test_rows(rows)
    return ModelCard(
        **common_fields(
            replace(told, sources=f"{told.sources} {exams} examinations."),
            made,
            real_people=0 if told.simulated else people,
            simulated_people=people if told.simulated else 0,
        ),
        intended_use=(
            "A second opinion on the weakness of the temporal, zygomatic, buccal and marginal mandibular branch of both sides, "
            "from 0 to 100, beside the rule-based score and never instead of it: research and development."
        ),
        out_of_scope=(
            "Diagnosis, decisions on treatment, the cervical branch (no movement of the standard examination tests it), children, "
            "profiles, fewer than three movements."
        ),
        inputs_and_preprocessing=(
            "Excursions, closure, changes of distances, resting differences and unwanted movements of both sides from the "
            "analysis; grey crops of 160 pixels (models/face_crops.py) at rest and at the main movement of every branch. Own "
            "side beside other side through the same weights; what is missing is masked."
        ),
        evaluation_data=(
            f"{told.data}: {len({row.person for row in tested})} people, {len({row.exam for row in tested})} examinations. "
            f"{told.truth}"
        ),
        metrics=metrics_of(rows, told.data),
        operating_point="None: a severity and its interval are told, no yes or no.",
        subgroup_results=subgroups_of(rows, told.data),
        confound_probes=(
            "Severity is what was put in or rated, not what was measured. The same network shown measurements alone and "
            "pictures alone stands beside it in docs/accuracy.md. Not done yet: probes of the background, "
            "which the crop paints over."
        ),
        calibration=(
            "Temperatures of the bins, one a branch, so that the 80 % interval holds at least 80 % of the truths of validation "
            "people, of all sides and of affected sides; coverage on test people is among the metrics."
        ),
        quality_gate=(
            f"Null with a reason: fewer than {LEAST_MOVEMENTS} movements, no movement of the branch, or measurements unlike those "
            "that it learned from. Poor repetitions are left out before (core/exam/quality.py)."
        ),
        ethical_risks="It may fit people less well who look or move unlike those that it learned from; subgroups are small.",
        caveats=f"{told.caveats} The epoch that was best on validation people was kept ({best_epoch}).",
    )


def _metrics(found: Score, where: str, data: str) -> list[Metric]:
    if not found.cases:
        return []
    branch = found.branch if found.branch == ALL else Branch(found.branch).label.lower()
    name = f"{branch}, {where}, {METHODS[found.method]}"
    parts: dict[str, tuple[Interval | None, str]] = {
        "MAE": (found.mae, "points of severity"),
        "Spearman": (found.spearman, "1"),
        "grade at most 1 off": (found.adjacent, "1"),
        "in the 80 % interval": (found.coverage, "1"),
    }
    return [
        _metric(f"{what}, {name}", interval, unit, data, None, found)
        for what, (interval, unit) in parts.items()
        if interval is not None and interval.value is not None
    ]


def _metric(
    name: str,
    interval: Interval,
    unit: str,
    data: str,
    rows: Sequence[PredictionRow] | None,
    found: Score | None = None,
) -> Metric:
    cases, people = (found.cases, found.people) if found else (len(rows or ()), len({row.person for row in rows or ()}))
    value = round(interval.value or 0.0, 3)
    known = interval.low is not None and interval.high is not None
    return Metric(
        name=name,
        value=value,
        unit=unit,
        low=min(round(interval.low or 0.0, 3), value) if known else None,
        high=max(round(interval.high or 0.0, 3), value) if known else None,
        interval=f"{_INTERVAL if known else 'no interval'}, n = {cases} sides of {people} people",
        data=data,
    )
