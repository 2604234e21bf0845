"""Curves: every measure over time on both sides, the bridge from measures to grades and charts."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.checks import check_increasing, check_shape
from core.face.landmarks import mesh_regions
from core.face.millimetres import FaceMillimetres
from core.measures import static
from core.measures.signals import EYE_SMOOTHING_WINDOW_S, SMOOTHING_WINDOW_S, resample, smooth, uniform_times
from core.words import SIDES, Side


@dataclass(frozen=True)
class Curves:
    """Conditioned measures over time (reference C1).

    Attributes:
        times_s: (K,) uniform seconds (60 Hz).
        values: name of the measure -> (K, 2), column 0 the patient's right, column 1 the patient's left; NaN where missing.
        units: name of the measure -> unit ("mm", "mm2", "1", "deg"), for ``values`` and ``midline``.
        midline: name -> (K,), measures of the midline, positive towards the patient's left.
    """

    times_s: np.ndarray
    values: dict[str, np.ndarray]
    units: dict[str, str]
    midline: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_increasing("times_s", self.times_s)
        for name, value in self.values.items():
            check_shape(f"values[{name!r}]", value, (len(self.times_s), 2))
        for name, value in self.midline.items():
            check_shape(f"midline[{name!r}]", value, (len(self.times_s),))

    def side(self, measure: str, side: Side) -> np.ndarray:
        """(K,) one side of one measure."""
        return self.values[measure][:, 0 if side is Side.RIGHT else 1]

    def save(self, path: Path) -> None:
        """Write an .npz that ``load`` reads."""
        arrays = {f"value_{name}": value.astype(np.float32) for name, value in self.values.items()}
        arrays |= {f"midline_{name}": value.astype(np.float32) for name, value in self.midline.items()}
        np.savez_compressed(path, times_s=self.times_s, units=np.array(json.dumps(self.units)), **arrays)

    @classmethod
    def load(cls, path: Path) -> Curves:
        """Read what ``save`` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            values = {k.removeprefix("value_"): stored[k].astype(float) for k in stored if k.startswith("value_")}
            midline = {k.removeprefix("midline_"): stored[k].astype(float) for k in stored if k.startswith("midline_")}
            return cls(stored["times_s"], values, json.loads(str(stored["units"])), midline)


@dataclass(frozen=True)
class MeasureSpec:
    """How a curve is made: the static measure of every frame, its unit, its words and its smoothing."""

    function: Callable[[np.ndarray, Side], np.ndarray]
    unit: str
    label: str
    window_s: float = SMOOTHING_WINDOW_S


def _corner_lateral(points: np.ndarray, side: Side) -> np.ndarray:
    return static.commissure(points, side)[..., 0]


def _corner_height(points: np.ndarray, side: Side) -> np.ndarray:
    return static.commissure(points, side)[..., 1]


def _lower_lip_lateral_position(points: np.ndarray, side: Side) -> np.ndarray:
    return points[..., mesh_regions(side).lower_lip_lateral, 1]


MEASURES: dict[str, MeasureSpec] = {
    "brow_height": MeasureSpec(static.brow_height, "mm", "Brow height above the iris (M1)"),
    "brow_height_canthal": MeasureSpec(static.brow_height_canthal, "mm", "Brow height above the canthi (M1b)"),
    "brow_medial_distance": MeasureSpec(static.brow_medial_distance, "mm", "Medial brow end from the midline"),
    "margin_reflex_distance_1": MeasureSpec(
        static.upper_lid_margin_reflex_distance, "mm", "Upper lid above the iris centre (MRD1)", EYE_SMOOTHING_WINDOW_S
    ),
    "margin_reflex_distance_2": MeasureSpec(
        static.lower_lid_margin_reflex_distance, "mm", "Lower lid below the iris centre (MRD2)", EYE_SMOOTHING_WINDOW_S
    ),
    "palpebral_fissure_height": MeasureSpec(
        static.palpebral_fissure_height, "mm", "Palpebral fissure height (M4)", EYE_SMOOTHING_WINDOW_S
    ),
    "palpebral_fissure_width": MeasureSpec(static.palpebral_fissure_width, "mm", "Palpebral fissure width (M4w)"),
    "eye_area": MeasureSpec(static.eye_area, "mm2", "Eye area (M4a)", EYE_SMOOTHING_WINDOW_S),
    "eye_aspect_ratio": MeasureSpec(static.eye_aspect_ratio, "1", "Eye aspect ratio (M5)", EYE_SMOOTHING_WINDOW_S),
    "corner_lateral": MeasureSpec(_corner_lateral, "mm", "Mouth corner from the midline (M7)"),
    "corner_height": MeasureSpec(_corner_height, "mm", "Mouth corner height (M7)"),
    "commissure_position": MeasureSpec(static.commissure_position, "mm", "Mouth corner to lower-lip middle (M8e)"),
    "smile_angle": MeasureSpec(static.smile_angle, "deg", "Smile angle (M9)"),
    "upper_lip_slope": MeasureSpec(static.upper_lip_slope, "deg", "Upper lip slope (M10c)"),
    "dental_show": MeasureSpec(static.dental_show, "mm", "Lip gap, dental show (M11)"),
    "interlabial_area": MeasureSpec(static.interlabial_area, "mm2", "Interlabial area (M11a)"),
    "lower_lip_height": MeasureSpec(static.lower_lip_height, "mm", "Lower lip above the jaw line (M12)"),
    "lower_lip_above_chin": MeasureSpec(static.lower_lip_above_chin, "mm", "Lower lip above the chin (M12c)"),
    "lower_lip_lateral_height": MeasureSpec(
        static.lower_lip_lateral_height, "mm", "Lateral lower lip above its middle (M12b)"
    ),
    "lower_lip_lateral_position": MeasureSpec(_lower_lip_lateral_position, "mm", "Lateral lower lip height"),
    "snarl_height": MeasureSpec(static.snarl_height, "mm", "Alar base and upper lip height (M13)"),
    "upper_lip_position": MeasureSpec(static.upper_lip_position, "mm", "Upper lip height (M15)"),
    "lower_lip_position": MeasureSpec(static.lower_lip_position, "mm", "Lower lip height (M15)"),
    "vermilion_height_upper": MeasureSpec(static.vermilion_height_upper, "mm", "Upper vermilion height (M15v)"),
    "vermilion_height_lower": MeasureSpec(static.vermilion_height_lower, "mm", "Lower vermilion height (M15v)"),
    "alar_lateral": MeasureSpec(static.alar_lateral, "mm", "Alar base from the midline (M19)"),
    "alar_height": MeasureSpec(static.alar_height, "mm", "Alar base height (M19)"),
}

MIDLINE_MEASURES: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str, str]] = {
    "mouth_cant": (static.mouth_cant, "deg", "Mouth cant (M10b)"),
    "philtrum_deviation": (static.philtrum_deviation, "mm", "Philtrum deviation (M17)"),
    "philtrum_angle": (static.philtrum_angle, "deg", "Philtrum angle (M17)"),
    "chin_deviation": (static.chin_deviation, "mm", "Chin deviation (M17b)"),
}


def measure_label(name: str) -> str:
    """What a measure is called in charts and tables."""
    if name in MEASURES:
        return MEASURES[name].label
    return MIDLINE_MEASURES[name][2]


def measure_curves(face: FaceMillimetres, names: Collection[str] | None = None) -> Curves:
    """Measures of a recording, resampled to 60 Hz and smoothed; frames without a face are bridged up to 150 ms.

    Args:
        face: the landmarks in millimetres.
        names: which measures of ``MEASURES`` and ``MIDLINE_MEASURES`` to compute; all of them when None.
    """
    at_s = uniform_times(face.times)
    wanted = {name: spec for name, spec in MEASURES.items() if names is None or name in names}
    wanted_midline = {name: spec for name, spec in MIDLINE_MEASURES.items() if names is None or name in names}
    raw = {
        name: np.stack([spec.function(face.points, side) for side in SIDES], axis=1) for name, spec in wanted.items()
    }
    windows = {name: spec.window_s for name, spec in wanted.items()}
    for name, (function, _, _) in wanted_midline.items():
        raw[name], windows[name] = function(face.points)[:, None], SMOOTHING_WINDOW_S
    smoothed = _conditioned(face.times, raw, windows, at_s)
    values = {name: smoothed[name] for name in wanted}
    midline = {name: smoothed[name][:, 0] for name in wanted_midline}
    units = {name: spec.unit for name, spec in wanted.items()}
    units |= {name: unit for name, (_, unit, _) in wanted_midline.items()}
    return Curves(at_s, values, units, midline)


def _conditioned(
    times_s: np.ndarray, raw: dict[str, np.ndarray], windows: dict[str, float], at_s: np.ndarray
) -> dict[str, np.ndarray]:
    """Measures (T, columns) resampled at ``at_s`` and smoothed, all those with the same window together."""
    result: dict[str, np.ndarray] = {}
    for window_s in set(windows.values()):
        names = [name for name in raw if windows[name] == window_s]
        columns = np.concatenate([raw[name] for name in names], axis=1).astype(float)
        resampled = np.stack([resample(times_s, column, at_s) for column in columns.T], axis=1)
        ends = np.cumsum([raw[name].shape[1] for name in names])[:-1]
        result |= dict(zip(names, np.split(smooth(resampled, window_s), ends, axis=1), strict=True))
    return result
