"""Live values of one movement for a conference or for exercises with feedback: excursions of both sides and their symmetry.

Live values are not measurements. They come without mirror averaging, quality gates and repetitions, and nothing is kept of them;
an examination is recorded and analysed (``core.analysis``). Excursions are changes from a short rest of the same person a moment
before. docs/performance.md says how far they are off for the simulated patient.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.checks import check_option
from core.exam.protocol import Expression
from core.face.landmarks import STABLE_POINTS
from core.face.millimetres import face_millimetres
from core.face.pose import fit_similarity, head_pose, to_face_axes
from core.measures.curves import MEASURES
from core.measures.movement import COMMISSURE, MOVEMENT_SPECS
from core.measures.static import commissure
from core.words import SIDES, Side

# Without the snarl, whose weak side a single look at each picture shows too poorly.
LIVE_MOVEMENTS: tuple[Expression, ...] = (
    Expression.BROW_RAISE,
    Expression.EYES_GENTLE,
    Expression.SMILE_OPEN,
    Expression.PUCKER,
    Expression.EEE,
)
REST_S = 2.0
_FEWEST_REST_FRAMES = 10
# Wider than in an examination (core.exam.quality): a live value is not kept, and an exercise goes on while the head moves.
TURN_LIMIT_DEG = np.array([10.0, 15.0, 15.0])
_TURNS = (
    "The head is turned to the side. Look straight at the camera.",
    "The head is tilted up or down. Hold it as at rest.",
    "The head is tilted to a shoulder. Hold it upright.",
)
_DISTANCE_WINDOW_S = 1.0
_LONGEST_PAUSE_S = 0.5
_NOISE_SD = 3.0
_MOST_NOISE = 3.0
# Up and away from the midline, until the corner shows where it goes.
_SMILE_DIRECTION = np.array([1.0, 1.0]) / np.sqrt(2.0)


class LivePhase(StrEnum):
    """What a live view is doing."""

    NO_FACE = "no_face"
    REST = "rest"
    MOVING = "moving"


@dataclass(frozen=True)
class LiveValues:
    """Values of one moment.

    Attributes:
        phase: no face, learning the rest, or values.
        right_mm, left_mm: change from rest in the intended direction of the patient's right and left, millimetres; None without.
        symmetry_pct: 100 x weaker / stronger, 0 to 100; None with a ``reason``.
        reason: why there is no symmetry or no value, one sentence.
        rest_done: part of the rest that is learned, 0 to 1.
    """

    phase: LivePhase
    right_mm: float | None = None
    left_mm: float | None = None
    symmetry_pct: float | None = None
    reason: str = ""
    rest_done: float = 0.0


class OneEuroFilter:
    """Low-pass filter whose cutoff rises with the speed: calm at rest, prompt in a movement (Casiez 2012, 10.1145/2207676.2208639).

    Args:
        min_cutoff_hz: cutoff of a value that stands still.
        speed_coefficient: by how many hertz the cutoff rises for each unit a second.
        derivative_cutoff_hz: cutoff of the speed itself.
    """

    def __init__(
        self, min_cutoff_hz: float = 1.5, speed_coefficient: float = 0.3, derivative_cutoff_hz: float = 1.0
    ) -> None:
        self._min_cutoff_hz = min_cutoff_hz
        self._speed_coefficient = speed_coefficient
        self._derivative_cutoff_hz = derivative_cutoff_hz
        self._last: tuple[float, np.ndarray, np.ndarray] | None = None

    def __call__(self, time_s: float, values: np.ndarray) -> np.ndarray:
        """Filtered ``values``, any shape, each for itself; times increase. A longer pause begins anew."""
        if self._last is None or time_s - self._last[0] > _LONGEST_PAUSE_S:
            self._last = (time_s, values, np.zeros_like(values))
            return values
        before_s, before, speed = self._last
        interval_s = max(time_s - before_s, 1e-3)
        keep = _share(self._derivative_cutoff_hz, interval_s)
        speed = speed + keep * ((values - before) / interval_s - speed)
        follow = _share(self._min_cutoff_hz + self._speed_coefficient * np.abs(speed), interval_s)
        filtered = before + follow * (values - before)
        self._last = (time_s, filtered, speed)
        return filtered


def _share(cutoff_hz: float | np.ndarray, interval_s: float) -> np.ndarray:
    """Part of a step that a first-order low-pass filter follows within an interval."""
    return np.asarray(1.0 / (1.0 + 1.0 / (2.0 * np.pi * cutoff_hz * interval_s)))


@dataclass(frozen=True)
class _Rest:
    """The own rest: (R, 478, 3) millimetres in the face frame, their median, and the pose of the head in degrees."""

    points_mm: np.ndarray
    shape_mm: np.ndarray
    pose_deg: np.ndarray


class LiveMeasure:
    """Follows one face from picture to picture; one object a viewer, not shared between threads.

    Args:
        movement: one of ``LIVE_MOVEMENTS``.
    """

    def __init__(self, movement: Expression = Expression.SMILE_OPEN) -> None:
        self._rest: _Rest | None = None
        self._resting: list[tuple[float, np.ndarray]] = []
        self._scales: deque[tuple[float, float]] = deque()
        self.choose(movement)

    def choose(self, movement: Expression) -> None:
        """Show another movement; the rest stays."""
        check_option("movement", movement, LIVE_MOVEMENTS)
        self.movement = movement
        self._spec = MOVEMENT_SPECS[movement]
        self._filter = OneEuroFilter()
        self._direction = _SMILE_DIRECTION
        self._learn_baseline()

    def rest_now(self) -> None:
        """Forget the rest and learn it anew from the next pictures."""
        self._rest = None
        self._resting.clear()

    def update(self, time_s: float, points_px: np.ndarray | None) -> LiveValues:
        """Values of the next picture.

        Args:
            time_s: when it was taken; increases.
            points_px: (478, 3) MESH478 pixels, or None without a face.
        """
        if points_px is None:
            return LiveValues(LivePhase.NO_FACE, reason="No face in the picture.", rest_done=self._rest_done)
        pose_deg = head_pose(points_px[None])[0]
        if self._rest is None:
            return self._learn_rest(time_s, points_px, pose_deg)
        turned = np.abs(pose_deg - self._rest.pose_deg) > TURN_LIMIT_DEG
        if turned.any():
            return LiveValues(LivePhase.MOVING, reason=_TURNS[int(np.argmax(turned))], rest_done=1.0)
        values = self._signal(self._millimetres(time_s, points_px, self._rest)) - self._baseline
        return self._told(self._filter(time_s, values))

    # --- rest -------------------------------------------------------------------------------------

    @property
    def _rest_done(self) -> float:
        if self._rest is not None:
            return 1.0
        if not self._resting:
            return 0.0
        lasted = (self._resting[-1][0] - self._resting[0][0]) / REST_S
        return float(min(lasted, len(self._resting) / _FEWEST_REST_FRAMES, 0.99))

    def _learn_rest(self, time_s: float, points_px: np.ndarray, pose_deg: np.ndarray) -> LiveValues:
        if abs(pose_deg[0]) > TURN_LIMIT_DEG[0]:
            return LiveValues(LivePhase.REST, reason=_TURNS[0], rest_done=self._rest_done)
        if self._resting and time_s - self._resting[-1][0] > _LONGEST_PAUSE_S:
            self._resting.clear()
        self._resting.append((time_s, points_px))
        if time_s - self._resting[0][0] >= REST_S and len(self._resting) >= _FEWEST_REST_FRAMES:
            self._finish_rest()
        return LiveValues(LivePhase.REST, reason="Relax your face.", rest_done=self._rest_done)

    def _finish_rest(self) -> None:
        times = np.array([time_s for time_s, _ in self._resting])
        pixels = np.stack([points for _, points in self._resting])
        face = face_millimetres(times, pixels, np.ones(len(times), bool))
        self._resting.clear()
        if face.mm_per_px is None:  # no eye was seen open: begin again
            return
        points_mm = face.points.astype(float)
        self._rest = _Rest(points_mm, np.median(points_mm, axis=0), np.median(head_pose(pixels), axis=0))
        self._scales.clear()
        self._filter = OneEuroFilter()
        self._learn_baseline()

    def _learn_baseline(self) -> None:
        """Rest value of the chosen movement's signal, and the change from it that is no more than noise."""
        self._noise_mm = self._spec.noise_mm
        if self._rest is None:
            return
        signal = self._signal(self._rest.points_mm)
        self._baseline = np.median(signal, axis=0)
        spread = 1.4826 * np.median(np.abs(signal - self._baseline), axis=0)
        self._noise_mm *= float(np.clip(_NOISE_SD * spread.max() / self._noise_mm, 1.0, _MOST_NOISE))

    # --- values -----------------------------------------------------------------------------------

    def _millimetres(self, time_s: float, points_px: np.ndarray, rest: _Rest) -> np.ndarray:
        """(478, 3) millimetres in the face frame of the rest; the distance to the camera may change slowly only."""
        stable = list(STABLE_POINTS)
        observed = to_face_axes(points_px.astype(float))
        fit = fit_similarity(observed[None, stable], rest.shape_mm[stable])
        self._scales.append((time_s, float(fit.scale[0])))
        while self._scales[0][0] < time_s - _DISTANCE_WINDOW_S:
            self._scales.popleft()
        scale = float(np.median([scale for _, scale in self._scales]))
        turned = (observed - observed[stable].mean(axis=0)) @ fit.rotation[0].T
        return scale * turned + rest.shape_mm[stable].mean(axis=0)

    def _signal(self, points_mm: np.ndarray) -> np.ndarray:
        """(..., 2) the movement's measure on the right and left, or (..., 2, 2) the mouth corners as (lateral, height)."""
        if self._spec.measure == COMMISSURE:
            return np.stack([commissure(points_mm, side) for side in SIDES], axis=-2)
        function: Callable[[np.ndarray, Side], np.ndarray] = MEASURES[self._spec.measure].function
        return np.stack([function(points_mm, side) for side in SIDES], axis=-1)

    def _told(self, change: np.ndarray) -> LiveValues:
        if not np.isfinite(change).all():
            self._filter = OneEuroFilter()
            return LiveValues(LivePhase.MOVING, reason="The landmarks do not fit this movement.", rest_done=1.0)
        right, left = self._along(change) if self._spec.measure == COMMISSURE else self._spec.sign * change
        weaker, stronger = sorted((float(right), float(left)))
        symmetry, reason = None, f"{self.movement.label}: no movement yet."
        if stronger > self._noise_mm:
            symmetry, reason = symmetry_pct(weaker, stronger), ""
        return LiveValues(LivePhase.MOVING, float(right), float(left), symmetry, reason, 1.0)

    def _along(self, corners: np.ndarray) -> np.ndarray:
        """(2,) displacement of the corners (2, 2) along the direction of the side that moves more, upwards and outwards only.

        As in an examination (reference E3), where it is the mean direction of the hold; here it is the newest.
        """
        lengths = np.linalg.norm(corners, axis=1)
        stronger = corners[int(np.argmax(lengths))]
        if lengths.max() > self._noise_mm and stronger @ _SMILE_DIRECTION > 0:
            self._direction = stronger / lengths.max()
        return corners @ self._direction


def symmetry_pct(weaker_mm: float, stronger_mm: float) -> float:
    """100 x weaker / stronger of two excursions in millimetres; 0 when the weaker side goes the other way."""
    return 100.0 * max(weaker_mm, 0.0) / stronger_mm
