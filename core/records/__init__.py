"""The clinic's records: patients, visits, recordings, analyses and jobs, in a database and in files beside it."""

from core.records.clinical_entries import (
    InjectionSite,
    Judgement,
    PromInstrument,
    PromTotals,
    Treatment,
    TreatmentDetails,
    TreatmentKind,
)
from core.records.consents import Consent, ConsentSubject
from core.records.entries import (
    Analysis,
    Capture,
    CaptureState,
    Invitation,
    Job,
    JobState,
    Patient,
    PatientDetails,
    PatientList,
    PatientSort,
    PatientSummary,
    Recording,
    RecordingKind,
    SegmentSet,
    Visit,
    VisitSummary,
)
from core.records.judged_items import JudgedItem
from core.records.store import Store

__all__ = [
    "Analysis",
    "Capture",
    "CaptureState",
    "Consent",
    "ConsentSubject",
    "InjectionSite",
    "Invitation",
    "Job",
    "JobState",
    "JudgedItem",
    "Judgement",
    "Patient",
    "PatientDetails",
    "PatientList",
    "PatientSort",
    "PatientSummary",
    "PromInstrument",
    "PromTotals",
    "Recording",
    "RecordingKind",
    "SegmentSet",
    "Store",
    "Treatment",
    "TreatmentDetails",
    "TreatmentKind",
    "Visit",
    "VisitSummary",
]
