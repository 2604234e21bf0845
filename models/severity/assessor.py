"""``SeverityRegression``: the second opinion on severity that an analysis asks for (core.second_opinions.SeverityModel)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from core.result import BranchOpinion, ExamResult, SeverityOpinion, SideOpinion
from core.second_opinions import KeyFrame
from core.words import BRANCHES, SIDES, Branch, Side
from models.face_crops import face_crop
from models.severity.checkpoints import Checkpoint, load_checkpoint
from models.severity.data import ExamFacts, SeverityData, joined, severity_exam
from models.severity.features import LEARNED_BRANCHES
from models.severity.inference import LEAST_MOVEMENTS, Predictions, feature_distance, known_movements, predict
from models.weights import WEIGHTS_FOLDER, is_path

CERVICAL_REASON = "No movement of the standard examination tests the neck, so the network did not learn it."
_UNTESTED_REASON = "No movement that tests this branch was measured or pictured."
_TOO_LITTLE_REASON = f"Fewer than {LEAST_MOVEMENTS} movements were measured or pictured."
_UNLIKE_REASON = "The measurements are unlike those of the examinations that the network learned from."
_DIGITS = 1


class SeverityRegression:
    """Severity of every branch from the measurements and key pictures of an examination.

    Args:
        checkpoint: a trained network.
        name: of the model.
        weights_sha256: hash of its file.
    """

    def __init__(self, checkpoint: Checkpoint, name: str, weights_sha256: str) -> None:
        self.checkpoint = checkpoint
        self.name = name
        self.weights_sha256 = weights_sha256
        self._network = checkpoint.network()

    @classmethod
    def from_weights(cls, name_or_path: str | Path = "severity_branches") -> SeverityRegression:
        """A shipped model by name, or one of our files by path; raises UnavailableError when it cannot be used."""
        path = Path(name_or_path) if is_path(name_or_path) else WEIGHTS_FOLDER / f"{name_or_path}.safetensors"
        checkpoint = load_checkpoint(name_or_path)
        return cls(checkpoint, path.stem, hashlib.sha256(path.read_bytes()).hexdigest())

    def assess(self, result: ExamResult, frames: Sequence[KeyFrame]) -> SeverityOpinion:
        """Severity with its 80 % interval of every branch that can be assessed; of the others, why not.

        Args:
            result: what was measured.
            frames: key pictures; the first at rest and of each movement counts, and any may be missing.
        """
        crops = [(frame.expression, face_crop(frame.image, frame.points)) for frame in frames]
        exam = severity_exam(ExamFacts("", "", "", "test"), result, crops)
        data = joined([exam])
        refused = self._refused(data)
        predictions = predict(self.checkpoint, data, torch.device("cpu"))
        branches = {branch: self._branch(branch, predictions, refused) for branch in BRANCHES}
        return SeverityOpinion(
            model=self.name, weights_sha256=self.weights_sha256, branches=branches, reason=refused or None
        )

    def _refused(self, data: SeverityData) -> str:
        """Why nothing may be said of an examination; "" when something may."""
        if int(known_movements(data).sum()) < LEAST_MOVEMENTS:
            return _TOO_LITTLE_REASON
        distance = float(feature_distance(self._network, data.kinematics)[0])
        return _UNLIKE_REASON if distance > self.checkpoint.reach else ""

    def _branch(self, branch: Branch, predictions: Predictions, refused: str) -> BranchOpinion:
        right, left = (self._side(branch, side, predictions, refused) for side in SIDES)
        return BranchOpinion(right=right, left=left)

    def _side(self, branch: Branch, side: Side, predictions: Predictions, refused: str) -> SideOpinion:
        if branch not in LEARNED_BRANCHES:
            return SideOpinion(severity=None, reason=CERVICAL_REASON)
        if refused:
            return SideOpinion(severity=None, reason=refused)
        at = (0, SIDES.index(side), LEARNED_BRANCHES.index(branch))
        severity, low, high = (
            round(float(values[at]), _DIGITS) for values in (predictions.severity, predictions.low, predictions.high)
        )
        if not np.isfinite(severity):
            return SideOpinion(severity=None, reason=_UNTESTED_REASON)
        return SideOpinion(severity=severity, low=low, high=high)
