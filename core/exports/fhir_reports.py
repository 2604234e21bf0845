"""The reports of visits that a FHIR bundle presents."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.errors import HemifaceError
from core.exports.examinations import LeftOut, Progress, each_visit, no_progress, not_cancelled
from core.records.store import Store
from core.video.limits import DEFAULT_LIMITS, VideoLimits

_TOLD_BY_THE_BUNDLE = "report_no_analysis"


def reports_of_visits(
    store: Store,
    visit_ids: Sequence[str],
    left_out: list[LeftOut],
    *,
    limits: VideoLimits = DEFAULT_LIMITS,
    progress: Progress = no_progress,
    cancelled: Callable[[], bool] = not_cancelled,
) -> dict[str, bytes]:
    """Id of a visit -> its report as PDF; a report that cannot be made is noted in ``left_out``.

    A visit without an analysis has no report and is told of by the bundle.

    Args:
        store: the records.
        visit_ids: which visits.
        left_out: reports that cannot be made are added here.
        limits: on what is accepted as a video.
        progress, cancelled: are told and asked after each visit.

    Raises:
        Cancelled: the user asked to end.
    """
    from core.reports.from_store import report_of_visit

    reports = {}
    for visit_id in each_visit(visit_ids, progress, cancelled, "reports"):
        try:
            reports[visit_id] = report_of_visit(store, visit_id, limits=limits)
        except HemifaceError as problem:
            if problem.code != _TOLD_BY_THE_BUNDLE:
                left_out.append(LeftOut(f"report of visit {visit_id}", problem.message))
    return reports
