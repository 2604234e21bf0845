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
from core.records.text import clean_file_name
from core.screening_table import PictureAnswer, csv_bytes, summary
from core.second_opinions import KeyFrame
from models import opinions
from pages.components.guard import guarded
from pages.components.installation import installation
from pages.components.landmark_editor import jpeg_bytes
from pages.components.learned_models import screener
from pages.components.text import counted, plain

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_MOST_PICTURES = 60
_THUMBNAIL_PX = 96
_ROUND = "loose_round"


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
        "Drop photographs of faces, at rest or in an expression, for the screen's answer to each of them. They stay in this "
        "computer's memory while you look at them and are not stored."
    )
    problem = opinions.screener_problem()
    if problem is not None:
        st.info(f"The screen cannot be used here. {plain(problem)}", icon=":material/visibility_off:")
        return
    uploads = st.file_uploader(
        "Pictures of faces",
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
    st.dataframe(
        [
            {
                "Face": None if picture.face is None else _inline(picture.face),
                "File": picture.answer.name,
                "Verdict": picture.answer.verdict,
                "Probability of synkinesis": picture.answer.probability,
                "Reason": picture.answer.reason,
            }
            for picture in pictures
        ],
        hide_index=True,
        row_height=64,
        column_config={"Face": st.column_config.ImageColumn("Face", width="small")},
        key="loose_table",
    )
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
