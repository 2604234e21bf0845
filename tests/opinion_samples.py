"""Stand-ins for the networks of second opinions, and opinions as they stand in results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from core.errors import UnavailableError
from core.exam.protocol import Expression
from core.result import BranchOpinion, ExamResult, ImageScreening, Screening, SeverityOpinion, SideOpinion
from core.second_opinions import KeyFrame
from core.words import Branch

THRESHOLD, UNSURE_FROM = 0.6, 0.3
SHA256 = "c0ffee" * 10 + "beef"
Verdict = Literal["flagged", "unsure", "not_flagged", "not_assessable"]


def verdict_of(probability: float) -> Verdict:
    return "flagged" if probability >= THRESHOLD else "unsure" if probability >= UNSURE_FROM else "not_flagged"


@dataclass
class FakeScreener:
    """Takes brightness for synkinesis: a white picture has probability 1. Black pictures are not assessable."""

    shown: list[list[KeyFrame]] = field(default_factory=list)
    explained: list[KeyFrame] = field(default_factory=list)

    def screen(self, frames: Sequence[KeyFrame]) -> Screening:
        self.shown.append(list(frames))
        pictures = [_picture(frame) for frame in frames]
        known = [picture.probability for picture in pictures if picture.probability is not None]
        if not known:
            return screening(None, pictures=pictures, reason="The pictures are too dark.")
        return screening(float(np.mean(known)), pictures=pictures)

    def explain(self, frame: KeyFrame) -> np.ndarray:
        """The patient's right half spoke for it."""
        self.explained.append(frame)
        heat = np.zeros(frame.image.shape[:2], np.float32)
        heat[:, : frame.image.shape[1] // 2] = 1.0
        return heat


def _picture(frame: KeyFrame) -> ImageScreening:
    light = float(frame.image.mean()) / 255
    dark = light < 0.02
    return ImageScreening(
        time_s=frame.time_s,
        expression=frame.expression,
        probability=None if dark else round(light, 3),
        reason="The picture is too dark." if dark else None,
    )


@dataclass
class FakeSeverityModel:
    """Says 40 for the buccal branch of the right side, and knows nothing of the neck."""

    shown: list[list[KeyFrame]] = field(default_factory=list)

    def assess(self, result: ExamResult, frames: Sequence[KeyFrame]) -> SeverityOpinion:  # noqa: ARG002 - as asked
        self.shown.append(list(frames))
        return severity_opinion()


@dataclass
class RefusingModel:
    """Cannot be used, in one of two ways."""

    problem: Exception = field(default_factory=lambda: UnavailableError("The weights are missing."))

    def screen(self, frames: Sequence[KeyFrame]) -> Screening:  # noqa: ARG002
        raise self.problem

    def explain(self, frame: KeyFrame) -> np.ndarray:  # noqa: ARG002
        raise self.problem

    def assess(self, result: ExamResult, frames: Sequence[KeyFrame]) -> SeverityOpinion:  # noqa: ARG002
        raise self.problem


def install_stand_ins() -> None:
    """Let this process use the stand-ins for the networks that ship."""
    from models import opinions

    opinions.make_screener = FakeScreener
    opinions.make_severity_model = FakeSeverityModel
    opinions.screener_problem = lambda: None
    opinions.screener_sha256 = lambda: SHA256


def screening(
    probability: float | None,
    *,
    pictures: Sequence[ImageScreening] = (),
    spread: float = 0.1,
    reason: str | None = None,
) -> Screening:
    """A screening as it stands in a result; None is not assessable."""
    known = probability is not None
    return Screening(
        verdict=verdict_of(probability) if probability is not None else "not_assessable",
        probability=probability,
        low=max(0.0, probability - spread) if probability is not None else None,
        high=min(1.0, probability + spread) if probability is not None else None,
        threshold=THRESHOLD,
        unsure_from=UNSURE_FROM,
        model="synkinesis_cnn",
        weights_sha256=SHA256,
        per_image=list(pictures),
        reason=None if known else reason or "The face was turned away.",
    )


def pictures_at_key_frames(result: ExamResult, probability: float = 0.5) -> list[ImageScreening]:
    """A picture at rest and one of every movement of a result, each a little more likely than the one before."""
    moments: list[tuple[Expression, float]] = [(Expression.REST, 1.0)]
    for expression, entry in result.expressions.items():
        if entry.key_frame_s is not None:
            moments.append((expression, entry.key_frame_s))
    return [
        ImageScreening(time_s=time_s, expression=expression, probability=min(1.0, probability + 0.01 * number))
        for number, (expression, time_s) in enumerate(moments)
    ]


def severity_opinion() -> SeverityOpinion:
    """Every branch but the cervical one."""
    unknown = SideOpinion(severity=None, reason="The neck was not seen.")
    values = {
        Branch.TEMPORAL: (20.0, 2.0),
        Branch.ZYGOMATIC: (30.0, 3.0),
        Branch.BUCCAL: (40.0, 4.0),
        Branch.MARGINAL_MANDIBULAR: (50.0, 5.0),
    }
    branches = {
        branch: BranchOpinion(right=_side(right, 8.0), left=_side(left, 4.0))
        for branch, (right, left) in values.items()
    }
    branches[Branch.CERVICAL] = BranchOpinion(right=unknown, left=unknown)
    return SeverityOpinion(model="severity_branches", weights_sha256=SHA256, branches=branches)


def _side(severity: float, spread: float) -> SideOpinion:
    return SideOpinion(severity=severity, low=max(0.0, severity - spread), high=severity + spread)
