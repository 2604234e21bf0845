"""The page Exports: which visits, which of three files, refusal without consent, and files that read back."""

import io
import json
import time
import zipfile
from datetime import date

import pytest

from core.exports.examinations import LeftOut
from core.exports.tidy import read_tidy
from core.exports.work import ExportState, ExportStatus, Made
from core.records import ConsentSubject, PatientDetails
from pages.components.export_choice import told_apart
from pages.components.export_running import size_words, stage_words
from tests.export_samples import analysis_folder, clip
from tests.pages.conftest import labels, words
from tests.record_samples import PATIENCE_S

REFUSAL = "The records hold no consent to the use of videos in research"


@pytest.fixture
def analysed(store):
    """Ids of three visits: two analysed ones of Ann, one of Ben without an analysis."""
    ann = store.create_patient(PatientDetails("Ann Example", "47"))
    ben = store.create_patient(PatientDetails("Ben Example", "48"))
    visits = [store.create_visit(ann.id, date(2026, month, 12)) for month in (3, 5)]
    for visit in visits:
        recording = store.add_recording(visit.id, clip(), "clip.mp4")
        store.add_analysis(recording.id, analysis_folder())
    visits.append(store.create_visit(ben.id, date(2026, 4, 1), "*first*"))
    store.add_recording(visits[-1].id, clip(), "clip.mp4")
    return visits


def wait_until(ready):
    end = time.monotonic() + PATIENCE_S
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.02)


def scope(app, name):
    app.segmented_control(key="export_scope").set_value(name).run()
    return app


def kind(app, name):
    app.radio(key="export_kind").set_value(name).run()
    return app


def prepared(app, here):
    """Name and bytes of the file once it is ready, and the page that offers it."""
    app.button(key="export_start").click().run()
    name = f"visits-{app.query_params['export'][0]}"
    wait_until(lambda: here.exports.status(name).state is not ExportState.RUNNING)
    app.run()
    status = here.exports.status(name)
    assert status.state is ExportState.READY, status.error
    assert [element.proto.label for element in app.get("download_button")] == ["Save the file"]
    return status.made.path.name, here.exports.read(name)


def test_without_a_visit_the_page_says_what_to_do(open_app):
    app = open_app("exports")
    assert "There is no visit to export" in words(app)
    assert labels(app) == ["Go to the patients"]


@pytest.mark.usefixtures("analysed")
def test_what_is_chosen_is_counted_and_what_is_missing_is_told(open_app):
    app = open_app("exports")
    assert "**2 patients, 3 visits**, 2 analysed recordings" in words(app)
    assert "1 recording of 1 visit, not analysed yet" in words(app)
    app.multiselect(key="export_except").set_value([app.multiselect(key="export_except").options[1]]).run()
    assert "**1 patient, 2 visits**, 2 analysed recordings" in words(app)
    scope(app, "Of patients")
    assert "No visit is chosen yet" in words(app)
    assert app.button(key="export_start").disabled
    people = app.multiselect(key="export_patients")
    assert people.options == ["Ann Example · No. 47", "Ben Example · No. 48"]
    people.set_value([people.options[0]]).run()
    assert "**1 patient, 2 visits**" in words(app)
    scope(app, "Single visits")
    single = app.multiselect(key="export_visits")
    assert single.options[0] == "Ann Example · 12 Mar 2026 · No. 47"
    assert single.options[2] == "Ben Example · 1 Apr 2026 · *first* · No. 48"
    single.set_value([single.options[2]]).run()
    assert "**1 patient, 1 visit**, 0 analysed recordings" in words(app)


def test_the_open_patient_is_chosen_at_first(open_app, store, analysed):
    patient = store.visit(analysed[0].id).patient_id
    app = open_app(patient=patient)
    app.switch_page("pages/exports.py").run()
    assert app.segmented_control(key="export_scope").value == "Of patients"
    assert "**1 patient, 2 visits**" in words(app)


def test_simulated_patients_are_left_out_beside_real_ones(open_app, store, analysed):
    phantom = store.create_patient(PatientDetails("Phantom", simulated=True))
    store.create_visit(phantom.id, date(2026, 4, 1))
    app = open_app("exports")
    assert "**2 patients, 3 visits**" in words(app)
    (toggle,) = app.toggle
    assert toggle.label == "Leave out the simulated: 1 patient, 1 visit"
    toggle.set_value(False).run()
    assert "**3 patients, 4 visits**" in words(app)
    assert "Simulated and real patients together" in words(app)
    for visit in analysed:
        store.delete_visit(visit.id)
    app.run()
    assert not app.toggle
    assert "All of them are simulated" in words(app)


@pytest.mark.usefixtures("analysed")
def test_a_research_export_reads_back_and_is_removed(open_app, here, store):
    app = open_app("exports")
    name, content = prepared(app, here)
    assert name == "hemiface_research.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        everything = b"".join(archive.read(member) for member in names)
    assert {"README", "participants.tsv", "derivatives/hemiface/measures.csv"} <= set(names)
    assert not [member for member in names if member.endswith(".mp4")]
    assert b"Ann Example" not in everything
    assert "1 patient, 2 visits, 2 recordings, without videos" in words(app)
    assert "It has not been analysed" in words(app)
    assert "recording · Ben Example · 1 Apr 2026 · \\*first\\*" in words(app)
    assert store.audit_events(limit=1)[0].details["kind"] == "research"
    again = open_app("exports", export=app.query_params["export"][0])  # after a reload
    assert "hemiface\\_research\\.zip" in words(again)
    again.button(key="export_discard").click().run()
    assert not list(store.files.incoming.iterdir())
    again.run()
    assert not again.get("download_button")
    assert "export" not in again.query_params


def test_videos_need_recorded_consent_and_the_word_of_the_reader(open_app, here, store, analysed):
    ann, ben = (store.visit(analysed[index].id).patient_id for index in (0, 2))
    app = open_app("exports")
    app.checkbox(key="export_video").set_value(True).run()
    app.button(key="export_start").click().run()
    assert REFUSAL in words(app).replace("\\", "")
    assert "Ann Example, Ben Example" in words(app)  # people of the clinic know their patients by name
    assert "export" not in app.query_params
    for patient_id in (ann, ben):
        store.add_consent(patient_id, ConsentSubject.VIDEO_RESEARCH, given=True, day=date(2026, 3, 1))
    app.button(key="export_start").click().run()
    wait_until(lambda: "running" not in str(here.exports.status(f"visits-{app.query_params['export'][0]}").state))
    app.run()
    assert "Videos show faces and need the consent of every patient" in words(app)
    app.checkbox(key="export_video_consent").set_value(True).run()
    _, content = prepared(app, here)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert len([name for name in archive.namelist() if name.endswith("_video.mp4")]) == 2


def test_withdrawn_consent_to_measures_refuses_the_research_export(open_app, store, analysed):
    ann = store.visit(analysed[0].id).patient_id
    store.add_consent(ann, ConsentSubject.MEASURES_RESEARCH, given=False, day=date(2026, 3, 1))
    app = open_app("exports")
    app.button(key="export_start").click().run()
    assert "withdrawn or refused: Ann Example" in words(app).replace("\\", "")
    assert not list(store.files.incoming.iterdir())


@pytest.mark.usefixtures("analysed")
def test_tables_read_back(open_app, here, tmp_path):
    app = kind(open_app("exports"), "Tables")
    name, content = prepared(app, here)
    assert name == "hemiface_tables.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert sorted(archive.namelist()) == ["changes.csv", "data_dictionary.json", "measures.csv"]
        archive.extractall(tmp_path)
    assert read_tidy(tmp_path / "measures.csv").num_rows > 100
    assert read_tidy(tmp_path / "changes.csv").num_rows > 10
    group = next(group for group in app.button_group if group.key == "export_tables")
    group.set_value([]).run()
    assert "Choose at least one table" in words(app)
    assert app.button(key="export_start").disabled


@pytest.mark.parametrize("reports", [False, True])
def test_fhir_is_valid_and_names_the_patient(open_app, here, analysed, reports):
    from fhir.resources.R4B.bundle import Bundle

    app = kind(open_app("exports"), "FHIR R4 bundle")
    if reports:
        app.checkbox(key="export_reports").set_value(True).run()
    name, content = prepared(app, here)
    assert name == "hemiface_fhir.json"
    bundle = Bundle.model_validate(json.loads(content))
    kinds = [entry.resource.get_resource_type() for entry in bundle.entry]
    assert kinds.count("DiagnosticReport") == 2
    assert b"Ann Example" in content
    assert content.count(b"presentedForm") == (2 if reports else 0)
    assert analysed


@pytest.mark.usefixtures("analysed")
def test_a_long_export_shows_how_far_it_is_and_is_cancelled(open_app, here, store):
    from core.errors import Cancelled

    def slow(_folder, progress, cancelled):
        progress("exporting", 50, 200)
        wait_until(cancelled)
        raise Cancelled

    here.exports.start("visits-long", slow, patients=[])
    wait_until(lambda: here.exports.status("visits-long").total)
    app = open_app("exports", export="long")
    (bar,) = app.get("progress")
    assert (bar.proto.value, bar.proto.text) == (25, "**Export** · reading the visits: 50 of 200")
    assert "export_start" not in [button.key for button in app.button]
    app.button(key="export_cancel").click().run()
    wait_until(lambda: here.exports.status("visits-long").state is ExportState.CANCELLED)
    app.run()
    assert "The export was cancelled" in words(app)
    assert not list(store.files.incoming.iterdir())


def test_an_erased_patient_takes_prepared_files_along(open_app, here, store, analysed):
    app = open_app("exports")
    prepared(app, here)
    here.exports.discard_patient(store.visit(analysed[2].id).patient_id)
    assert not list(store.files.incoming.iterdir())
    app.run()
    assert not app.get("download_button")


@pytest.mark.usefixtures("analysed")
def test_what_was_left_out_is_named_or_counted(open_app, here):
    left_out = [LeftOut(f"recording {number:032x}", "It has not been analysed.") for number in range(25)]

    def make(folder, _progress, _cancelled):
        (folder / "x.zip").write_bytes(b"x")
        return Made(folder / "x.zip", "application/zip", "nothing", tuple(left_out))

    here.exports.start("visits-many", make, patients=[], wait_s=30)
    text = words(open_app("exports", export="many"))
    assert "5 more" in text
    assert f"recording {0:032x}" in text  # an id of something that is gone stays as it is


def test_two_of_one_name_are_told_apart():
    assert told_apart({"a" * 32: "Ann", "b" * 32: "Ann", "c" * 32: "Ben"}) == {
        "a" * 32: "Ann · id aaaaaaaa",
        "b" * 32: "Ann · id bbbbbbbb",
        "c" * 32: "Ben",
    }


def test_words_of_stages_and_sizes():
    running = ExportState.RUNNING
    assert stage_words(ExportStatus(running)) == "beginning"
    assert stage_words(ExportStatus(running, "checking")) == "checking the bundle"
    assert stage_words(ExportStatus(running, "packing", 1200, 3400)) == "packing the files: 1,200 of 3,400"
    assert [size_words(size) for size in (12, 41_400, 3_240_000)] == ["1 kB", "41 kB", "3.2 MB"]
