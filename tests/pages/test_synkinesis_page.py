"""The page Synkinesis as users meet it: measured beside screened, contradictions, key and loose pictures, and what is missing."""

import io
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from core.errors import NoFaceError, UnavailableError
from core.records import PatientDetails, RecordingKind
from core.words import AffectedSide
from models import opinions
from models.tracking.frames import FrameWorker
from pages.components.learned_models import SharedScreener, screener
from pages.components.regrading import regrade
from tests.exam_samples import fitting, short_exam, still_exam, synkinetic_exam, write_grey_clip
from tests.opinion_samples import (
    SHA256,
    FakeScreener,
    FakeSeverityModel,
    RefusingModel,
    pictures_at_key_frames,
    screening,
    severity_opinion,
)
from tests.pages.conftest import labels, words
from tests.synthetic import neutral_face


@pytest.fixture(autouse=True)
def fresh_caches():
    """Every app under test counts as the same session, whose caches outlive a test."""
    st.cache_resource.clear()


@pytest.fixture(autouse=True)
def network(monkeypatch):
    """The fake screen in place of the one that ships."""
    made = FakeScreener()
    monkeypatch.setattr(opinions, "make_screener", lambda: made)
    monkeypatch.setattr(opinions, "make_severity_model", FakeSeverityModel)
    monkeypatch.setattr(opinions, "screener_problem", lambda: None)
    monkeypatch.setattr(opinions, "screener_sha256", lambda: SHA256)
    return made


@pytest.fixture(autouse=True)
def tracker(monkeypatch):
    """Finds a face in the middle of every picture that is not black."""

    def photo(_worker, content):
        with Image.open(io.BytesIO(content)) as picture:
            image = np.asarray(picture)
        if not image.any():
            raise NoFaceError("No face was found in the picture.", code="no_face")
        return (neutral_face() * [1, -1, -1] * 0.3 + [image.shape[1] / 2, image.shape[0] / 2, 0]).astype(np.float32)

    monkeypatch.setattr(FrameWorker, "photo", photo)


@pytest.fixture(scope="session")
def exam_clip(tmp_path_factory):
    return write_grey_clip(tmp_path_factory.mktemp("exam") / "exam.mp4", short_exam().track)


@pytest.fixture
def recording(store, visit, exam_clip):
    return store.add_recording(visit.id, exam_clip, "exam.mp4", facts={"codec": "h264", "duration_s": 14.0})


@pytest.fixture
def keep(store, recording, tmp_path):
    """Keeps an exam with opinions as the newest analysis."""

    def kept(exam, **opinions_of_it):
        exam = replace(exam, result=exam.result.model_copy(update=opinions_of_it))
        folder = tmp_path / f"exam{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        exam.write(folder)
        return store.add_analysis(recording.id, folder)

    return kept


def screened(exam, probability, **more):
    return screening(probability, pictures=pictures_at_key_frames(exam.result), **more)


def headings(app):
    return [heading.value for heading in app.subheader]


def pictures_shown(app):
    """Alternative texts of the key pictures."""
    html = [element.proto.body for element in app.get("html")]
    return [body.partition('alt="')[2].partition('"')[0] for body in html if "data:image/jpeg" in body]


def hidden_words(app):
    return "\n".join(str(element.proto.body) for element in app.get("html") if "data:image" not in element.proto.body)


# ------------------------------------------------------------------------------------------------- one examination


def test_measured_and_screened_stand_beside_each_other(open_app, visit, keep):
    exam = synkinetic_exam()
    keep(exam, screening=screened(exam, 0.8))
    app = open_app("synkinesis", visit=visit.id)
    shown = words(app)
    assert app.title[0].value == "Synkinesis"
    assert headings(app)[:3] == ["Severe, patient's right", "Refer", "Measured synkinesis"]
    assert "Probability of synkinesis 80 % (95 % interval 70 to 90 %)" in shown
    assert "From 60 % on: refer. Below 30 %: not flagged." in shown
    assert "simulated patients" in shown
    assert "the eye narrows by" in shown
    assert "Both point to synkinesis" in shown
    assert not app.warning
    told = hidden_words(app)
    for start in (
        "Synkinesis, patient&#x27;s right",
        "Synkinesis, patient&#x27;s left",
        "Screen for synkinesis: refer",
    ):
        assert start in told
    assert len(app.get("plotly_chart")) == 4
    assert "diagnos" not in shown.lower()


@pytest.mark.parametrize(
    ("exam", "probability", "told"),
    [
        (synkinetic_exam, 0.1, "Review: synkinesis was measured, but the network says “not flagged”"),
        (short_exam, 0.9, "Review: the network says “refer”, but every measured score is below mild"),
        (short_exam, 0.1, "Neither points to synkinesis"),
        (synkinetic_exam, 0.4, "The network is unsure"),
    ],
    ids=["measured only", "screened only", "neither", "unsure"],
)
def test_contradictions_ask_for_a_review(open_app, visit, keep, exam, probability, told):
    exam = exam()
    keep(exam, screening=screened(exam, probability))
    app = open_app("synkinesis", visit=visit.id)
    assert told in words(app).replace("**", "")
    assert bool(app.warning) == told.startswith("Review")


def test_not_assessable_has_its_reason_and_no_number(open_app, visit, keep):
    exam = synkinetic_exam()
    keep(exam, screening=screened(exam, None, reason="The head was turned away in *all* pictures."))
    app = open_app("synkinesis", visit=visit.id)
    assert "Not assessable" in headings(app)
    assert "The head was turned away in \\*all\\* pictures" in words(app)
    assert "Probability" not in words(app)
    assert len(app.get("plotly_chart")) == 3
    assert not app.warning


def test_an_analysis_of_before_says_that_it_was_not_run(open_app, visit, keep):
    keep(synkinetic_exam())
    app = open_app("synkinesis", visit=visit.id)
    assert "Not run" in headings(app)
    assert "Analyse the video again" in words(app)
    assert not pictures_shown(app)
    next(button for button in app.button if button.label == "Analyse again").click().run()
    assert app.title[0].value == "Analyse"


def test_why_it_was_not_run_is_told(open_app, visit, keep):
    refused = opinions.opinions_of(
        synkinetic_exam().result, [None], opinions.OpinionModels(RefusingModel, FakeSeverityModel)
    )
    keep(replace(synkinetic_exam(), result=refused))
    app = open_app("synkinesis", visit=visit.id)
    assert "The screen for synkinesis was not run: the weights are missing" in words(app).replace("\\", "")


def test_nothing_moved_is_not_assessable(open_app, visit, keep):
    exam = still_exam()
    keep(exam, screening=screened(exam, 0.1))
    app = open_app("synkinesis", visit=visit.id)
    assert headings(app)[:2] == ["Not assessable", "Not flagged"]
    assert "No movement was recorded during which synkinesis can be watched" in words(app)
    assert not app.warning


def test_a_simulated_patient_has_the_ribbon(open_app, store, exam_clip, tmp_path):
    phantom = store.create_patient(PatientDetails("Phantom", simulated=True))
    visit = store.create_visit(phantom.id, phantom.created_at.date())
    recording = store.add_recording(visit.id, exam_clip, "exam.mp4", facts={"codec": "h264"})
    (tmp_path / "exam").mkdir()
    synkinetic_exam().write(tmp_path / "exam")
    store.add_analysis(recording.id, tmp_path / "exam")
    assert "Simulated patient" in words(open_app("synkinesis", visit=visit.id))


# ----------------------------------------------------------------------------------------------------- key pictures


def test_key_pictures_and_on_request_where_the_network_looked(open_app, visit, keep, network):
    exam = fitting(short_exam())
    keep(exam, screening=screened(exam, 0.9))
    app = open_app("synkinesis", visit=visit.id)
    assert [alt.partition(",")[0] for alt in pictures_shown(app)] == ["Rest", "Brow raise", "Open smile"]
    assert "51 %" in words(app)
    assert network.explained == []
    app.toggle(key="show_heat").set_value(True).run()
    assert not app.exception
    assert all(alt.endswith("spoke for synkinesis") for alt in pictures_shown(app))
    frames = network.explained
    assert [(frame.expression, frame.time_s) for frame in frames] == [
        (picture.expression, pytest.approx(picture.time_s, abs=0.02)) for picture in pictures_at_key_frames(exam.result)
    ]
    assert frames[0].image.shape == (120, 160, 3)
    app.run()
    assert len(network.explained) == 3  # kept for this session


def test_a_network_that_is_gone_leaves_the_pictures(open_app, visit, keep, monkeypatch):
    exam = fitting(short_exam())
    keep(exam, screening=screened(exam, 0.9))
    monkeypatch.setattr(opinions, "make_screener", lambda: (_ for _ in ()).throw(UnavailableError("It is gone.")))
    app = open_app("synkinesis", visit=visit.id)
    app.toggle(key="show_heat").set_value(True).run()
    assert "It is gone" in words(app)
    assert len(pictures_shown(app)) == 3
    assert "Something went wrong" not in words(app)


def test_another_network_than_that_of_the_analysis_is_called_so(open_app, visit, keep, monkeypatch):
    exam = fitting(short_exam())
    keep(exam, screening=screened(exam, 0.9))
    monkeypatch.setattr(opinions, "screener_sha256", lambda: "f" * 64)
    app = open_app("synkinesis", visit=visit.id)
    assert "has changed since" not in words(app)
    app.toggle(key="show_heat").set_value(True).run()
    assert "The network has changed since this analysis" in words(app)


def test_after_a_change_of_sides_no_picture_is_shown(open_app, store, visit, recording, keep):
    exam = fitting(short_exam())
    keep(exam, screening=screened(exam, 0.9))
    store.update_recording(
        recording.id,
        kind=RecordingKind.EXAM,
        expression=None,
        mirrored=True,
        affected_side=AffectedSide.UNDETERMINED,
        confirmed=True,
    )
    app = open_app("synkinesis", visit=visit.id)
    assert "Right and left of this video were changed" in words(app)
    assert "Analyse again" in labels(app)
    assert not pictures_shown(app)


def test_grading_again_asks_the_networks_again(store, recording, keep, network):
    exam = fitting(short_exam())
    first = keep(exam)
    made = regrade(store.recording(recording.id), first, exam.result.segments[:1])
    result = store.load_result(made)
    assert [picture.expression for picture in result.screening.per_image] == ["rest", "brow_raise"]
    assert result.severity_opinion.model == "severity_branches"
    assert len(network.shown) == 1


# ------------------------------------------------------------------------------------------------------ loose pictures


def png(level, size=(200, 240)):
    stream = io.BytesIO()
    Image.fromarray(np.full((size[1], size[0], 3), level, np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def drop(app, *files):
    uploader = app.file_uploader(key="loose_pictures_0")
    for name, content in files:
        uploader.upload(name, content, "image/png")
    return app.run()


def table(app):
    return next(frame.value for frame in app.dataframe if "Verdict" in frame.value)


@pytest.mark.parametrize("with_visit", [False, True])
def test_loose_pictures_need_no_patient(open_app, store, patient, visit, with_visit, network):
    app = open_app("synkinesis", **({"visit": visit.id} if with_visit else {}))
    assert ("No visit is open" in words(app)) is not with_visit
    before = [event.number for event in store.audit_events()]
    drop(app, ("bright.png", png(230)), ("grey <b>.png", png(110)), ("dark.png", png(0)), ("text.png", b"no picture"))
    assert not app.exception
    rows = table(app)
    assert list(rows["File"]) == ["bright.png", "grey <b>.png", "dark.png", "text.png"]
    assert list(rows["Verdict"]) == ["refer", "unsure", "not read", "not read"]
    assert rows["Probability (95 % interval)"][0] == "90 % (80 to 100 %)"
    assert list(rows["Why there is none"])[2:] == [
        "No face was found in the picture.",
        "The file is no picture that can be read, or is damaged.",
    ]
    assert rows["Face"][0].startswith("data:image/jpeg;base64,")
    assert "4 pictures: 1 refer, 1 unsure, 2 not read" in words(app)
    assert "simulated patients" in words(app)
    assert [len(frames) for frames in network.shown] == [1, 1]
    assert (network.shown[0][0].expression, network.shown[0][0].time_s) == (None, None)
    assert [event.number for event in store.audit_events()] == before  # nothing is stored
    assert patient.id


def test_pictures_of_before_are_not_asked_again_and_can_be_removed(open_app, network):
    app = drop(open_app("synkinesis"), ("a.png", png(230)))
    drop(app, ("a.png", png(230)), ("b.png", png(20)))
    assert len(network.shown) == 2
    next(button for button in app.button if button.label == "Remove the pictures").click().run()
    assert not app.dataframe
    assert app.file_uploader(key="loose_pictures_1").value == []


def test_the_table_can_be_downloaded_and_runs_nothing(open_app):
    app = drop(open_app("synkinesis"), ("=1+1.png", png(230)))
    [button] = [element for element in app.get("download_button") if element.proto.label == "Table (CSV)"]
    assert button.proto.url
    assert list(table(app)["File"]) == ["'=1+1.png"]  # the table's own download takes what it shows


def test_too_many_pictures_are_cut_off_in_a_sentence(open_app, monkeypatch):
    monkeypatch.setattr("pages.components.loose_pictures._MOST_PICTURES", 2)
    app = drop(open_app("synkinesis"), *[(f"{n}.png", png(100 + n)) for n in range(3)])
    assert len(table(app)) == 2
    assert "Only the first 2 pictures" in words(app)


def test_without_the_network_the_page_goes_on(open_app, visit, keep, monkeypatch):
    monkeypatch.setattr(opinions, "screener_problem", lambda: "The weights synkinesis_cnn.safetensors are missing.")
    exam = synkinetic_exam()
    keep(exam, screening=screened(exam, 0.9))
    app = open_app("synkinesis", visit=visit.id)
    assert "The screen cannot be used here" in words(app)
    assert "Refer" in headings(app)
    assert not app.file_uploader


@pytest.mark.parametrize("problem", [UnavailableError("It is refused."), ImportError("torch")])
def test_a_network_that_is_refused_is_one_sentence(open_app, monkeypatch, problem):
    def refused():
        raise problem

    monkeypatch.setattr(opinions, "make_screener", refused)
    app = drop(open_app("synkinesis"), ("a.png", png(230)))
    assert len(app.error) == 1
    assert "Something went wrong" not in words(app)
    assert not app.dataframe


def test_one_network_for_all_sessions(network):
    assert screener() is screener()
    shared = screener()
    assert isinstance(shared, SharedScreener)
    assert network.shown == []


# ------------------------------------------------------------------------------------------- second opinion on severity


def test_severity_shows_the_second_opinion_beside_the_score(open_app, visit, keep):
    keep(synkinetic_exam(), severity_opinion=severity_opinion())
    app = open_app("severity", visit=visit.id)
    assert "Second opinion on weakness" in words(app)
    assert "learned from simulated patients" in words(app)
    rows = next(element.value for element in app.table)
    assert list(rows["Patient's right: second opinion"])[:3] == ["20 (12 to 28)", "30 (22 to 38)", "40 (32 to 48)"]
    assert "The neck was not seen" in words(app)
    next(button for button in app.button if button.label == "Compare with the screen").click().run()
    assert app.title[0].value == "Synkinesis"


def test_severity_without_a_second_opinion_shows_nothing_of_it(open_app, visit, keep):
    keep(synkinetic_exam())
    app = open_app("severity", visit=visit.id)
    assert "Second opinion" not in words(app)
    assert not app.table
