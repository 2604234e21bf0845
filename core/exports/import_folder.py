"""Importing a folder of videos: first a plan that shows what would happen, then the same carried out, file by file.

Nothing of the folder is changed. A patient is found by the record number, a visit by its day and label, a video by its hash, so
that the same folder can be imported again after more videos came. A file that cannot be taken is told of and skipped.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path, PurePosixPath

from core.errors import InputError
from core.exports.examinations import Progress, no_progress, not_cancelled, raise_if, with_record_number
from core.exports.import_names import NameParts, NameReader
from core.records.entries import PatientDetails, Visit
from core.records.files import hash_file
from core.records.intake import take_in
from core.records.store import Store
from core.video.limits import VideoLimits

SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi"})
_MOST_FILES = 20_000


class FileState(StrEnum):
    """What happens, or happened, to one file."""

    NEW = "new"
    """It will become a recording."""
    IMPORTED = "imported"
    DUPLICATE = "duplicate"
    """The same video is in the records, or earlier in the folder."""
    REFUSED = "refused"
    """Its name cannot be read, or it is no video that can be used; ``reason`` says why."""


@dataclass(frozen=True)
class PlannedFile:
    """One video of the folder.

    Attributes:
        path: below the folder.
        state: what happens to it.
        reason: why it is a duplicate or refused, one sentence.
        parts: what its name says, None where it cannot be read.
        sha256: hash of its contents, "" where it was not read.
        patient_id, visit_id: those that it belongs to and that are in the records already.
    """

    path: PurePosixPath
    state: FileState
    reason: str = ""
    parts: NameParts | None = None
    sha256: str = ""
    patient_id: str | None = None
    visit_id: str | None = None


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do, or did.

    Attributes:
        folder: where the videos are.
        files: all videos in the order of their paths.
        others: how many files have no ending of a video and are left alone.
        new_patients: record numbers of the patients that are made.
        new_visits: (record number, day, label) of the visits that are made.
    """

    folder: Path
    files: tuple[PlannedFile, ...]
    others: int
    new_patients: tuple[str, ...]
    new_visits: tuple[NameParts, ...]

    def count(self, state: FileState) -> int:
        """How many files are in a state."""
        return Counter(file.state for file in self.files)[state]


def plan_import(
    store: Store,
    folder: Path,
    *,
    pattern: str | None = None,
    progress: Progress = no_progress,
    cancelled: Callable[[], bool] = not_cancelled,
) -> ImportPlan:
    """Find out what an import of a folder would do; nothing is changed.

    Args:
        store: the records.
        folder: holds the videos, at any depth; links are not followed.
        pattern: how paths are made (``NameReader``), None tries the usual ways.
        progress, cancelled: are told and asked for each file, since hashing takes its time.

    Raises:
        InputError: there is no such folder, no video in it, too many files, or the pattern cannot be used.
        Cancelled: the user asked to end.
    """
    reader = NameReader(pattern)
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.", code="folder")
    videos, others = _videos(folder)
    if not videos:
        raise InputError(
            f"There is no video in the folder {folder}.", hint="Videos end in .mp4, .mov, .webm ...", code="folder"
        )
    planner = _Planner(store, folder, reader)
    for done, path in enumerate(videos):
        raise_if(cancelled)
        progress("reading", done, len(videos))
        planner.add(path)
    progress("reading", len(videos), len(videos))
    return ImportPlan(folder, tuple(planner.files), others, tuple(planner.new_patients), tuple(planner.new_visits))


def carry_out(
    store: Store,
    plan: ImportPlan,
    limits: VideoLimits,
    *,
    progress: Progress = no_progress,
    cancelled: Callable[[], bool] = not_cancelled,
) -> ImportPlan:
    """Do what a plan says, and return it with what became of every file; each file is entered whole or not at all.

    Recordings come in unconfirmed, as after an upload: a person confirms their orientation before they are analysed. Patients get
    their record number for a name, too.

    Args:
        store: the records.
        plan: from ``plan_import``.
        limits: on what is accepted as a video.
        progress, cancelled: are told and asked for each file; what was entered before cancelling stays.

    Raises:
        HemifaceError: the disk is full, or the data folder cannot be written.
        Cancelled: the user asked to end.
    """
    entry = _Entry(store, plan, limits)
    files = []
    for done, file in enumerate(plan.files):
        raise_if(cancelled)
        progress("importing", done, len(plan.files))
        files.append(entry.take(file) if file.state is FileState.NEW else file)
    progress("importing", len(plan.files), len(plan.files))
    return replace(plan, files=tuple(files), new_patients=tuple(entry.new_patients), new_visits=tuple(entry.new_visits))


def _videos(folder: Path) -> tuple[list[PurePosixPath], int]:
    """Videos below a folder in the order of their paths, and how many other files there are; not hidden ones, nor links."""
    videos, others = [], 0
    for place, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in files:
            path = Path(place) / name
            if name.startswith(".") or path.is_symlink():
                continue
            if path.suffix.lower() in SUFFIXES:
                videos.append(PurePosixPath(path.relative_to(folder).as_posix()))
            else:
                others += 1
            if len(videos) + others > _MOST_FILES:
                raise InputError(
                    f"The folder holds more than {_MOST_FILES:,} files.", hint="Import it in parts.", code="folder"
                )
    return sorted(videos), others


@dataclass
class _Planner:
    """A plan in the making."""

    store: Store
    folder: Path
    reader: NameReader
    files: list[PlannedFile] = field(default_factory=list)
    new_patients: dict[str, None] = field(default_factory=dict)
    new_visits: dict[NameParts, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._known = self.store.patients_by_video()
        self._seen: dict[str, PurePosixPath] = {}
        self._patients: dict[str, str | None] = {}

    def add(self, path: PurePosixPath) -> None:
        """Decide on one file."""
        try:
            parts = self.reader.read(path)
            patient_id = self._patient(parts.patient)
        except InputError as problem:
            self.files.append(PlannedFile(path, FileState.REFUSED, problem.message))
            return
        visit = None if patient_id is None else matching_visit(self.store, patient_id, parts)
        planned = PlannedFile(path, FileState.NEW, "", parts, "", patient_id, visit.id if visit else None)
        try:
            planned = replace(planned, sha256=hash_file(self.folder / path))
        except OSError as problem:
            reason = f"The file cannot be read: {problem.strerror or problem}."
            self.files.append(replace(planned, state=FileState.REFUSED, reason=reason))
            return
        reason = self._duplicate_of(planned)
        if reason:
            self.files.append(replace(planned, state=FileState.DUPLICATE, reason=reason))
            return
        self._seen[planned.sha256] = path
        self.files.append(planned)
        if patient_id is None:
            self.new_patients[parts.patient] = None
        if visit is None and not any(_same_visit(parts, other) for other in self.new_visits):
            self.new_visits[parts] = None

    def _patient(self, number: str) -> str | None:
        """Id of the patient with a record number, None when there is none yet; raises InputError when there are several."""
        key = number.casefold()
        if key not in self._patients:
            found = with_record_number(self.store, number)
            if len(found) > 1:
                raise InputError(f"{len(found)} patients have the record number “{number}”.", code="patient")
            self._patients[key] = found[0].id if found else None
        return self._patients[key]

    def _duplicate_of(self, file: PlannedFile) -> str:
        """Why a file is a duplicate, "" when it is none."""
        owners = self._known.get(file.sha256, set())
        if file.patient_id in owners:
            return "This video is in the records of this patient already."
        if owners:
            return "This video is in the records of another patient; look which one is right."
        if file.sha256 in self._seen:
            return f"It is the same video as {self._seen[file.sha256]}."
        return ""


@dataclass
class _Entry:
    """Carries out a plan; patients and visits are looked up again, so that two files of one new visit make it once."""

    store: Store
    plan: ImportPlan
    limits: VideoLimits
    new_patients: dict[str, None] = field(default_factory=dict)
    new_visits: dict[NameParts, None] = field(default_factory=dict)

    def take(self, file: PlannedFile) -> PlannedFile:
        """Enter one file; it is looked at first, so that a file that cannot be used makes no patient and no visit."""
        from core.video.probe import probe_video

        assert file.parts is not None
        path = self.plan.folder / file.path
        try:
            probe_video(path, self.limits)
            patient_id = self._patient(file.parts)
            visit_id = self._visit(patient_id, file.parts)
            take_in(self.store, visit_id, path, file.path.name, self.limits)
        except InputError as problem:
            return replace(file, state=FileState.REFUSED, reason=problem.message)
        except OSError as problem:
            reason = f"The file cannot be read: {problem.strerror or problem}."
            return replace(file, state=FileState.REFUSED, reason=reason)
        return replace(file, state=FileState.IMPORTED, patient_id=patient_id, visit_id=visit_id)

    def _patient(self, parts: NameParts) -> str:
        found = with_record_number(self.store, parts.patient)
        if found:
            return found[0].id
        self.new_patients[parts.patient] = None
        return self.store.create_patient(PatientDetails(parts.patient, parts.patient)).id

    def _visit(self, patient_id: str, parts: NameParts) -> str:
        found = matching_visit(self.store, patient_id, parts)
        if found is not None:
            return found.id
        self.new_visits[parts] = None
        return self.store.create_visit(patient_id, parts.day, parts.label).id


def matching_visit(store: Store, patient_id: str, parts: NameParts) -> Visit | None:
    """The visit that a file belongs to: of the same day with the same label, or of the same day where either has no label."""
    visits = [row.visit for row in store.visits(patient_id) if row.visit.day == parts.day]
    visits.sort(key=lambda visit: visit.created_at)
    same = [visit for visit in visits if visit.label.casefold() == parts.label.casefold()]
    unnamed = [visit for visit in visits if not visit.label or not parts.label]
    return next(iter(same or unnamed), None)


def _same_visit(one: NameParts, other: NameParts) -> bool:
    same_day = one.patient.casefold() == other.patient.casefold() and one.day == other.day
    return same_day and (one.label.casefold() == other.label.casefold() or not one.label or not other.label)


def described(plan: ImportPlan, *, done: bool = False) -> Iterator[str]:
    """The plan in lines for people: what happens, or with ``done`` happened, to every file, then the sums."""
    for file in plan.files:
        where = ""
        if file.parts is not None:
            where = f"{file.parts.patient}, {file.parts.day.isoformat()}"
            where += f", {file.parts.label}" if file.parts.label else ""
        told = [f"{file.state.value:<10}{file.path}", where, file.reason]
        yield "  ".join(part for part in told if part)
    made = "Made" if done else "Would make"
    for number in plan.new_patients:
        yield f"{made} the patient {number}."
    for parts in plan.new_visits:
        label = f" ({parts.label})" if parts.label else ""
        yield f"{made} the visit of {parts.patient} on {parts.day.isoformat()}{label}."
    counts = ", ".join(f"{plan.count(state)} {state.value}" for state in FileState if plan.count(state))
    others = f"; {plan.others} other files were left alone" if plan.others else ""
    yield f"{len(plan.files)} videos: {counts}{others}."
