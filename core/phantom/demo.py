"""The demo patients: who they are, what is simulated at which visit, and how a visit is recorded.

They are imaginary, drawn people (``core.phantom.drawing``); names and notes say so, and the records mark them as simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from core.exam.segments import Segment
from core.phantom.camera import Camera
from core.phantom.condition import (
    Condition,
    after_botulinum,
    bilateral,
    flaccid,
    healthy,
    single_branch,
    synkinetic,
)
from core.phantom.drawing.identity import IDENTITIES, Identity
from core.phantom.exam import ExamScript, short_script, standard_script
from core.phantom.portrait import Portrait
from core.phantom.recording import PhantomRecording, record
from core.records.clinical_entries import InjectionSite, TreatmentDetails, TreatmentKind
from core.words import BRANCHES, SIDES, AffectedSide, Branch, Side

# Every date of the demo counts from this day, so that the patients are the same wherever and whenever they are made.
_BASE = date(2025, 1, 13)
_WEEK, _MONTH = 7, 30
# The portrait is drawn at the resolution at which the camera sees it.
_PORTRAIT_PER_CAMERA_PX = 1.25
_NOT_A_PERSON = "This is a computed face, not a person."


@dataclass(frozen=True)
class DemoVisit:
    """One examination of a demo patient.

    Attributes:
        day: date of the visit.
        label: what the visit is for.
        notes: what the clinician sees, in plain words.
        condition: what is simulated.
        script: what is performed when.
        camera: how it is filmed; its frame rate is the video's.
    """

    day: date
    label: str
    notes: str
    condition: Condition
    script: ExamScript
    camera: Camera = field(default_factory=Camera)

    @property
    def frames(self) -> int:
        """Number of pictures of the video."""
        return round(self.script.duration_s * self.camera.fps)

    @property
    def segments(self) -> list[Segment]:
        """What was performed when, as a recording with cues knows it."""
        return self.script.segments

    @property
    def full_notes(self) -> str:
        """The notes, and what was put into the simulation, to compare with what is measured."""
        return f"{self.notes}\n{simulated_in_words(self.condition)}"


@dataclass(frozen=True)
class DemoPatient:
    """One imaginary patient.

    Attributes:
        number: the record number, by which the patient is found again.
        title: what the patient shows, in a few words.
        identity: the face.
        cause: of the palsy, empty in health.
        onset: first day of the palsy, None where there is none.
        history: what brought the patient, in plain words.
        visits: in the order of their dates.
        treatments: what was done, in the order of their dates.
    """

    number: str
    title: str
    identity: Identity
    cause: str
    onset: date | None
    history: str
    visits: tuple[DemoVisit, ...]
    treatments: tuple[TreatmentDetails, ...] = ()

    @property
    def name(self) -> str:
        """What the patient is called in the records; it says "simulated" wherever it is shown."""
        return f"Simulated: {self.title}"

    @property
    def notes(self) -> str:
        return f"{self.history} {_NOT_A_PERSON}"

    @property
    def affected_side(self) -> AffectedSide:
        """Side of the palsy at the first visit."""
        return self.visits[0].condition.affected_side

    @property
    def birth_year(self) -> int:
        """The year that fits the drawn age."""
        return _BASE.year - self.identity.age


def record_visit(
    patient: DemoPatient, visit: DemoVisit, path: Path, *, progress: Callable[[int, int], None] | None = None
) -> PhantomRecording:
    """Film one visit as an H.264 file; the same file for the same visit.

    Args:
        patient: whose face it is.
        visit: one of the patient's visits.
        path: the mp4 to write.
        progress: called with frames done and frames in all.
    """
    from core.phantom.motion import simulate

    portrait = _portrait(patient.identity, min(visit.camera.width, visit.camera.height))
    seed = (visit.day - _BASE).days
    motion = simulate(portrait.shape_mm, visit.condition, visit.script, visit.camera.fps, seed)
    return record(portrait, motion, path, visit.camera, seed=seed, progress=progress)


@lru_cache(maxsize=1)  # the next visit is mostly of the same patient
def _portrait(identity: Identity, camera_px: int) -> Portrait:
    from core.phantom.drawing.portrait import draw_portrait

    return draw_portrait(identity, round(_PORTRAIT_PER_CAMERA_PX * camera_px))


def simulated_in_words(condition: Condition) -> str:
    """What a condition puts into the face, one sentence: weakness and synkinesis by branch and side, 0 to 100."""
    parts = []
    for side in SIDES:
        for what, value in (("weakness", condition.weakness), ("synkinesis", condition.synkinesis_strength)):
            scores = {branch: round(100 * value(branch, side)) for branch in BRANCHES}
            if any(scores.values()):
                parts.append(f"{what} of the {side.label} side: {_listed(scores)}")
    return f"Simulated (0 none to 100 complete): {'; '.join(parts) or 'no weakness and no synkinesis'}."


def _listed(scores: Mapping[Branch, int]) -> str:
    if len(set(scores.values())) == 1:
        return f"every branch {next(iter(scores.values()))}"
    return ", ".join(f"{branch.label.lower()} {score}" for branch, score in scores.items() if score)


def _identity(name: str) -> Identity:
    return next(identity for identity in IDENTITIES if identity.name == name)


def _after(days: int) -> date:
    return _BASE + timedelta(days=days)


def _weak_right(name: str, person: int, temporal: float, zygomatic: float, buccal: float, lower: float) -> Condition:
    """Right palsy whose branches recover at their own pace; ``lower`` is for the mandibular and the cervical branch."""
    weakness = dict(zip(BRANCHES, (temporal, zygomatic, buccal, lower, lower), strict=True))
    return Condition(name, {(branch, Side.RIGHT): value for branch, value in weakness.items()}, person=person)


def _flaccid_right() -> DemoPatient:
    # The eyelids recover first: a gap of more than 1 mm would keep the House-Brackmann estimate at grade IV (reference D2).
    person = 11
    return DemoPatient(
        "DEMO-1",
        "flaccid right palsy",
        _identity("phantom-01"),
        "Bell's palsy (idiopathic)",
        _BASE,
        "Woke up with a drooping right face. Steroids from the second day.",
        (
            DemoVisit(
                _after(4),
                "4 days after onset",
                "Complete palsy: no movement of the right face, the eye stays open, the mouth corner hangs.",
                flaccid(Side.RIGHT, 1.0, person=person),
                short_script(seed=1),
            ),
            DemoVisit(
                _after(3 * _MONTH),
                "3 months after onset",
                "First movements are back. The eye closes better than the forehead and the smile move.",
                _weak_right("Right palsy, recovering", person, 0.7, 0.35, 0.5, 0.6),
                short_script(seed=2),
            ),
            DemoVisit(
                _after(9 * _MONTH),
                "9 months after onset",
                "The eye closes fully. The forehead is still weak; the smile is nearly even.",
                _weak_right("Right palsy, mostly recovered", person, 0.4, 0.05, 0.25, 0.3),
                short_script(seed=3),
            ),
        ),
        (
            TreatmentDetails(_after(1), TreatmentKind.STEROID, "Prednisolone for ten days, begun on the second day."),
            TreatmentDetails(
                _after(3 * _MONTH), TreatmentKind.RETRAINING, "Mirror exercises for brow and smile, begun at the visit."
            ),
        ),
    )


def _synkinetic_left() -> DemoPatient:
    # The synkinetic eye closes well; what is left of the palsy is elsewhere.
    uneven = synkinetic(Side.LEFT, strength=1.0, weakness=0.2, person=14)
    before = replace(uneven, attenuation={**uneven.attenuation, (Branch.ZYGOMATIC, Side.LEFT): 0.05})
    return DemoPatient(
        "DEMO-2",
        "left synkinesis, botulinum toxin",
        _identity("phantom-06"),
        "Herpes zoster oticus (Ramsay Hunt)",
        _after(-700),
        "Recovered with synkinesis: the left eye narrows in every smile, and the mouth pulls when the eyes close.",
        (
            DemoVisit(
                _after(2 * _WEEK),
                "Before botulinum toxin",
                "Tight left cheek, narrow left eye. Bothered by the closing eye while eating and laughing.",
                before,
                standard_script(seed=4),
            ),
            DemoVisit(
                _after(6 * _WEEK),
                "4 weeks after botulinum toxin",
                "Injected around the left eye, the left cheek, chin and neck. The eye narrows much less in a smile.",
                after_botulinum(before),
                standard_script(seed=5),
            ),
        ),
        (
            TreatmentDetails(
                _after(2 * _WEEK),
                TreatmentKind.BOTULINUM_TOXIN,
                "OnabotulinumtoxinA, after the examination of the same day. Simulated doses.",
                tuple(
                    InjectionSite(site, Side.LEFT, units)
                    for site, units in (
                        ("Orbicularis oculi, lower lid", 2.5),
                        ("Orbicularis oculi, lateral canthus", 2.5),
                        ("Zygomaticus major", 1.25),
                        ("Mentalis", 2.5),
                        ("Platysma", 15.0),
                    )
                ),
            ),
        ),
    )


def _marginal_mandibular_left() -> DemoPatient:
    return DemoPatient(
        "DEMO-3",
        "isolated marginal mandibular weakness, left",
        _identity("phantom-04"),
        "Surgery of the submandibular gland",
        _after(2 * _WEEK),
        "Crooked lower lip when showing the teeth since the operation; everything else moves well.",
        (
            DemoVisit(
                _after(5 * _WEEK),
                "3 weeks after surgery",
                "The left lower lip does not come down when the teeth are shown. Smile, eyes and forehead are even.",
                single_branch(Branch.MARGINAL_MANDIBULAR, Side.LEFT, 1.0, person=13),
                short_script(seed=6),
            ),
        ),
        (
            TreatmentDetails(
                _after(5 * _WEEK), TreatmentKind.RETRAINING, "Exercises for the lower lip, begun at the visit."
            ),
        ),
    )


def _bilateral() -> DemoPatient:
    return DemoPatient(
        "DEMO-4",
        "bilateral palsy",
        _identity("phantom-02"),
        "Lyme disease",
        _after(-2 * _WEEK),
        "Both sides of the face became weak within a week; the right more than the left.",
        (
            DemoVisit(
                _after(0),
                "First visit",
                "Mask-like face. Neither eye closes, and the smile hardly moves the mouth corners.",
                bilateral(0.85, 0.65, person=15),
                short_script(seed=7),
            ),
        ),
        (TreatmentDetails(_after(0), TreatmentKind.OTHER, "Antibiotic for Lyme disease, begun at the visit."),),
    )


def _temporal_right() -> DemoPatient:
    return DemoPatient(
        "DEMO-5",
        "right temporal branch after surgery",
        _identity("phantom-08"),
        "Surgery at the temple (skin tumour)",
        _after(_WEEK),
        "The right brow no longer rises since a skin tumour was removed from the temple.",
        (
            DemoVisit(
                _after(3 * _WEEK),
                "2 weeks after surgery",
                "Low right brow, smooth right forehead. Eyes, cheek and mouth move evenly.",
                single_branch(Branch.TEMPORAL, Side.RIGHT, 0.9, person=16),
                short_script(seed=8),
            ),
        ),
    )


def _healthy() -> DemoPatient:
    return DemoPatient(
        "DEMO-6",
        "healthy face",
        _identity("phantom-03"),
        "",
        None,
        "A healthy face, to see what normal movement looks like.",
        (
            DemoVisit(
                _after(0),
                "First visit",
                "Both sides move evenly; nobody's face is perfectly symmetric.",
                healthy(person=12),
                short_script(seed=9),
            ),
        ),
    )


DEMO_PATIENTS: tuple[DemoPatient, ...] = (
    _flaccid_right(),
    _synkinetic_left(),
    _marginal_mandibular_left(),
    _bilateral(),
    _temporal_right(),
    _healthy(),
)
"""In the order in which they are made."""
