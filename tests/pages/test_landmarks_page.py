"""The page Landmarks as users meet it: what it offers, what it keeps, what it refuses; and what its editor gets and gives."""

import dataclasses
import json
import shutil
import subprocess

import numpy as np
import pytest
import streamlit as st

from core.annotated_frame import PlacedBy, picture_sha256
from core.errors import InputError
from core.face.ibug68 import Region, copied_from, region_side_points
from core.face.landmarks import MESH478_OF_IBUG68
from core.frame_proposals import FrameProposal, ProposalKind
from core.records.frame_pictures import frame_picture
from core.video.limits import DEFAULT_LIMITS
from core.words import Side
from pages.components.landmark_editor import (
    Answer,
    EditedFrame,
    ListedFrame,
    Sent,
    editor_header,
    placed,
    script,
)
from pages.components.landmark_frames import (
    FramePicture,
    TrackedFace,
    edited_frame,
    listed_frames,
    next_frame,
    save_sent,
)
from tests.correction_samples import analysed_recording, annotated_frame, face_points, slow_exam, write_exam
from tests.pages.conftest import labels, words

EDITOR = "bidi_component"
GOOD = {"points": [[1.0, 2]] * 68, "visible": [True] * 68}
needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="node is not installed (on Debian: apt-get install nodejs)"
)


@pytest.fixture(autouse=True)
def fresh_caches():
    """Every app under test counts as the same session, whose caches outlive a test."""
    st.cache_resource.clear()


@pytest.fixture(scope="module")
def exam_files(tmp_path_factory):
    return write_exam(tmp_path_factory.mktemp("exam"))


@pytest.fixture
def recording(store, visit, exam_files):
    return analysed_recording(store, visit.id, exam_files)


def save(store, recording, index, annotator, shift=0.0):
    sha256 = picture_sha256(frame_picture(store, recording, index, DEFAULT_LIMITS))
    frame = annotated_frame(index, annotator, sha256)
    return store.save_landmarks(recording.id, dataclasses.replace(frame, points=frame.points + shift))


def frame_of(saved_version=0):
    points = face_points()
    return EditedFrame(
        "r", 3, 0.1, "a" * 64, 640, 480, points, np.ones(68, bool), points, PlacedBy("t", "1", ""), saved_version
    )


def test_without_an_analysis_the_next_step_is_offered(open_app, visit):
    app = open_app("landmarks", visit=visit.id)
    assert app.title[0].value == "Landmarks"
    assert "Upload a video" in labels(app)


@pytest.mark.usefixtures("recording")
def test_key_pictures_are_offered_and_nothing_is_claimed_before_a_correction(open_app, visit):
    app = open_app("landmarks", visit=visit.id)
    assert len(app.get(EDITOR)) == 1
    assert not app.error
    shown = words(app)
    assert "Nothing is corrected yet" in shown
    assert "a second annotator" in shown
    assert not app.get("download_button")
    assert not app.get("plotly_chart")


def test_two_annotators_on_one_picture_give_table_and_plot(open_app, store, visit, recording):
    for annotator, shift in (("Abel", 0.0), ("Zoë", 2.0)):
        save(store, recording, 30, annotator, shift)
    app = open_app("landmarks", visit=visit.id)
    table = next(frame.value for frame in app.dataframe if "Mean error (NME), %" in frame.value)
    assert list(table["Region"]) == ["Jaw", "Brows", "Nose", "Lids", "Lips", "All points"]
    assert table["Points"].iloc[0] == "16"  # one jaw point is not visible
    assert "1 picture corrected by both" in words(app)
    assert len(app.get("plotly_chart")) == 1
    kept = next(frame.value for frame in app.dataframe if "Version" in frame.value)
    assert list(kept["Annotator"]) == ["Abel", "Zoë"]
    assert app.get("download_button")


def test_two_annotators_without_a_common_picture_are_told_so(open_app, store, visit, recording):
    save(store, recording, 30, "Abel")
    save(store, recording, 31, "Zoë")
    app = open_app("landmarks", visit=visit.id)
    assert any("no picture in common" in info.value for info in app.info)
    assert not app.get("plotly_chart")


def test_of_three_annotators_two_are_chosen(open_app, store, visit, recording):
    for annotator in ("A", "B", "C"):
        save(store, recording, 30, annotator)
    app = open_app("landmarks", visit=visit.id)
    first, second = (
        next(box for box in app.selectbox if box.label == f"{which} annotator") for which in ("First", "Second")
    )
    assert (first.value, second.value) == ("A", "B")
    second.set_value("C").run()
    assert "First: A · second: C" in words(app)
    next(box for box in app.selectbox if box.label == "Second annotator").set_value("A").run()
    assert any("two different annotators" in info.value for info in app.info)
    assert not app.exception


@pytest.mark.usefixtures("recording")
def test_a_picture_can_be_added_by_its_time(open_app, visit):
    app = open_app("landmarks", visit=visit.id)
    app.number_input[0].set_value(1.0).run()
    next(button for button in app.button if button.label == "Add this picture").click().run()
    assert not app.exception
    [index] = next(
        app.session_state[key] for key in app.session_state.filtered_state if key.startswith("landmark_asked")
    )
    assert slow_exam().track.times[index] == pytest.approx(1.0, abs=0.06)


def test_a_turned_video_is_analysed_again_first(open_app, store, visit, recording):
    store.update_recording(
        recording.id, kind=recording.kind, expression=None, mirrored=True,
        affected_side=recording.affected_side, confirmed=True,
    )  # fmt: skip
    app = open_app("landmarks", visit=visit.id)
    assert "Analyse again" in labels(app)
    assert not app.get(EDITOR)


def tracked(times=40):
    points = np.repeat(slow_exam().track.points[:1, list(MESH478_OF_IBUG68), :2], times, axis=0)
    points[7] = np.nan
    proposals = [
        FrameProposal(20, 20 / 30, ProposalKind.UNCERTAINTY, "Uncertainty"),
        FrameProposal(3, 0.1, ProposalKind.KEY, "Key"),
    ]
    return TrackedFace(np.arange(times) / 30, points, PlacedBy("t", "1", ""), proposals)


def test_list_has_proposals_first_and_says_who_corrected_what(store, recording):
    save(store, recording, 3, "A")
    save(store, recording, 3, "B")
    save(store, recording, 11, "B")
    listed = listed_frames(tracked(), store.landmark_sets(recording.id), [5, 20], "A")
    assert [(e.index, e.who, e.mine) for e in listed] == [
        (20, (), False),
        (3, ("A", "B"), True),
        (5, (), False),
        (11, ("B",), False),
    ]
    assert [e.reason for e in listed] == ["Uncertainty", "Key", "Chosen by its time", "Corrected before"]


@pytest.mark.parametrize(
    ("mine", "index", "following"),
    [((), 20, 3), ((3,), 20, 5), ((3, 5), 20, 20), ((), 5, 20), ((20, 3), 3, 5), ((20, 3, 5), 3, 5), ((), 99, 20)],
)
def test_the_next_picture_is_the_next_one_that_waits(mine, index, following):
    listed = [ListedFrame(i, i / 30, "", (), i in mine) for i in (20, 3, 5)]
    if (mine, index) == ((3, 5), 20):
        listed = listed[:1]
    assert next_frame(listed, index) == following


def test_an_annotator_begins_with_the_own_version_and_never_with_another_ones(store, recording):
    saved = save(store, recording, 3, "A", 1.0)
    sets = store.landmark_sets(recording.id)
    face = tracked()
    picture = FramePicture(saved.frame.sha256, 640, 480, b"")
    own = edited_frame(recording, face, 3, sets, "A", picture)
    assert own.points == pytest.approx(saved.frame.points)
    assert own.saved_version == 1
    other = edited_frame(recording, face, 3, sets, "B", picture)
    assert np.allclose(other.points, face.points[3])
    assert (other.saved_version, other.visible.all()) == (0, True)
    turned = FramePicture("f" * 64, 640, 480, b"")
    assert (
        edited_frame(recording, face, 3, sets, "A", turned).saved_version == 0
    )  # another picture than that of the version
    lost = edited_frame(recording, face, 7, sets, "A", picture)
    assert np.isfinite(lost.points).all()
    assert lost.tracker == PlacedBy()


def test_header_says_what_the_editor_needs():
    header = editor_header(frame_of(), [ListedFrame(3, 0.1, "Key", ("A",), True)], annotator="A")
    assert json.loads(json.dumps(header)) == header
    assert header["labels"] == {"right": "patient's right", "left": "patient's left"}
    assert (header["sides"][48], header["sides"][54], header["sides"][8]) == ("right", "left", "")
    assert header["frames"] == [{"index": 3, "time_s": 0.1, "reason": "Key", "who": ["A"], "mine": True}]
    assert sorted(point for region in header["regions"] for point in region["points"]) == list(range(68))


def test_version_changes_with_everything_that_is_shown():
    listed = [ListedFrame(3, 0.1, "Key", (), False)]
    headers = [
        editor_header(frame_of(), listed, annotator="A"),
        editor_header(frame_of(1), listed, annotator="A"),
        editor_header(frame_of(), listed, annotator="B"),
        editor_header(frame_of(), [], annotator="A"),
        editor_header(frame_of(), listed, annotator="A", answer=Answer("1", False, "x")),
        editor_header(frame_of(), listed, annotator="A", dark=True),
    ]
    assert len({header["version"] for header in headers}) == len(headers)
    assert editor_header(frame_of(), listed, annotator="A")["version"] == headers[0]["version"]


def test_what_is_sent_is_kept_with_tracker_and_hash(store, recording):
    face, picture = tracked(), FramePicture("c" * 64, 640, 480, b"")
    content = {
        "frame": 3, "sha256": "c" * 64, "annotator": "A", "points": (face_points() + 1).tolist(), "visible": [True] * 68,
    }  # fmt: skip
    answer = save_sent(store, recording, face, "A", Sent("1", content), lambda _index: picture)
    assert answer == Answer("1", True)
    [kept] = store.landmark_sets(recording.id)
    assert kept.frame.points == pytest.approx(face_points() + 1, abs=0.001)
    assert (kept.frame.sha256, kept.frame.annotator, kept.frame.index) == ("c" * 64, "A", 3)
    assert kept.frame.tracker == face.tracker
    assert kept.frame.time_s == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"frame": 40}, "did not arrive whole"),
        ({"frame": True}, "did not arrive whole"),
        ({"points": [[1, 2]]}, "did not arrive whole"),
        ({"annotator": "B"}, "annotator was changed meanwhile"),
        ({"sha256": "d" * 64}, "turned while you worked"),
        ({"points": [[9000.0, 0.0]] * 68}, "far outside the picture"),
    ],
)
def test_what_does_not_fit_is_told_and_not_kept(store, recording, change, sentence):
    picture = FramePicture("c" * 64, 640, 480, b"")
    content = {"frame": 3, "sha256": "c" * 64, "annotator": "A", **GOOD, **change}
    answer = save_sent(store, recording, tracked(), "A", Sent("1", content), lambda _index: picture)
    assert (answer.id, answer.ok) == ("1", False)
    assert sentence in answer.message
    assert store.landmark_sets(recording.id) == []


def test_without_a_name_nothing_is_kept(store, recording):
    picture = FramePicture("c" * 64, 640, 480, b"")
    content = {"frame": 3, "sha256": "c" * 64, "annotator": "", **GOOD}
    answer = save_sent(store, recording, tracked(), "", Sent("1", content), lambda _index: picture)
    assert "name of their annotator" in answer.message
    assert store.landmark_sets(recording.id) == []


@pytest.mark.parametrize(
    "change",
    [
        {"points": None},
        {"points": [[1.0, 2]] * 67},
        {"points": [[1.0]] * 68},
        {"points": [["1", 2]] * 68},
        {"points": [[True, 2]] * 68},
        {"points": [[float("inf"), 2]] * 68},
        {"visible": [1] * 68},
        {"visible": [True] * 69},
        {"visible": "yes"},
    ],
)
def test_what_a_browser_sends_is_checked(change):
    points, visible = placed(GOOD)
    assert (points.shape, visible.shape) == ((68, 2), (68,))
    with pytest.raises(InputError, match="did not arrive whole"):
        placed({**GOOD, **change})


def run_node(code):
    ran = subprocess.run(
        ["node", "--input-type=module"], input=code, capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@needs_node
def test_javascript_parses():
    checked = subprocess.run(
        ["node", "--check", "--input-type=module"], input=script(), capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_javascript_writes_no_html():
    """Names of annotators go into the page as texts (reliability T6)."""
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("):
        assert way not in script()


@needs_node
@pytest.mark.parametrize("region", Region)
def test_the_browser_copies_a_side_as_the_core_does(region):
    header = editor_header(frame_of(), [], annotator="A")
    points = face_points() + np.random.default_rng(3).uniform(-4, 4, (68, 2))
    for source in Side:
        targets = list(region_side_points(region, source.opposite))
        given = json.dumps([points.tolist(), [True] * 68, header["mirror"], header["axis"]])
        moved = run_node(
            script().replace("export default ", "")
            + f"const set = new PointSet(...{given}); set.copyFromPartners({targets});"
            + "console.log(JSON.stringify(set.points));"
        )
        assert np.allclose(moved, copied_from(points, region, source))


@needs_node
def test_undo_and_redo_bring_back_every_state():
    told = run_node(
        script().replace("export default ", "")
        + """
        const set = new PointSet([[0, 0], [5, 5]], [true, true], [1, 0], [0, 1]);
        const states = [set.signature()];
        set.remember(); set.move(0, 1, 1); states.push(set.signature());
        set.toggle(1); states.push(set.signature());
        set.replace([[9, 9], [8, 8]], [true, true]); states.push(set.signature());
        const back = [];
        while (set.undo()) back.push(set.signature());
        const on = [];
        while (set.redo()) on.push(set.signature());
        set.undo(); set.remember(); set.move(0, 2, 2);
        console.log(JSON.stringify({ states, back, on, branched: set.redo() }));
        """
    )
    states = told["states"]
    assert len(set(states)) == 4
    assert told["back"] == states[2::-1]
    assert told["on"] == states[1:]
    assert told["branched"] is False
