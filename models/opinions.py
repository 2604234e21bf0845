"""Second opinions of an analysis: the screen for synkinesis and the severity of every branch, by networks that ship.

The one place that makes both. A network that cannot be used costs one remark on the quality, never the analysis.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from core.analysis import Analysis
from core.errors import Cancelled, HemifaceError, UnavailableError
from core.key_frames import choose_key_frames, read_key_frames
from core.result import BranchOpinion, ExamResult, QualityEntry, Screening, SeverityOpinion, SideOpinion
from core.second_opinions import KeyFrame
from core.video.limits import DEFAULT_LIMITS, VideoLimits
from core.words import AffectedSide
from models.weights import WEIGHTS_FOLDER, shipped_models

if TYPE_CHECKING:
    from core.second_opinions import SeverityModel, SynkinesisScreener

SCREENER, SEVERITY_MODEL = "synkinesis_cnn", "severity_branches"
SCREENING_NOT_RUN, SEVERITY_NOT_RUN = "screening_not_run", "severity_opinion_not_run"
_WHAT = {SCREENING_NOT_RUN: "screen for synkinesis", SEVERITY_NOT_RUN: "second opinion on severity"}
BOTH_SIDES = "Both sides are affected, and the network learned from one-sided palsy only."
_NO_PICTURES = "no key picture could be read from the video."

Opinion = TypeVar("Opinion")


def make_screener() -> SynkinesisScreener:
    """The screen for synkinesis that ships; raises HemifaceError when it cannot be used."""
    _check_there(SCREENER)
    from models.screening.screener import SynkinesisCnn

    return SynkinesisCnn.from_weights(SCREENER)


def make_severity_model() -> SeverityModel:
    """The severity model that ships; raises HemifaceError when it cannot be used."""
    _check_there(SEVERITY_MODEL)
    from models.severity.assessor import SeverityRegression

    return SeverityRegression.from_weights(SEVERITY_MODEL)


def _check_there(name: str) -> None:
    """Before torch is imported for nothing."""
    if not (WEIGHTS_FOLDER / f"{name}.safetensors").is_file():
        raise UnavailableError(_missing(name), code="weights")


def _missing(name: str) -> str:
    return f"The weights {name}.safetensors are missing."


def screener_problem() -> str | None:
    """None when the weights of the screen are there and right, else one sentence; loads nothing."""
    model = shipped_models().get(SCREENER)
    return _missing(SCREENER) if model is None else model.problem


def screener_sha256() -> str:
    """Hash of the weights of the screen that ships now; "" when there are none."""
    model = shipped_models().get(SCREENER)
    return "" if model is None else model.sha256


@dataclass(frozen=True)
class OpinionModels:
    """How the two models are come by: made anew by default, or kept by a server."""

    screener: Callable[[], SynkinesisScreener]
    severity: Callable[[], SeverityModel]


def with_opinions(
    analysis: Analysis, video: Path, *, limits: VideoLimits = DEFAULT_LIMITS, models: OpinionModels | None = None
) -> Analysis:
    """The analysis with both opinions in its result, from the key frames of the video that was tracked."""
    try:
        frames = read_key_frames(video, analysis.track, choose_key_frames(analysis), limits=limits)
    except HemifaceError as problem:
        return replace(analysis, result=_noted(analysis.result, dict.fromkeys(_WHAT, problem.message)))
    return replace(analysis, result=opinions_of(analysis.result, frames, models))


def opinions_of(result: ExamResult, frames: Sequence[KeyFrame], models: OpinionModels | None = None) -> ExamResult:
    """The result with both opinions filled in; where a model cannot be used, with a remark that says why.

    Args:
        result: of the examination.
        frames: its key frames, rest among them.
        models: how the models are come by; None makes those that ship.
    """
    if not frames:
        return _noted(result, dict.fromkeys(_WHAT, _NO_PICTURES))
    models = models or OpinionModels(make_screener, make_severity_model)
    screening, no_screening = _asked(lambda: models.screener().screen(frames))
    severity, no_severity = _asked(lambda: models.severity().assess(result, frames))
    if result.affected_side is AffectedSide.BOTH:
        screening, severity = _unsaid_screening(screening), _unsaid_severity(severity)
    told = {SCREENING_NOT_RUN: no_screening, SEVERITY_NOT_RUN: no_severity}
    opinions = {"screening": screening, "severity_opinion": severity}
    return _noted(result.model_copy(update=opinions), {code: why for code, why in told.items() if why})


def _unsaid_screening(screening: Screening | None) -> Screening | None:
    """The same without an answer; single pictures keep theirs."""
    if screening is None or screening.verdict == "not_assessable":
        return screening
    unsaid = {"verdict": "not_assessable", "probability": None, "low": None, "high": None, "reason": BOTH_SIDES}
    return screening.model_copy(update=unsaid)


def _unsaid_severity(opinion: SeverityOpinion | None) -> SeverityOpinion | None:
    if opinion is None or opinion.reason:
        return opinion
    nothing = SideOpinion(severity=None, reason=BOTH_SIDES)
    branches = {branch: BranchOpinion(right=nothing, left=nothing) for branch in opinion.branches}
    return opinion.model_copy(update={"branches": branches, "reason": BOTH_SIDES})


def _asked(ask: Callable[[], Opinion]) -> tuple[Opinion | None, str]:
    """(the opinion, ""), or (None, why there is none)."""
    try:
        return ask(), ""
    except Cancelled:
        raise
    except HemifaceError as problem:
        return None, problem.message
    except Exception as problem:  # minutes of tracking must not be lost to a network
        if os.environ.get("HEMIFACE_DEBUG"):
            traceback.print_exc()
        return None, f"it failed here ({type(problem).__name__})."


def _noted(result: ExamResult, reasons: dict[str, str]) -> ExamResult:
    remarks = [
        QualityEntry(code=code, severity="info", message=f"The {_WHAT[code]} was not run: {_continued(why)}")
        for code, why in reasons.items()
    ]
    return result.model_copy(update={"quality": [*result.quality, *remarks]})


def _continued(sentence: str) -> str:
    """A sentence behind a colon."""
    return sentence if sentence[:2].isupper() else sentence[:1].lower() + sentence[1:]
