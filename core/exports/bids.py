"""The texts of a BIDS-like dataset: tab-separated tables with "n/a" for missing, JSON sidecars, descriptions.

BIDS 1.10 with the folder beh as the proposal for audio and video of behaviour has it (BEP047).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core import __version__
from core.exam.protocol import EXPRESSIONS

VERSION = "1.10.0"
TASK = "facialexpressions"
_MISSING = "n/a"

PARTICIPANTS = {
    "participant_id": "pseudonym; the clinic alone can find the patient again",
    "age": "years at the first exported session, from the year of birth; 89 stands for 89 and more",
    "affected_side": "right or left of the patient, both, none or undetermined, as the clinic entered it",
    "cause": "of the palsy, from the list that the clinic chooses from; Other for anything else",
    "simulated": "true for a simulated patient, who is no person",
}
SESSIONS = {
    "session_id": "visits of a patient in their order; visits that were not exported leave a gap",
    "acq_time": "date, shifted by a number of days for each patient; distances between dates are true",
    "days_since_onset": "days from the onset of the palsy to the session",
}
TREATMENTS = {
    "participant_id": "pseudonym",
    "date": "shifted as the dates of the sessions",
    "kind": "surgery, botulinum_toxin, retraining, steroid or other",
    "site": "muscle of an injection of botulinum toxin; Other for anything that is not on the list",
    "side": "the patient's own",
    "units": "of the product",
}
EVENTS = {
    "onset": "start of the movement in seconds from the start of the recording",
    "duration": "seconds",
    "trial_type": "the expression",
    "source": "where the segment comes from: file, cue, proposed, clinician",
}

README = """Facial palsy measured from video: a research export of Hemiface {version}.

Patients stand under pseudonyms, dates are shifted by a number of days for each patient. Names, record numbers, notes, file names
and true dates are left out.
{video}

sub-*/ses-*/beh/      when which expression was performed (*_events.tsv), facts of the recording (*_events.json)
derivatives/hemiface/ measures.csv, and of each recording curves over time and landmarks of every picture;
                      data_dictionary.json explains every column and every measure
phenotype/            treatments

Right and left are the patient's own. Weakness and synkinesis are estimates from 0 to 100, not clinical ratings; see method.
"""
WITHOUT_VIDEO = "There is no video in it."
WITH_VIDEO = (
    "It holds video of faces, which identify people: it is there because it was asked for with their consent.\n"
    "Sound and metadata of the cameras were taken out."
)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """JSON as people can read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_tsv(path: Path, columns: Iterable[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows as BIDS has them; texts must hold neither tabs nor line breaks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(columns), *("\t".join(_cell(value) for value in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def describe(folder: Path, *, with_video: bool) -> None:
    """Write what stands at the top of the dataset and of its derivatives."""
    made_by = {"Name": "Hemiface", "Version": __version__}
    common = {"BIDSVersion": VERSION, "License": "n/a", "GeneratedBy": [made_by]}
    title = {"Name": "Facial palsy measured from video, pseudonymised"}
    write_json(folder / "dataset_description.json", title | {"DatasetType": "raw"} | common)
    derived = folder / "derivatives" / "hemiface" / "dataset_description.json"
    write_json(derived, title | {"DatasetType": "derivative"} | common)
    readme = README.format(version=__version__, video=WITH_VIDEO if with_video else WITHOUT_VIDEO)
    (folder / "README").write_text(readme, encoding="utf-8")
    write_json(folder / "participants.json", _described(PARTICIPANTS))
    write_json(folder / "sessions.json", _described(SESSIONS))
    levels = {expression.value: spec.label for expression, spec in EXPRESSIONS.items()}
    events = _described(EVENTS)
    events["trial_type"]["Levels"] = levels
    write_json(folder / f"task-{TASK}_events.json", events)


def describe_treatments(folder: Path) -> None:
    """Write the sidecar of the treatments."""
    write_json(folder / "phenotype" / "treatments.json", _described(TREATMENTS))


def _described(columns: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    return {name: {"Description": words} for name, words in columns.items()}


def _cell(value: object) -> str:
    if value is None or value == "":
        return _MISSING
    return f"{value:.6g}" if isinstance(value, float) else str(value)
