"""Editor of the 68 points of one picture: a component whose code lies beside this file."""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.annotated_frame import AnnotatedFrame, PlacedBy
from core.charts.style import SIDE_COLOURS, theme
from core.errors import InputError
from core.face.ibug68 import INNER_CANTHI, POINTS, Region, interocular_px, outlines, point_name, region_of, side_of
from core.face.landmarks import IBUG68
from core.words import SIDES
from pages.components.streamlit_runtime import is_dark
from pages.components.video_overlay import packed

_HERE = Path(__file__).parent
# In the order in which they build on each other; browsers take a component's code as one module.
SCRIPTS = ("landmark_points.js", "landmark_drafts.js", "landmark_stage.js", "landmark_editor.js")
_MIDLINE = "#F0E442"
_JPEG_QUALITY = 95


def script() -> str:
    """The component's code as one module."""
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)


_HTML, _CSS = ((_HERE / f"landmark_editor.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))
_JS = script()


@dataclass(frozen=True)
class ListedFrame:
    """One picture in the list above the editor: why it is there, who corrected it, and whether this annotator did."""

    index: int
    time_s: float
    reason: str
    who: tuple[str, ...]
    mine: bool


@dataclass(frozen=True)
class EditedFrame:
    """The picture in the editor.

    Attributes:
        recording_id: whose picture it is.
        index, time_s, sha256, width, height: of the picture (core.annotated_frame).
        points, visible: (68, 2) and (68,) where the annotator begins: the own saved version, else the tracker's.
        tracker_points: (68, 2) as the tracker placed them.
        tracker: which tracker.
        saved_version: of this annotator, 0 when there is none.
    """

    recording_id: str
    index: int
    time_s: float
    sha256: str
    width: int
    height: int
    points: np.ndarray
    visible: np.ndarray
    tracker_points: np.ndarray
    tracker: PlacedBy
    saved_version: int

    def annotated(self, annotator: str, points: np.ndarray, visible: np.ndarray) -> AnnotatedFrame:
        """This picture with points that were placed on it."""
        return AnnotatedFrame(
            self.index, self.time_s, self.sha256, self.width, self.height, annotator, points, visible, self.tracker
        )


@dataclass(frozen=True)
class Sent:
    """What the browser sent last of one kind; its id tells whether it has been dealt with."""

    id: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What became of what was saved: shown where it failed."""

    id: str
    ok: bool
    message: str = ""


def landmark_editor(
    frame: EditedFrame,
    picture: bytes,
    listed: Sequence[ListedFrame],
    *,
    annotator: str,
    answer: Answer | None,
    key: str,
) -> None:
    """Show the editor.

    Args:
        frame: what is edited.
        picture: JPEG of the same size, from ``jpeg_bytes``.
        listed: pictures to choose from.
        annotator: who works; nothing can be saved without.
        answer: to what was saved last.
        key: of the component; ``sent`` finds by it what came back.
    """
    header = editor_header(frame, listed, annotator=annotator, answer=answer, dark=is_dark())
    # Registered by every run: what is registered at import is lost when no server runs yet.
    editor = st.components.v2.component("hemiface_landmark_editor", html=_HTML, css=_CSS, js=_JS)
    editor(
        key=key,
        data=packed(header, picture),
        default={"saved": None, "chosen": None},
        on_saved_change=_nothing,
        on_chosen_change=_nothing,
        height="content",
    )


def sent(key: str, kind: str) -> Sent | None:
    """What the editor with this key sent: ``kind`` "saved" or "chosen"; None before the first and for nonsense."""
    state = st.session_state.get(key)
    content = state.get(kind) if isinstance(state, Mapping) else None
    if not isinstance(content, Mapping) or not isinstance(content.get("id"), str):
        return None
    return Sent(content["id"], content)


def editor_header(
    frame: EditedFrame,
    listed: Sequence[ListedFrame],
    *,
    annotator: str,
    answer: Answer | None = None,
    dark: bool = False,
) -> dict[str, Any]:
    """What the editor needs besides the picture, JSON values only."""
    look = theme(dark)
    header: dict[str, Any] = {
        "annotator": annotator,
        "answer": None if answer is None else vars(answer),
        # Unsaved points belong to what they began with.
        "base": f"{frame.saved_version} {frame.tracker.name} {frame.tracker.weights_sha256} {frame.sha256}",
        "frame": {
            "key": f"{frame.recording_id} {frame.index}",
            "index": frame.index,
            "sha256": frame.sha256,
            "width": frame.width,
            "height": frame.height,
            "points": _rounded(frame.points),
            "visible": [bool(seen) for seen in frame.visible],
            "tracker_points": _rounded(frame.tracker_points),
            "saved_version": frame.saved_version,
        },
        "frames": [{**vars(entry), "who": list(entry.who)} for entry in listed],
        "sides": [_side(point) for point in range(POINTS)],
        "names": [point_name(point) for point in range(POINTS)],
        "region_of": [region_of(point).value for point in range(POINTS)],
        "regions": [{"id": region.value, "label": region.label, "points": list(region.points)} for region in Region],
        "outlines": [
            {"region": line.region.value, "points": list(line.points), "closed": line.closed} for line in outlines()
        ],
        "mirror": IBUG68.mirror.tolist(),
        "axis": list(INNER_CANTHI),
        "eye_distance_px": float(interocular_px(frame.tracker_points)),
        "colours": {
            **{side.value: SIDE_COLOURS[side] for side in SIDES},
            "midline": _MIDLINE,
            "text": {side.value: look.side(side) for side in SIDES},
        },
        "labels": {side.value: side.label for side in SIDES},
    }
    header["version"] = hashlib.sha256(json.dumps(header, sort_keys=True).encode()).hexdigest()
    return header


def placed(content: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """(68, 2) points and (68,) visible of what a browser sent; raises InputError for anything else."""
    points, visible = content.get("points"), content.get("visible")
    good = (
        isinstance(points, list)
        and len(points) == POINTS
        and all(isinstance(point, list) and len(point) == 2 and all(map(_is_number, point)) for point in points)
        and isinstance(visible, list)
        and len(visible) == POINTS
        and all(isinstance(seen, bool) for seen in visible)
    )
    if not good:
        raise InputError("The points did not arrive whole.", hint="Save them again.", code="landmarks")
    return np.array(points, dtype=float), np.array(visible, dtype=bool)


def jpeg_bytes(image: np.ndarray) -> bytes:
    """A picture (H, W, 3) uint8 for the editor, at its full size."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return stream.getvalue()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _rounded(points: np.ndarray) -> list[list[float]]:
    return [[round(float(value), 3) for value in point] for point in points]


def _side(point: int) -> str:
    side = side_of(point)
    return "" if side is None else side.value


def _nothing() -> None:
    """What comes back is read from the session, not acted upon here."""
