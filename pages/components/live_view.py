"""The live view: camera or simulated patient with landmarks, bars, curve and symmetry; its code lies beside this file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from core.charts.overlay import packed_contours
from core.charts.style import SIDE_COLOURS, theme
from core.charts.wording import short_name
from core.exam.protocol import Expression
from core.live import LIVE_MOVEMENTS
from core.words import SIDES
from pages.components.live_socket import CLIP_ROUTE, SOCKET_ROUTE
from pages.components.streamlit_runtime import is_dark

_HERE = Path(__file__).parent
_MIDLINE = "#3A3A3A"
FIRST_MOVEMENT = Expression.SMILE_OPEN
# Millimetres at the top of the bars and of the curve; a larger movement makes the scale larger.
_FULL_MM = {
    Expression.BROW_RAISE: 10,
    Expression.EYES_GENTLE: 10,
    Expression.SMILE_OPEN: 12,
    Expression.PUCKER: 8,
    Expression.EEE: 8,
}
_NAMES = {Expression.EYES_GENTLE: "Eye closure", Expression.SMILE_OPEN: "Smile", Expression.EEE: "Lower lip"}

_HTML, _CSS, *_SCRIPTS = (
    (_HERE / name).read_text(encoding="utf-8")
    for name in (
        "live_view.html",
        "live_view.css",
        "live_source.js",
        "landmark_contours.js",
        "live_drawing.js",
        "live_view.js",
    )
)


def live_view(token: str, *, key: str) -> None:
    """Show the live view.

    Args:
        token: of the session, granted for the live view (pages.components.live_socket).
        key: of the component.
    """
    # Registered by every run: what is registered at import is lost when no server runs yet.
    view = st.components.v2.component("hemiface_live_view", html=_HTML, css=_CSS, js="\n".join(_SCRIPTS))
    view(key=key, data=view_data(token, dark=is_dark()), height="content")


def view_data(token: str, *, dark: bool = False) -> dict[str, Any]:
    """What the view needs, JSON values only."""
    look = theme(dark)
    return {
        "socket": SOCKET_ROUTE.format(token=token),
        "clips": {
            movement.value: CLIP_ROUTE.format(token=token, movement=movement.value) for movement in LIVE_MOVEMENTS
        },
        "movements": [
            {
                "id": movement.value,
                "name": _NAMES.get(movement, short_name(movement)),
                "prompt": movement.spec.prompt.removesuffix(" Hold. And relax.").removesuffix(" Hold. And open."),
                "full_mm": _FULL_MM[movement],
            }
            for movement in LIVE_MOVEMENTS
        ],
        "movement": FIRST_MOVEMENT.value,
        "contours": packed_contours(),
        "colours": {
            **{side.value: SIDE_COLOURS[side] for side in SIDES},
            "midline": _MIDLINE,
            "text": {side.value: look.side(side) for side in SIDES},
            "grid": look.grid,
            "muted": look.muted,
        },
        "labels": {side.value: side.label for side in SIDES},
    }
