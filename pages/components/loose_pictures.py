"""Loose pictures: dropped on the page, screened within seconds, shown in a table, and stored nowhere."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.charts.face_views import face_view
from core.charts.screening import limits_words
from core.errors import HemifaceError, InputError
from core.loose_pictures import MOST_BYTES, SUFFIXES, read_picture
from core.records.frame_pictures import png_bytes
from core.records.text import clean_file_name, spreadsheet_text
from core.screening_table import PictureAnswer, csv_bytes, summary
from core.second_opinions import KeyFrame
from models import opinions
from pages.components import figures
from pages.components.guard import guarded
from pages.components.installation import installation
from pages.components.landmark_editor import jpeg_bytes
from pages.components.learned_models import screener
from pages.components.text import counted, plain

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_MOST_PICTURES = 60
_THUMBNAIL_PX = 96
_ROW_PX = 64
_ROUND = "loose_round"
_PROBABILITY, _REASON = "Probability (95 % interval)", "Why there is none"


@dataclass(frozen=True)
class LoosePicture:
    """What is known of one picture: what the screen says, and its face as a JPEG; None without one."""

    answer: PictureAnswer
    face: bytes | None


@st.fragment
@guarded
def loose_pictures() -> None:
    """A place to drop pictures, their table and its CSV file; a sentence where the network cannot be used."""
    st.subheader("Loose pictures", anchor=False)
    st.markdown(
        "The screen's answer to single photographs, at rest or in an expression. They stay in this computer's memory while you "
        "look at them and are not stored."
    )
    problem = opinions.screener_problem()
    if problem is not None:
        st.info(f"The screen cannot be used here. {plain(problem)}", icon=":material/visibility_off:")
        return
    uploads = st.file_uploader(
        "Drop pictures of faces here",
        type=list(SUFFIXES),
        accept_multiple_files=True,
        max_upload_size=MOST_BYTES // 1_000_000,
        # A new key empties the uploader, which otherwise keeps every byte in memory.
        key=f"loose_pictures_{st.session_state.get(_ROUND, 0)}",
    )
    if not uploads:
        return
    if len(uploads) > _MOST_PICTURES:
        st.warning(f"Only the first {counted(_MOST_PICTURES, 'picture')} were looked at.", icon=":material/filter:")
    pictures = _looked_at(uploads[:_MOST_PICTURES])
    if pictures:
        _table(pictures)


def _looked_at(uploads: Sequence[UploadedFile]) -> list[LoosePicture]:
    """Every picture, those of before from the session's memory; none when the network cannot be used."""
    made = []
    place = st.empty()
    try:
        for number, upload in enumerate(uploads):
            content = upload.getvalue()
            place.progress(number / len(uploads), text=f"Picture {number + 1} of {len(uploads)}")
            made.append(_picture(hashlib.sha256(content).hexdigest(), clean_file_name(upload.name), content))
    except HemifaceError as problem:
        st.error(plain(str(problem)), icon=":material/error:")
        return []
    finally:
        place.empty()
    return made


@st.cache_resource(scope="session", max_entries=2 * _MOST_PICTURES, show_spinner=False)
def _picture(sha256: str, name: str, _content: bytes) -> LoosePicture:  # noqa: ARG001 - the hash is the key
    try:
        image = read_picture(_content)
        points = installation().frames.photo(png_bytes(image))
    except InputError as problem:
        return LoosePicture(PictureAnswer(name, problem=problem.message), None)
    screening = screener().screen([KeyFrame(image, points)])
    return LoosePicture(PictureAnswer(name, screening), jpeg_bytes(face_view(image, points, _THUMBNAIL_PX)))


def _table(pictures: Sequence[LoosePicture]) -> None:
    answers = [picture.answer for picture in pictures]
    st.markdown(f"**{summary(answers)}**")
    phone = figures.is_phone()
    st.dataframe(
        [
            {
                "Face": None if picture.face is None else _inline(picture.face),
                # The table has a download of its own, too.
                "File": spreadsheet_text(picture.answer.name),
                "Verdict": picture.answer.verdict,
                _PROBABILITY: picture.answer.probability,
                _REASON: picture.answer.reason,
            }
            for picture in pictures
        ],
        hide_index=True,
        height="content",
        row_height=_ROW_PX,
        placeholder="–",
        column_order=["Face", "Verdict", _PROBABILITY, "File"] if phone else None,
        column_config={
            "Face": st.column_config.ImageColumn("Face", width=70),
            "File": st.column_config.TextColumn("File", width=170),
            "Verdict": st.column_config.TextColumn("Verdict", width=110),
            _PROBABILITY: st.column_config.TextColumn(_PROBABILITY, width=190),
            _REASON: st.column_config.TextColumn(_REASON, width="large"),
        },
        key="loose_table",
    )
    for answer in answers if phone else ():
        if answer.reason:
            st.caption(f":material/texture: {plain(answer.name)}: {plain(answer.reason)}")
    known = next((answer.screening for answer in answers if answer.screening is not None), None)
    if known is not None:
        st.caption(
            f"{limits_words(known)} The network learned from **simulated patients**; one picture is no examination."
        )
    with st.container(horizontal=True):
        st.download_button(
            "Table (CSV)",
            data=csv_bytes(answers),
            file_name="hemiface_loose_pictures.csv",
            mime="text/csv",
            icon=":material/download:",
            key="loose_csv",
            on_click="ignore",
        )
        st.button("Remove the pictures", key="loose_remove", icon=":material/delete:", on_click=_forget)


def _forget() -> None:
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    _picture.clear()


def _inline(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{b64encode(jpeg).decode()}"
