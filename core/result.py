"""ExamResult: what an analysis says, the contents of result.json (schema versioned; contract in docs/architecture.md).

Units are in the names: _mm, _s, _deg, _pct. Scores of weakness and synkinesis run from 0 (normal) to 100. What could not be
assessed is null and has a reason.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.exam.protocol import Expression
from core.exam.segments import Segment
from core.words import AffectedSide, Branch, Side

SCHEMA_VERSION = "1.1"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pair(_Record):
    """One quantity on both sides; None where it could not be measured."""

    right: float | None = None
    left: float | None = None

    def get(self, side: Side) -> float | None:
        return self.right if side is Side.RIGHT else self.left


class Software(_Record):
    name: str = "hemiface"
    version: str


class TrackerRecord(_Record):
    name: str
    version: str
    weights_sha256: str
    mirror_averaged: bool
    half_faces: bool = False

    @property
    def ways(self) -> list[str]:
        """In which ways it was used beyond a plain run, in a few words each."""
        used = {"mirror averaged": self.mirror_averaged, "each half for itself": self.half_faces}
        return [words for words, is_used in used.items() if is_used]


class VideoRecord(_Record):
    sha256: str
    width: int
    height: int
    frames: int
    duration_s: float
    fps_median: float
    longest_gap_s: float
    mirrored: bool
    codec: str
    container: str
    rotation_deg: int
    complete: bool


class Tracking(_Record):
    frames_with_face: int
    fraction: float
    other_faces: int = 0


class QualityEntry(_Record):
    """One remark on the quality of the recording, in plain words (reference A4)."""

    code: str
    severity: Literal["info", "warning", "error"]
    message: str
    expression: Expression | None = None


class Scale(_Record):
    """Millimetre scale (reference B4).

    Attributes:
        mm_per_px: millimetres a pixel at rest, at the distance of the eyes.
        iris_px: horizontal iris diameter in pixels at rest.
        iris_mm: the constant used for its true diameter; never changed between visits of one patient.
        method: "iris", or "manual" where the clinician gave the scale.
    """

    mm_per_px: float | None
    iris_px: float | None
    iris_mm: float
    method: Literal["iris", "manual", "none"]


class Repetition(_Record):
    """One performance of an expression."""

    start_s: float
    end_s: float
    hold_start_s: float | None
    hold_end_s: float | None
    key_frame_s: float | None
    excursion_mm: Pair
    used: bool = True
    reason: str | None = None


class ExpressionResult(_Record):
    """Movement of one expression, averaged over its usable repetitions (reference B2, B5, C2, C3).

    ``measure`` names the primary measure; ``excursion_mm`` is its signed peak from the patient's own rest, positive in the
    intended direction (closure in millimetres of the palpebral fissure for eye closure). ``measures`` holds every further
    measure at the key moment as change from rest, by name with its unit.
    """

    assessable: bool
    reason: str | None = None
    measure: str = ""
    repetitions: list[Repetition] = []
    key_frame_s: float | None = None
    excursion_mm: Pair = Pair()
    peak_velocity_mm_s: Pair = Pair()
    rise_time_s: Pair = Pair()
    onset_s: Pair = Pair()
    hold_stability: Pair = Pair()
    area_mm_s: Pair = Pair()
    decay: Pair = Pair()
    direction_deg: Pair = Pair()
    closure_fraction: Pair = Pair()
    residual_gap_mm: Pair = Pair()
    function_ratio: float | None = None
    difference_mm: float | None = None
    asymmetry_pct: float | None = None
    symmetry_pct: float | None = None
    onset_asynchrony_s: float | None = None
    peak_asynchrony_s: float | None = None
    correlation_r: float | None = None
    correlation_reason: str | None = None
    dtw_distance: float | None = None
    amplitude_residual: float | None = None
    direction_cosine: float | None = None
    direction_score_pct: float | None = None
    midline_drag_mm: float | None = None
    measures: dict[str, Pair] = {}


class RestingMeasure(_Record):
    """One static measure at rest: both sides and right minus left, in ``unit``."""

    unit: str
    right: float | None
    left: float | None
    difference: float | None


class MovementEvidence(_Record):
    """How one movement entered a branch score (reference E3)."""

    expression: Expression
    measure: str
    excursion_mm: float | None
    reference_mm: float | None
    function: float | None = Field(description="v of reference E3, 0 none to 1 full")
    weight: float
    used: bool
    reason: str | None = None


class RestingEvidence(_Record):
    """How the resting position entered a branch score; deviation is positive in the direction of weakness."""

    measure: str
    deviation_mm: float | None
    score: float | None
    opposite: bool = False


class BranchSide(_Record):
    """One branch on one side."""

    weakness: float | None
    grade: int | None
    synkinesis: float | None
    synkinesis_grade: int | None
    synkinesis_trend: float | None = None
    assessable: bool
    reason: str | None = None
    synkinesis_reason: str | None = None
    confidence: Literal["high", "medium", "low"] | None
    hypertonic: bool = False
    movements: list[MovementEvidence] = []
    resting: RestingEvidence | None = None


class BranchResult(_Record):
    right: BranchSide
    left: BranchSide

    def get(self, side: Side) -> BranchSide:
        return self.right if side is Side.RIGHT else self.left


class SynkinesisEntry(_Record):
    """Unwanted movement of one region during another movement (reference E4)."""

    region: str
    branch: Branch
    trigger: Expression
    side: Side
    unwanted_mm: float
    other_side_mm: float | None
    score: float
    pattern: str


class SideVote(_Record):
    """One movement's vote for the affected side (reference E6); positive means that the left moved more."""

    expression: Expression
    right: float
    left: float
    asymmetry: float
    weight: float


class ScaleItem(_Record):
    """One item of a clinical scale; ``basis`` says in words what it was estimated from."""

    name: str
    label: str
    value: float | None
    minimum: float
    maximum: float
    basis: str
    reason: str | None = None


class ClinicalScale(_Record):
    """An estimated clinical scale with every item visible; total is None when too little could be assessed."""

    items: list[ScaleItem]
    total: float | None
    reason: str | None = None


class Sunnybrook(ClinicalScale):
    resting: float | None
    voluntary: float | None
    synkinesis: float | None
    composite: float | None


class HouseBrackmann(_Record):
    grade: int | None
    function_pct: float | None
    measured_points: float | None
    reason: str | None = None
    basis: list[str] = []


class EfaceStyle(ClinicalScale):
    static: float | None
    dynamic: float | None
    synkinesis: float | None


class Fngs2(ClinicalScale):
    grade: int | None


class Scales(_Record):
    """Scales of the affected side; in bilateral palsy of the side named in ``side``, in health of the weaker side."""

    side: Side | None
    sunnybrook: Sunnybrook
    house_brackmann: HouseBrackmann
    eface_style: EfaceStyle
    fngs2: Fngs2


class Blink(_Record):
    """Blinks at rest (reference C6)."""

    count: int
    rate_per_minute: float | None
    closing_ratio: Pair
    closing_time_s: Pair
    peak_closing_velocity_mm_s: Pair
    side_delay_s: float | None
    reason: str | None = None


class Overall(_Record):
    """Mean weakness over the assessable branches without the cervical one; not a clinical scale."""

    weakness: Pair
    branches_used: int


class ImageScreening(_Record):
    """What the screen for synkinesis says of one picture; probability is None with a reason where it may not say anything."""

    time_s: float | None
    expression: Expression | None
    probability: float | None
    reason: str | None = None


class Screening(_Record):
    """The screen for synkinesis by a CNN, of one examination (reference E4, F4). It was trained on simulated patients.

    Attributes:
        verdict: "flagged" from ``threshold`` on, "not_flagged" below ``unsure_from``, "unsure" between, "not_assessable" with
            ``reason``.
        probability: calibrated, 0 to 1; None when not assessable.
        low, high: its 95 % interval: over looks at the pictures and over the uncertainty of the calibration.
        threshold, unsure_from: fixed on validation people before any test.
    """

    verdict: Literal["flagged", "unsure", "not_flagged", "not_assessable"]
    probability: float | None
    low: float | None = None
    high: float | None = None
    threshold: float
    unsure_from: float
    model: str
    weights_sha256: str
    per_image: list[ImageScreening]
    reason: str | None = None


class SideOpinion(_Record):
    """Severity of one branch on one side as a learned model sees it: 0 normal to 100 no function, with its 80 % interval."""

    severity: float | None
    low: float | None = None
    high: float | None = None
    reason: str | None = None


class BranchOpinion(_Record):
    right: SideOpinion
    left: SideOpinion

    def get(self, side: Side) -> SideOpinion:
        return self.right if side is Side.RIGHT else self.left


class SeverityOpinion(_Record):
    """A second opinion on the weakness of the branches. It was trained on simulated patients."""

    model: str
    weights_sha256: str
    branches: dict[Branch, BranchOpinion]
    reason: str | None = None


class ExamResult(_Record):
    """The result of one analysis of one recording.

    ``mode`` says what the branch scores compare with: the other side ("side_to_side", one-sided palsy or health) or published
    norms ("normative", bilateral or undetermined; reference E5).
    """

    schema_version: str = SCHEMA_VERSION
    software: Software
    tracker: TrackerRecord
    video: VideoRecord
    tracking: Tracking
    quality: list[QualityEntry]
    scale: Scale
    protocol: str
    simulated: bool = False
    affected_side: AffectedSide
    affected_side_source: Literal["clinician", "movement"]
    affected_side_votes: list[SideVote] = []
    mode: Literal["side_to_side", "normative"]
    segments: list[Segment]
    resting: dict[str, RestingMeasure]
    expressions: dict[Expression, ExpressionResult]
    branches: dict[Branch, BranchResult]
    synkinesis: list[SynkinesisEntry]
    overall: Overall
    scales: Scales
    blink: Blink
    screening: Screening | None = None
    severity_opinion: SeverityOpinion | None = None
