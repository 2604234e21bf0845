"""The band of the screen, the faces with what a network saw, and the second opinion on severity: values, sides and words."""

import numpy as np
import pytest

from core.charts.face_views import face_square, face_view, heat_view
from core.charts.screening import (
    interval_words,
    limits_words,
    percent,
    picture_name,
    picture_words,
    probability_band,
    probability_band_alt,
    probability_words,
    verdict_words,
)
from core.charts.second_opinion import opinion_reasons, opinion_rows, opinion_words
from core.charts.style import contrast, theme
from core.exam.protocol import Expression as E
from core.result import BranchOpinion, ImageScreening, SideOpinion
from core.words import Branch
from tests.exam_samples import synkinetic_exam
from tests.opinion_samples import screening, severity_opinion

PICTURES = [
    ImageScreening(time_s=1.04, expression=E.REST, probability=0.2),
    ImageScreening(time_s=12.4, expression=E.SMILE_OPEN, probability=0.95),
    ImageScreening(time_s=14.0, expression=E.PUCKER, probability=None, reason="The head was turned."),
]


# --------------------------------------------------------------------------------------------------------- words


def test_nothing_is_certain():
    assert [percent(value) for value in (0.0, 0.004, 0.1, 0.5, 0.994, 0.996, 1.0)] == [
        "under 1 %", "under 1 %", "10 %", "50 %", "99 %", "over 99 %", "over 99 %",
    ]  # fmt: skip


def test_a_probability_never_stands_without_its_interval():
    assert probability_words(screening(0.87)) == "87 % (95 % interval 77 to 97 %)"
    assert probability_words(screening(0.02)) == "2 % (95 % interval 0 to 12 %)"
    assert probability_words(screening(None)) == "–"
    bare = screening(0.4).model_copy(update={"low": None})
    assert (interval_words(bare), probability_words(bare)) == ("", "40 %")


@pytest.mark.parametrize(
    ("probability", "words"), [(0.9, "refer"), (0.4, "unsure"), (0.1, "not flagged"), (None, "not assessable")]
)
def test_verdicts(probability, words):
    assert verdict_words(screening(probability)) == words


def test_limits_are_told_in_a_sentence():
    assert limits_words(screening(0.5)) == "From 60 % on: refer. Below 30 %: not flagged. Between: unsure."


def test_pictures_are_named_by_what_they_show_and_when():
    assert [picture_name(picture) for picture in PICTURES] == ["Rest, 1.0 s", "Open smile, 12.4 s", "Pucker, 14.0 s"]
    assert picture_name(ImageScreening(time_s=None, expression=None, probability=0.1)) == "Picture"
    assert [picture_words(picture) for picture in PICTURES] == ["20 %", "95 %", "not assessable. The head was turned."]


# ---------------------------------------------------------------------------------------------------------- band


def traces(figure):
    return {trace.name: trace for trace in figure.data}


@pytest.mark.parametrize("dark", [False, True])
def test_band_shows_the_examination_with_its_interval_and_every_picture(dark):
    figure = probability_band(screening(0.8, pictures=PICTURES), dark=dark)
    found = traces(figure)
    assert list(found["examination"].x) == [0.8]
    assert list(found["interval"].x) == pytest.approx([0.7, 0.9])
    assert list(found["pictures"].x) == [0.2, 0.95]
    assert found["pictures"].text == ("Rest, 1.0 s: 20 %", "Open smile, 12.4 s: 95 %")
    assert "80 % (95 % interval 70 to 90 %)" in found["examination"].text[0]
    look = theme(dark)
    assert contrast(found["examination"].marker.color, look.page) > 4.5


def test_bands_end_where_the_verdicts_do():
    figure = probability_band(screening(0.8))
    bands = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert [(band.x0, band.x1) for band in bands] == [(0.0, 0.3), (0.3, 0.6), (0.6, 1.0)]
    assert len({band.fillcolor for band in bands}) == 3
    names = [(note.x, note.text) for note in figure.layout.annotations]
    assert names == [(0.15, "not flagged"), (pytest.approx(0.45), "unsure"), (0.8, "<b>refer</b>")]


def test_a_narrow_band_is_not_named_in_the_chart():
    narrow = screening(0.8).model_copy(update={"unsure_from": 0.55})
    assert [note.text for note in probability_band(narrow).layout.annotations] == ["not flagged", "<b>refer</b>"]


def test_a_phone_gets_short_names():
    rows = probability_band(screening(0.8), narrow=True).layout.yaxis.ticktext
    assert max(map(len, rows)) < max(map(len, probability_band(screening(0.8)).layout.yaxis.ticktext))


def test_not_assessable_has_no_point():
    figure = probability_band(screening(None, pictures=PICTURES[2:]))
    assert set(traces(figure)) == {"pictures"}
    assert list(figure.data[0].x) == []


def test_band_in_words():
    told = probability_band_alt(screening(0.8, pictures=PICTURES))
    assert told.startswith("Screen for synkinesis: refer, probability 80 % (95 % interval 70 to 90 %). From 60 % on")
    assert "Each picture alone: Rest, 1.0 s 20 %; Open smile, 12.4 s 95 %; Pucker, 14.0 s not assessable." in told
    assert probability_band_alt(screening(None, reason="It is dark.")) == (
        "Screen for synkinesis: not assessable. It is dark."
    )


# --------------------------------------------------------------------------------------------------------- faces


def corners(left, top, right, bottom):
    return np.array([[left, top, 0], [right, bottom, 0]], np.float32)


def test_the_square_is_around_the_face_with_room():
    left, top, side = face_square(corners(100, 50, 200, 190))
    assert side == pytest.approx(140 * 1.44)
    assert (left + side / 2, top + side / 2) == pytest.approx((150, 120))


@pytest.mark.parametrize("size_px", [60, 600])
def test_the_view_is_centred_and_keeps_sides(size_px):
    image = np.zeros((300, 400, 3), np.uint8)
    image[:, :200] = 200, 0, 0  # the patient's right, on the left of the picture
    view = face_view(image, corners(150, 100, 249, 199), size_px)
    assert view.shape == (size_px, size_px, 3)
    middle = size_px // 2
    assert (view[:, : middle - 2] == [200, 0, 0]).all()
    assert (view[:, middle + 2 :] == 0).all()


def test_a_face_at_the_edge_of_the_picture_is_shown_as_far_as_it_is_there():
    image = np.full((100, 100, 3), 90, np.uint8)
    assert (face_view(image, corners(60, 60, 140, 140), 50) == 90).all()


def test_heat_lies_where_it_belongs_and_leaves_the_rest_of_the_picture():
    image = np.full((200, 200, 3), 128, np.uint8)
    heat = np.zeros((200, 200), np.float32)
    heat[:, :100] = 1.0
    points = corners(50, 50, 149, 149)
    seen = heat_view(image, points, heat, 120).astype(int)
    assert (seen[:, 62:] == 128).all()
    assert (np.ptp(seen[:, :58], axis=2) > 40).all()
    with pytest.raises(ValueError, match="must have the picture's shape"):
        heat_view(image, points, heat[:50], 120)


# ------------------------------------------------------------------------------------------------ second opinion


def test_rows_have_both_scores_of_both_sides():
    result = synkinetic_exam().result.model_copy(update={"severity_opinion": severity_opinion()})
    rows = opinion_rows(result)
    assert [row["Branch"] for row in rows] == [
        "Temporal", "Zygomatic", "Buccal", "Marginal mandibular", "Cervical",
    ]  # fmt: skip
    buccal = rows[2]
    assert buccal["Patient's right: second opinion"] == "40 (32 to 48)"
    assert buccal["Patient's left: second opinion"] == "4 (0 to 8)"
    weakness = result.branches["buccal"].right
    assert buccal["Patient's right: by rule"].startswith(f"{weakness.weakness:.0f}, ")
    assert rows[4]["Patient's left: second opinion"] == "not assessable"
    assert opinion_reasons(result) == ["Not assessable, cervical right, cervical left: The neck was not seen."]


def test_without_an_opinion_there_is_no_row():
    assert opinion_rows(synkinetic_exam().result) == []
    assert opinion_reasons(synkinetic_exam().result) == []
    refused = severity_opinion().model_copy(update={"branches": {}, "reason": "No key picture at rest."})
    result = synkinetic_exam().result.model_copy(update={"severity_opinion": refused})
    assert (opinion_rows(result), opinion_reasons(result)) == ([], ["No key picture at rest."])


def test_a_reason_for_all_is_told_once():
    why = "Fewer than 3 movements were measured."
    unknown = BranchOpinion(right=SideOpinion(severity=None, reason=why), left=SideOpinion(severity=None, reason=why))
    opinion = severity_opinion().model_copy(update={"branches": {Branch.BUCCAL: unknown}, "reason": why})
    result = synkinetic_exam().result.model_copy(update={"severity_opinion": opinion})
    assert opinion_reasons(result) == [why]


def test_an_opinion_without_an_interval():
    assert opinion_words(SideOpinion(severity=12.4)) == "12"
