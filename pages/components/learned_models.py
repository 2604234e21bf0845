"""The networks of second opinions in a server: loaded when a page needs them, shared by all sessions, one call at a time.

They are let go some time after they were loaded, and loaded again (under a second) by the next page that asks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import numpy as np
import streamlit as st

from core.errors import HemifaceError, UnavailableError
from core.result import ExamResult, Screening, SeverityOpinion
from core.second_opinions import KeyFrame, SeverityModel, SynkinesisScreener
from models import opinions

_KEPT_FOR = timedelta(minutes=20)

Model = TypeVar("Model")


class SharedScreener:
    """A screen for synkinesis that several sessions may call at the same time."""

    def __init__(self, screener: SynkinesisScreener) -> None:
        self._screener = screener
        self._lock = threading.Lock()

    def screen(self, frames: Sequence[KeyFrame]) -> Screening:
        """As ``SynkinesisScreener.screen``."""
        with self._lock:
            return self._screener.screen(frames)

    def explain(self, frame: KeyFrame) -> np.ndarray:
        """As ``SynkinesisScreener.explain``."""
        with self._lock:
            return self._screener.explain(frame)


class SharedSeverityModel:
    """A severity model that several sessions may call at the same time."""

    def __init__(self, model: SeverityModel) -> None:
        self._model = model
        self._lock = threading.Lock()

    def assess(self, result: ExamResult, frames: Sequence[KeyFrame]) -> SeverityOpinion:
        """As ``SeverityModel.assess``."""
        with self._lock:
            return self._model.assess(result, frames)


@st.cache_resource(ttl=_KEPT_FOR, max_entries=1, show_spinner="Loading the network")
def screener() -> SharedScreener:
    """The screen for synkinesis; raises UnavailableError when it cannot be used."""
    return SharedScreener(_made(opinions.make_screener, "screen for synkinesis"))


@st.cache_resource(ttl=_KEPT_FOR, max_entries=1, show_spinner="Loading the network")
def severity_model() -> SharedSeverityModel:
    """The severity model; raises UnavailableError when it cannot be used."""
    return SharedSeverityModel(_made(opinions.make_severity_model, "severity model"))


def opinion_models() -> opinions.OpinionModels:
    """Both, for ``models.opinions``."""
    return opinions.OpinionModels(screener, severity_model)


def _made(make: Callable[[], Model], what: str) -> Model:
    try:
        return make()
    except HemifaceError:
        raise
    except Exception as problem:  # a broken library must not take the page with it
        raise UnavailableError(
            f"The {what} cannot be loaded here ({type(problem).__name__}).",
            hint="Run: python cli.py doctor",
            code="model",
        ) from problem
