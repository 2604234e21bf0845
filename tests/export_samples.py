"""A store with two patients whose every text is a canary, for tests of exports."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import av
import numpy as np

from core.records import PatientDetails, Store
from core.words import AffectedSide
from tests.exam_samples import short_exam, synkinetic_exam, write_grey_clip

NAME, NUMBER, NOTE = "Zsófia Canary", "MRN-0815-77", "neighbour of the mayor"
LABEL, FILE_NAME, CAUSE = "=visit of Zsófia", "Zsofia_Canary_0815.mp4", "bitten by Canary's dog"
WHO, PLACE = "Dr. Canaris", "+47.0707+015.4395/"
DAYS = (date(2025, 11, 3), date(2026, 3, 12))
ONSET = date(2025, 10, 20)
CANARIES = (
    NAME, "Zsófia", "Canary", NUMBER, "0815", NOTE, "mayor", FILE_NAME, CAUSE, WHO, "Canaris", PLACE, "47.0707",
    *(f"{day:{form}}" for day in (*DAYS, ONSET) for form in ("%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%Y:%m:%d")),
)  # fmt: skip


@cache
def analysis_folder(full: bool = False) -> Path:
    """Files of an analysis: of two movements, or of the whole examination."""
    folder = Path(mkdtemp(prefix="hemiface-export-"))
    (synkinetic_exam() if full else short_exam()).write(folder)
    return folder


@cache
def clip() -> Path:
    """A clip with sound, whose container and sound tell of its patient."""
    folder = Path(mkdtemp(prefix="hemiface-export-"))
    plain = write_grey_clip(folder / "plain.mp4", short_exam().track)
    target = folder / "clip.mp4"
    with av.open(str(plain)) as source, av.open(str(target), "w", options={"movflags": "use_metadata_tags"}) as output:
        output.metadata.update(
            {"title": NAME, "comment": NOTE, "location": PLACE, "creation_time": "2026-03-12T09:00:00.000000Z"}
        )
        picture = output.add_stream_from_template(source.streams.video[0])
        picture.metadata["handler_name"] = NUMBER
        sound = output.add_stream("aac", rate=16000)
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = picture
                output.mux(packet)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 16000, 0
        output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
    return target


def fill(store: Store) -> list[str]:
    """Two visits of one patient and one of another, analysed; returns the ids of the visits, oldest first."""
    details = PatientDetails(NAME, NUMBER, 1961, AffectedSide.RIGHT, CAUSE, ONSET, NOTE)
    first = store.create_patient(details)
    second = store.create_patient(PatientDetails("Canary's brother", "MRN-0815-78", cause="Trauma"))
    visits = [store.create_visit(first.id, day, LABEL, NOTE) for day in DAYS]
    visits.append(store.create_visit(second.id, DAYS[1]))
    for visit in visits:
        recording = store.add_recording(visit.id, clip(), FILE_NAME)
        store.add_analysis(recording.id, analysis_folder())
    return [visit.id for visit in visits]
