"""Player of a recording with its landmarks over every picture: a component whose code lies beside this file."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import streamlit as st

from core.charts.overlay import drawn_landmarks, packed_contours, packed_points
from core.charts.style import SIDE_COLOURS, theme
from core.charts.wording import quantity, short_name
from core.exam.segments import Segment
from core.result import ExamResult
from core.tracking import FaceTrack
from core.words import SIDES
from pages.components.media import VideoSource
from pages.components.streamlit_runtime import is_dark

CHARTS_KEY = "review_curves"
BYTES_A_FRAME = 8 + 4 * len(drawn_landmarks())
_HERE = Path(__file__).parent
_MIDLINE = "#3A3A3A"

_HTML, _CSS, *_SCRIPTS = (
    (_HERE / name).read_text(encoding="utf-8")
    for name in ("video_overlay.html", "video_overlay.css", "landmark_contours.js", "video_overlay.js")
)


def packed_track(track: FaceTrack) -> bytes:
    """Times (float64) and drawn landmarks (int16 quarter pixels) of a track, little-endian, as the player reads them."""
    return track.times.astype("<f8").tobytes() + packed_points(track).tobytes()


def video_overlay(source: VideoSource, track: bytes, result: ExamResult, *, version: str, key: str) -> float | None:
    """Show the player.

    Args:
        source: with a url.
        track: from ``packed_track``.
        result: its segments and key pictures are marked.
        version: changes when track, video or segments change; the player keeps its place as long as it stays.
        key: of the component.

    Returns:
        Seconds of the picture at which the video stands, None before it was ever paused.
    """
    frames = len(track) // BYTES_A_FRAME
    header = player_header(source, result, frames=frames, version=f"{version} {is_dark()}", dark=is_dark())
    # Registered by every run: what is registered at import is lost when no server runs yet.
    player = st.components.v2.component("hemiface_video_overlay", html=_HTML, css=_CSS, js="\n".join(_SCRIPTS))
    state = player(
        key=key, data=packed(header, track), default={"time_s": None}, on_time_s_change=_nothing, height="content"
    )
    time_s = state.get("time_s")
    return float(time_s) if isinstance(time_s, int | float) else None


def player_header(
    source: VideoSource, result: ExamResult, *, frames: int, version: str, dark: bool = False
) -> dict[str, Any]:
    """What the player needs besides the track, JSON values only."""
    look = theme(dark)
    return {
        "version": f"{version} {source.url}",
        "url": source.url,
        "flip": source.flip,
        "width": result.video.width,
        "height": result.video.height,
        "frames": frames,
        "points": len(drawn_landmarks()),
        "contours": packed_contours(),
        "colours": {
            **{side.value: SIDE_COLOURS[side] for side in SIDES},
            "midline": _MIDLINE,
            "text": {side.value: look.side(side) for side in SIDES},
        },
        "labels": {side.value: side.label for side in SIDES},
        "segments": [_segment(segment) for segment in result.segments],
        "keys": key_pictures(result),
        "charts": f".st-key-{CHARTS_KEY} .js-plotly-plot",
    }


def key_pictures(result: ExamResult) -> list[dict[str, Any]]:
    """The key moment of every expression that has one: time, name and both excursions in words."""
    return [
        {
            "time_s": entry.key_frame_s,
            "name": short_name(expression),
            "label": expression.label,
            "text": " · ".join(f"{side.value} {quantity(entry.excursion_mm.get(side))}" for side in SIDES),
        }
        for expression, entry in result.expressions.items()
        if entry.key_frame_s is not None
    ]


def packed(header: dict[str, Any], track: bytes) -> bytes:
    """Header and track in one piece; the header is padded so that the times lie at a multiple of 8 bytes."""
    text = json.dumps(header, ensure_ascii=False).encode("utf-8")
    return struct.pack("<I", len(text)) + text + b" " * (-(4 + len(text)) % 8) + track


def _segment(segment: Segment) -> dict[str, Any]:
    return {
        "name": short_name(segment.expression),
        "label": segment.expression.label,
        "start_s": segment.start_s,
        "end_s": segment.end_s,
    }


def _nothing() -> None:
    """The player's state is read, not acted upon."""
