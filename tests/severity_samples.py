"""Small severity data for tests: examinations from synthetic tracks, and numbers whose severity can be seen in the features."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np

from core.analysis import analyse_track
from core.exam.protocol import Expression
from core.result import ExamResult
from models.face_crops import SIZE_PX
from models.severity.data import PICTURES, ExamFacts, SeverityData
from models.severity.features import FEATURES, LEARNED_BRANCHES
from tests.synthetic import flipped, palsy, synthetic_track


@cache
def weak_right(weakness: float = 0.6, mirrored: bool = False, without: Expression | None = None) -> ExamResult:
    """An examination with a weak right side; ``mirrored`` shows it in a mirror, ``without`` leaves a movement out."""
    track, segments = synthetic_track([move for move in palsy(weakness) if move.expression is not without])
    return analyse_track(flipped(track) if mirrored else track, segments=segments, simulated=True).result


def learnable(people: int = 12, seed: int = 0, pictured: bool = True) -> SeverityData:
    """Two examinations a person of which one side is weak: a share that falls with the severity, and a half that stays dark."""
    random = np.random.default_rng(seed)
    exams = 2 * people
    truth = np.zeros((exams, 2, len(LEARNED_BRANCHES)), np.float32)
    truth[np.arange(exams), random.integers(0, 2, exams)] = random.uniform(20, 100, (exams, 1))
    kinematics = random.normal(0, 1, (exams, 2, len(FEATURES))).astype(np.float32)
    shares = [place for place, name in enumerate(FEATURES) if "share of the stronger side, own" in name]
    kinematics[..., shares] = 1 - truth[..., :1] / 100
    pictures = random.integers(90, 110, (exams, len(PICTURES), SIZE_PX, SIZE_PX)).astype(np.uint8)
    for exam in range(exams):
        for side in range(2):
            half = slice(20, 60) if side == 0 else slice(SIZE_PX - 60, SIZE_PX - 20)
            pictures[exam, 1:, 40:60, half] += np.uint8(100 - truth[exam, side, 0])
    seen = np.full((exams, len(PICTURES)), pictured)
    splits = ["test" if p % 4 == 0 else "validation" if p % 4 == 1 else "train" for p in range(people)]
    facts = tuple(
        ExamFacts(f"p{i // 2}-e{i % 2}", f"p{i // 2}", "drawn", splits[i // 2], "flaccid", "right")
        for i in range(exams)
    )
    return SeverityData(kinematics, pictures, seen, truth, 100 * (1 - kinematics[..., shares[:4]]), facts)


def rated_folder(folder: Path, patients: int = 5, maximum: float = 100.0) -> Path:
    """A manifest of analysed examinations without pictures, each patient weaker than the one before; its path."""
    items = []
    for number in range(patients):
        weakness = number / patients
        exam = folder / f"exam{number}"
        exam.mkdir(parents=True)
        (exam / "result.json").write_text(weak_right(weakness).model_dump_json(), encoding="utf-8")
        scores = {f"{branch.value}:right": maximum * weakness for branch in LEARNED_BRANCHES}
        scores |= {f"{branch.value}:left": 0.0 for branch in LEARNED_BRANCHES}
        items.append({"patient": f"P{number}", "exam": exam.name, "scores": scores})
    path = folder / "manifest.json"
    path.write_text(json.dumps({"maximum": maximum, "items": items}), encoding="utf-8")
    return path
