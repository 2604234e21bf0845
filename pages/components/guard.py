"""One wrapper around every page, dialog and fragment: a user sees a sentence, never a stack trace (reliability T7)."""

from __future__ import annotations

import functools
import logging
import traceback
from collections.abc import Callable
from typing import ParamSpec, TypeVar
from uuid import uuid4

import streamlit as st

from core.errors import HemifaceError
from pages.components.text import plain

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger("hemiface.pages")


def guarded(draw: Callable[P, R]) -> Callable[P, R | None]:
    """Draws, and shows an error in one sentence where drawing fails. Streamlit's own control flow passes through."""

    @functools.wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return draw(*args, **kwargs)
        except Exception as problem:  # the last place where it can be told in words
            show_error(problem)
            return None

    return wrapper


def show_error(problem: Exception) -> bool:
    """Show an error; also Streamlit's ``on_script_error``, which True tells that the error was shown."""
    if isinstance(problem, HemifaceError):
        st.error(plain(problem.message), icon=":material/error:")
        if problem.hint:
            st.caption(plain(problem.hint))
    else:
        error_id = uuid4().hex[:8]
        log_without_data(error_id, problem)
        st.error(f"Something went wrong (error {error_id}).", icon=":material/error:")
        st.caption("Try again. If it happens again, the log file in the data folder tells more under this number.")
    return True


def log_without_data(error_id: str, problem: Exception) -> None:
    """Log kind and place of an error; its message is left out because it may quote a patient's data."""
    place = "".join(traceback.format_tb(problem.__traceback__))
    log.error("error %s: %s\n%s", error_id, type(problem).__name__, place)
