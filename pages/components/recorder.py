"""The guided recorder: a component whose code lies in recorder_parts, and what the page gets back from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from core.exam.guide import ExamPlan
from core.exam.protocol import Expression
from core.video.limits import VideoLimits
from pages.components.capture_routes import BASE
from pages.components.demonstrations import demonstration_url, poster_url
from pages.components.installation import installation
from pages.components.streamlit_runtime import is_dark

# From the decision to stop to the last picture.
STOPPING_S = 3.0
_HERE = Path(__file__).parent / "recorder_parts"
# In the order in which they build on each other; browsers take a component's code as one module.
SCRIPTS = ("camera.js", "upload.js", "framing.js", "guide.js", "voice.js", "recording.js", "screen.js", "recorder.js")


def script() -> str:
    """The component's code as one module."""
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)


_HTML, _CSS = ((_HERE / f"recorder.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))
_JS = script()


def recorder(
    plan: ExamPlan,
    *,
    token: str,
    key: str,
    texts: dict[str, str],
    expressions: dict[str, dict[str, str]],
    language: str = "en",
    home: bool = False,
    practice: ExamPlan | None = None,
) -> str | None:
    """Show the recorder: camera, picture check, practice, guided recording.

    Args:
        plan: what is asked for. A changed plan is taken over unless a recording is under way.
        token: from ``CaptureGrants.grant``.
        key: of the component; a new key is a new recorder.
        texts, expressions: from ``pages.components.recorder_texts``.
        language: of the voice, two letters.
        home: large type, spoken instructions on, no sound recording.
        practice: one movement to practise, nothing of which is recorded.

    Returns:
        Id of the capture that is finished, None before. It stays the same in later runs of the page: the caller remembers
        which one it has dealt with.
    """
    longest_s = installation().settings.video.max_duration_s - STOPPING_S
    data = recorder_data(plan, token, texts, expressions, language, home, practice, longest_s)
    # Registered by every run: what is registered at import is lost when no server runs yet.
    component = st.components.v2.component("hemiface_recorder", html=_HTML, css=_CSS, js=_JS)
    state = component(
        key=key, data=data, default={"finished": None}, on_finished_change=_nothing, height="content", width="stretch"
    )
    finished = state.get("finished")
    return finished if isinstance(finished, str) else None


def recorder_data(
    plan: ExamPlan,
    token: str,
    texts: dict[str, str],
    expressions: dict[str, dict[str, str]],
    language: str,
    home: bool,
    practice: ExamPlan | None,
    longest_s: float = float(VideoLimits.max_duration_s) - STOPPING_S,
) -> dict[str, Any]:
    """What the script needs, JSON values only."""
    asked = {*plan.expressions, *(practice.expressions if practice else [])}
    return {
        "version": f"{token} {language} {plan.model_dump_json()}",
        "base": BASE,
        "token": token,
        "plan": plan.model_dump(mode="json"),
        "practice": practice.model_dump(mode="json") if practice else None,
        "texts": texts,
        "expressions": expressions,
        "demonstrations": {
            expression.value: {"clip": demonstration_url(expression), "poster": poster_url(expression)}
            for expression in Expression
            if expression in asked
        },
        "language": language,
        "home": home,
        "dark": is_dark(),
        "longest_s": longest_s,
    }


def _nothing() -> None:
    """The recorder's state is read, not acted upon."""
