"""The clinic's records: patients, visits, recordings, analyses and jobs, in a database and in files beside it."""

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
from core.records.store import Store

__all__ = [
    "Analysis",
    "Capture",
    "CaptureState",
    "Invitation",
    "Job",
    "JobState",
    "Patient",
    "PatientDetails",
    "PatientList",
    "PatientSort",
    "PatientSummary",
    "Recording",
    "RecordingKind",
    "SegmentSet",
    "Store",
    "Visit",
    "VisitSummary",
]
