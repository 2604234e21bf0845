"""The screen for synkinesis as pages and commands use it: gate, probability with its interval, and what spoke for it (Grad-CAM)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from core.errors import InputError
from core.result import ImageScreening, Screening
from core.second_opinions import KeyFrame
from models.face_crops import FACE_MASK, SIZE_PX, crop_matrix, face_crop
from models.registry import device, sha256_of
from models.screening.calibration import OperatingPoint, Platt
from models.screening.checkpoints import Checkpoint, Layout, load_checkpoint
from models.screening.data import ExamFacts, ScreeningData
from models.screening.gate import examination_refusal, refusal
from models.screening.inference import as_tensor, logits_of, prepared
from models.weights import WEIGHTS_FOLDER, is_path

_SHIFTS_PX = ((0.0, 0.0), (1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0))


class SynkinesisCnn:
    """``core.second_opinions.SynkinesisScreener`` with a network of ours. Not to be called by two threads at once."""

    def __init__(self, checkpoint: Checkpoint, name: str, sha256: str) -> None:
        if checkpoint.layout is not Layout.HEMIFACE or checkpoint.size_px != SIZE_PX or checkpoint.calibration is None:
            raise InputError(
                f"The weights {name} are not those of a screen that looks at aligned faces.", code="weights"
            )
        self._device = device()
        self._network = prepared(checkpoint.network(), self._device)
        self._calibration = checkpoint.calibration
        self._name, self._sha256 = name, sha256

    @classmethod
    def from_weights(cls, name_or_path: str | Path = "synkinesis_cnn") -> SynkinesisCnn:
        """With shipped weights by name, or a file of ours; raises HemifaceError when they cannot be used."""
        checkpoint = load_checkpoint(name_or_path)
        path = Path(name_or_path) if is_path(name_or_path) else WEIGHTS_FOLDER / f"{name_or_path}.safetensors"
        return cls(checkpoint, path.stem, sha256_of(path))

    def screen(self, frames: Sequence[KeyFrame]) -> Screening:
        """The probability of every picture and of the examination.

        Pictures of which nobody knows the expression are loose ones: their mean is judged at the operating point of pictures.
        """
        loose = all(frame.expression is None for frame in frames)
        platt = self._calibration.picture if loose else self._calibration.exam
        point = self._calibration.picture_point if loose else self._calibration.exam_point
        reasons = [refusal(frame.image, frame.points) for frame in frames]
        usable = [frame for frame, reason in zip(frames, reasons, strict=True) if reason is None]
        looks = self._looks(usable) if usable else []
        pictures = iter(self._calibration.picture.probability(looks[0].picture).tolist() if looks else [])
        per_image = [
            ImageScreening(
                time_s=frame.time_s,
                expression=frame.expression,
                probability=next(pictures) if reason is None else None,
                reason=reason,
            )
            for frame, reason in zip(frames, reasons, strict=True)
        ]
        why = examination_refusal([frame.expression for frame in frames], reasons)
        if why is not None:
            return self._answer("not_assessable", point, per_image, reason=why)
        logits = np.array([float(look.picture.mean() if loose else look.exam[0]) for look in looks])
        probability = float(platt.probability(logits[0]))
        low, high = _interval(platt, logits, probability)
        return self._answer(_verdict(probability, point), point, per_image, (probability, low, high))

    def explain(self, frame: KeyFrame) -> np.ndarray:
        """(H, W) float32 from 0 to 1: how much each place of the picture spoke for synkinesis (Grad-CAM); 0 outside the crop."""
        from captum.attr import LayerGradCam

        picture = as_tensor(face_crop(frame.image, frame.points)[None], self._device)
        network = self._network
        found = LayerGradCam(lambda x: network.picture_logits(network.embed(x)), network.stem).attribute(
            picture, relu_attributions=True
        )
        seen = found.detach().float().cpu().numpy()[:, 0]
        # The stem sees the picture and its mirror image: both say something of places in the picture.
        heat = cv2.resize(seen[0] + seen[-1][:, ::-1] * (len(seen) > 1), (SIZE_PX, SIZE_PX)) * FACE_MASK
        heat = np.clip(heat / max(float(heat.max()), 1e-9), 0.0, 1.0).astype(np.float32)
        height, width = frame.image.shape[:2]
        placed = cv2.warpAffine(heat, crop_matrix(frame.points), (width, height), flags=cv2.INTER_LINEAR)
        return np.clip(placed, 0.0, 1.0)

    def _looks(self, frames: Sequence[KeyFrame]):
        crops = np.stack([face_crop(frame.image, frame.points) for frame in frames])
        facts = ExamFacts("", "", "", "test", "", "none", 0.0, False)
        expressions = tuple(frame.expression for frame in frames)
        whose = np.zeros(len(frames), np.int64)
        return [
            logits_of(self._network, ScreeningData(_shifted(crops, shift), whose, expressions, (facts,)), self._device)
            for shift in _SHIFTS_PX
        ]

    def _answer(
        self,
        verdict: str,
        point: OperatingPoint,
        per_image: list[ImageScreening],
        found: tuple[float | None, float | None, float | None] = (None, None, None),
        reason: str | None = None,
    ) -> Screening:
        probability, low, high = found
        return Screening(
            verdict=verdict,  # type: ignore[arg-type]
            probability=probability,
            low=low,
            high=high,
            threshold=point.threshold,
            unsure_from=point.unsure_from,
            model=self._name,
            weights_sha256=self._sha256,
            per_image=per_image,
            reason=reason,
        )


def _shifted(crops: np.ndarray, shift: tuple[float, float]) -> np.ndarray:
    if shift == (0.0, 0.0):
        return crops
    matrix = np.array([[1.0, 0.0, shift[0]], [0.0, 1.0, shift[1]]])
    return np.stack([cv2.warpAffine(c, matrix, (SIZE_PX, SIZE_PX), borderMode=cv2.BORDER_REPLICATE) for c in crops])


def _interval(platt: Platt, logits: np.ndarray, probability: float) -> tuple[float, float]:
    """95 % of looks by draws, and never without the probability itself."""
    low, high = np.percentile(platt.drawn(logits), [2.5, 97.5])
    return float(min(low, probability)), float(max(high, probability))


def _verdict(probability: float, point: OperatingPoint) -> str:
    if probability >= point.threshold:
        return "flagged"
    return "unsure" if probability >= point.unsure_from else "not_flagged"
