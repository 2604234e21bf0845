"""Rows of the table of changes: the first of a patient's visits against every later one, quantity by quantity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from core.errors import HemifaceError
from core.exam.protocol import Expression
from core.exports.examinations import Examination, LeftOut, Progress, each_visit, examinations
from core.exports.measure_names import OVERALL, unit_of
from core.grading.change import ChangeRow, Kind, compare
from core.grading.change_rules import resting_pitch_deg
from core.grading.synkinesis import REGION_SPECS, Region
from core.records.entries import RecordingKind
from core.records.store import Store

Row = dict[str, Any]
_BOTH = "both"
# Names as in the table of measures; of a resting difference and of a scale the name of the row tells.
_MEASURES = {
    Kind.WEAKNESS: "weakness",
    Kind.SYNKINESIS: "synkinesis",
    Kind.OVERALL: OVERALL,
    Kind.EXCURSION: "excursion_mm",
    Kind.FUNCTION_RATIO: "function_ratio",
    Kind.CLOSURE: "closure_fraction",
}
_SCALES_NAMED_OTHERWISE = {"house_brackmann_function": "house_brackmann_function_pct"}
_OF_A_BRANCH = (Kind.WEAKNESS, Kind.SYNKINESIS)
_OF_A_TASK = (Kind.EXCURSION, Kind.FUNCTION_RATIO, Kind.CLOSURE)


def change_rows(
    store: Store,
    visit_ids: Sequence[str],
    left_out: list[LeftOut],
    progress: Progress,
    cancelled: Callable[[], bool],
) -> Iterator[list[Row]]:
    """Rows of every later visit against the first one of its patient, a list for each pair of visits.

    A visit stands for its newest analysed recording of a whole examination, or without one for its newest clip, as on the page
    Compare. Visits without an analysis are passed over.

    Args:
        store: the records.
        visit_ids: the visits; of each patient the first by its day is the baseline.
        left_out: recordings whose sides were changed since their analysis are noted here; what cannot be read is not.
        progress, cancelled: are told and asked at each visit.

    Raises:
        Cancelled: the user asked to end.
        HemifaceError: a visit is not in the records.
    """
    baseline: Examination | None = None
    for visit_id in each_visit(_by_patient_and_day(store, visit_ids), progress, cancelled, "comparing"):
        later = _standing_for(store, visit_id, left_out)
        if later is None:
            continue
        if baseline is None or baseline.patient.id != later.patient.id:
            baseline = later
            continue
        yield _pair(baseline, later)


def change_measure(row: ChangeRow) -> str:
    """Name that a quantity has in the table of measures, e.g. "excursion_mm" or "palpebral_fissure_height_difference"."""
    if row.kind is Kind.RESTING:
        return f"{row.name}_difference"
    if row.kind is Kind.SCALE:
        return _SCALES_NAMED_OTHERWISE.get(row.name, row.name)
    if row.kind is Kind.UNWANTED:
        return f"synkinesis_{_region(row).value}_beyond_other_mm"
    return _MEASURES[row.kind]


def _by_patient_and_day(store: Store, visit_ids: Sequence[str]) -> list[str]:
    visits = [store.visit(visit_id) for visit_id in visit_ids]
    visits.sort(key=lambda visit: (visit.patient_id, visit.day, visit.created_at))
    return [visit.id for visit in visits]


def _standing_for(store: Store, visit_id: str, left_out: list[LeftOut]) -> Examination | None:
    usable = []
    for examination in examinations(store, [visit_id], []):
        if examination.result.video.mirrored == examination.recording.mirrored:
            usable.append(examination)
        else:
            reason = "Right and left of this video were changed after its analysis."
            left_out.append(LeftOut(f"changes of recording {examination.recording.id}", reason))
    whole = [examination for examination in usable if examination.recording.kind is RecordingKind.EXAM]
    return next(reversed(whole or usable), None)


def _pair(before: Examination, after: Examination) -> list[Row]:
    pitch = _resting_pitch_deg(before), _resting_pitch_deg(after)
    common: Row = {"patient_pid": after.patient.id, "simulated": after.patient.simulated}
    for name, examination in (("before", before), ("after", after)):
        keys = examination.keys
        common |= {
            f"{name}_visit_id": keys.visit_id,
            f"{name}_visit_date": keys.visit_date,
            f"{name}_visit_label": keys.visit_label,
            f"{name}_recording_id": keys.recording_id,
            f"{name}_analysis_id": keys.analysis_id,
        }
    return [common | _row(row) for row in compare(before.result, after.result, pitch_deg=pitch).rows]


def _row(row: ChangeRow) -> Row:
    measure = change_measure(row)
    low, high = row.interval or (None, None)
    task, branch = _task_and_branch(row)
    return {
        "task": task,
        "branch": branch,
        "side": _BOTH if row.side is None else row.side.value,
        "measure": measure,
        "unit": row.unit if row.kind in (Kind.RESTING, Kind.UNWANTED) else unit_of(measure),
        "before": row.before,
        "after": row.after,
        "change": row.change,
        "detectable_change": None if row.detectable is None else row.detectable.value,
        "detectable_source": None if row.detectable is None else row.detectable.source,
        "ci_low": low,
        "ci_high": high,
        "repetitions_before": len(row.repetitions_before) or None,
        "repetitions_after": len(row.repetitions_after) or None,
        "better": row.better.value,
        "reference": row.reference,
        "verdict": row.verdict.value,
        "reason": row.reason,
    }


def _task_and_branch(row: ChangeRow) -> tuple[str | None, str | None]:
    """Expression and branch as in the table of measures; None for the whole examination."""
    if row.kind in _OF_A_TASK:
        tested = Expression(row.name).spec.branches
        return row.name, tested[0].value if tested else None
    if row.kind is Kind.UNWANTED:
        return row.name.partition(":")[2], REGION_SPECS[_region(row)].branch.value
    task = Expression.REST.value if row.kind is Kind.RESTING else None
    return task, row.name if row.kind in _OF_A_BRANCH else None


def _region(row: ChangeRow) -> Region:
    """Of an unwanted movement, whose name is region and trigger."""
    return Region(row.name.partition(":")[0])


def _resting_pitch_deg(examination: Examination) -> float | None:
    """None where the track cannot be read: the comparison then says that the pitch is not known."""
    try:
        return resting_pitch_deg(examination.track, examination.result)
    except HemifaceError:
        return None
