"""Treatments, course, questionnaires, judgement, agreement and data requests as clinicians meet them."""

import io
import json
import time
import zipfile
from dataclasses import replace
from datetime import date

import pytest
import streamlit as st

from core.errors import Cancelled, HemifaceError
from core.exports.prepared import patient_record
from core.exports.work import ExportState
from core.records import (
    ConsentSubject,
    InjectionSite,
    JudgedItem,
    PatientDetails,
    PromInstrument,
    TreatmentDetails,
    TreatmentKind,
)
from core.records.base import account_name
from core.words import Side
from pages.components import agreement
from pages.components.judgement import value_words
from tests.exam_samples import synkinetic_exam
from tests.pages.conftest import labels, words
from tests.record_samples import PATIENCE_S

TOXIN = TreatmentDetails(
    date(2026, 5, 4),
    TreatmentKind.BOTULINUM_TOXIN,
    "Onabotulinumtoxin A, 50 units a ml",
    (InjectionSite("Orbicularis oculi, lower lid", Side.RIGHT, 2.5), InjectionSite("Platysma", Side.RIGHT, 10)),
)
EYE, COMPOSITE, GRADE = (
    JudgedItem.SUNNYBROOK_REST_EYE,
    JudgedItem.SUNNYBROOK_COMPOSITE,
    JudgedItem.HOUSE_BRACKMANN_GRADE,
)


@pytest.fixture(autouse=True)
def fresh_caches():
    """Every app under test counts as the same session, whose caches outlive a test."""
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def analysis(store, visit, clip, tmp_path):
    return analysed(store, visit, clip, tmp_path / "exam")


def analysed(store, visit, clip, folder):
    recording = store.add_recording(visit.id, clip, "clip.mp4", facts={"codec": "h264", "duration_s": 1.5})
    folder.mkdir()
    synkinetic_exam().write(folder)
    return store.add_analysis(recording.id, folder, segments_version=None)


@pytest.fixture
def open_part(open_app):
    """The patient's page with one of its parts open."""

    def run(patient, part):
        app = open_app(patient=patient.id)
        app.segmented_control(key=f"part_{patient.id}").set_value(part).run()
        assert not app.exception
        return app

    return run


def press(app, opener, label):
    """Press a dialog's button. Without a browser every run is a full one, so the dialog is opened once more in the same run."""
    app.button(key=opener).click()
    next(button for button in app.button if button.label == label).click()
    return app.run()


def wait_until(ready):
    """Wait for work beside the page; fails the test when that does not come about."""
    end = time.monotonic() + PATIENCE_S
    while not ready():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def tables(app):
    return "\n".join(table.value.to_string() for table in app.table)


def hidden_words(app):
    return "\n".join(str(element.proto.body) for element in app.get("html"))


def field(app, kind, start):
    return next(element for element in getattr(app, kind) if element.label.startswith(start))


def test_a_treatment_with_its_sites_is_entered(open_part, store, patient):
    app = open_part(patient, "Treatments")
    assert "No treatment is entered yet" in words(app)
    app.button(key="add_treatment").click().run()
    field(app, "selectbox", "Treatment").set_value(TreatmentKind.BOTULINUM_TOXIN)
    app.button(key="add_treatment").click().run()
    field(app, "text_area", "Product").set_value("Product <b>A</b>")
    field(app, "selectbox", "Site").set_value("Platysma")
    field(app, "selectbox", "Side").set_value(Side.RIGHT)
    press(app, "add_treatment", "Save treatment")
    assert [error.value for error in app.error] == ["Injection 1 lacks the units\\."]
    assert field(app, "text_area", "Product").value == "Product <b>A</b>"  # nothing typed is lost
    field(app, "number_input", "Units").set_value(10)
    press(app, "add_treatment", "Save treatment")
    (kept,) = store.treatments(patient.id)
    assert kept.details.sites == (InjectionSite("Platysma", Side.RIGHT, 10.0),)
    assert "10 units in all" in words(app)
    assert "Platysma" in tables(app)
    assert not app.exception


def test_a_treatment_without_its_kind_is_refused_in_a_sentence(open_part, store, patient):
    app = open_part(patient, "Treatments")
    app.button(key="add_treatment").click().run()
    press(app, "add_treatment", "Save treatment")
    assert [error.value for error in app.error] == ["Choose which treatment it was\\."]
    assert not store.treatments(patient.id)


def test_a_withdrawn_treatment_leaves_the_list_and_stays_in_the_records(open_part, store, patient):
    treatment = store.add_treatment(patient.id, TOXIN)
    app = open_part(patient, "Treatments")
    app.button(key=f"withdraw_{treatment.id}").click().run()
    press(app, f"withdraw_{treatment.id}", "Withdraw treatment")
    assert [error.value for error in app.error] == ["Say in one sentence why it is withdrawn\\."]
    assert store.treatments(patient.id) == [treatment]
    field(app, "text_area", "Reason").set_value("Given to *another* patient")
    app.text_input(key="clinician_name").set_value("Dr Two")
    press(app, f"withdraw_{treatment.id}", "Withdraw treatment")
    assert not store.treatments(patient.id)
    again = open_part(patient, "Treatments")
    assert "withdrawn by Dr Two" in words(again)
    assert "Reason: Given to \\*another\\* patient" in words(again)
    assert "~~4 May 2026 · Botulinum toxin" in words(again)
    assert "Onabotulinumtoxin" in words(again)
    assert not again.table
    assert store.treatments(patient.id, with_withdrawn=True)[0].withdrawn


def test_the_course_tells_everything_in_a_figure_and_in_words(open_part, store, patient, visit, analysis):
    store.add_treatment(patient.id, TOXIN)
    store.add_prom_totals(visit.id, PromInstrument.SAQ, {"total": 60})
    store.add_judgement(visit.id, GRADE, 3, analysis_id=analysis.id)
    app = open_part(patient, "Course")
    assert len(app.get("plotly_chart")) == 1
    shown = words(app)
    for told in ("**4 May 2026**", "**12 Mar 2026**", "first visit", "1 analysis", "House\\-Brackmann", "total 60"):
        assert told in shown
    assert "Treatment: 4 May 2026" in hidden_words(app)
    assert shown.index("4 May 2026") < shown.index("12 Mar 2026")  # the newest first


def test_a_course_without_events_says_so(open_part, patient):
    assert "Nothing has happened yet" in words(open_part(patient, "Course"))


def test_totals_of_a_questionnaire_are_entered_within_their_range(open_part, store, patient, visit):
    app = open_part(patient, "Questionnaires")
    assert "No questionnaire is entered yet" in words(app)
    assert "with their permission" in words(app)
    app.button(key="add_totals").click().run()
    press(app, "add_totals", "Save totals")
    assert "At least one total" in app.error[0].value
    physical = field(app, "number_input", "Physical function")
    assert (physical.min, physical.max) == (-25, 100)
    physical.set_value(55)
    press(app, "add_totals", "Save totals")
    assert store.prom_totals(visit.id)[PromInstrument.FDI].totals == {"physical": 55}
    assert "physical function 55" in tables(app)
    again = open_part(patient, "Questionnaires")
    again.button(key="add_totals").click().run()
    press(again, "add_totals", "Withdraw")
    assert [error.value for error in again.error] == ["Say in one sentence why it is withdrawn\\."]
    field(again, "text_input", "Reason").set_value("Filled in by somebody else")
    again.text_input(key="clinician_name").set_value("Dr Two")
    press(again, "add_totals", "Withdraw")
    assert not store.prom_totals(visit.id)
    assert [entry.who for entry in store.prom_history(visit.id)] == ["Dr Two", f"{account_name()} (computer account)"]
    shown = words(open_part(patient, "Questionnaires"))
    assert "Reason: Filled in by somebody else" in shown
    assert "physical function 55~~" in shown


def test_questionnaires_are_one_click_from_the_visit(open_app, store, visit):
    app = open_app(visit=visit.id)
    app.button(key="visit_totals").click().run()
    field(app, "selectbox", "Questionnaire").set_value(PromInstrument.SAQ)
    app.button(key="visit_totals").click().run()
    field(app, "number_input", "Total").set_value(44)
    press(app, "visit_totals", "Save totals")
    assert store.prom_totals(visit.id)[PromInstrument.SAQ].totals == {"total": 44}


@pytest.mark.usefixtures("analysis")
def test_without_a_name_the_computers_account_signs_and_is_called_so(open_app, store, visit):
    app = open_app("severity", visit=visit.id)
    assert "(computer account)" in words(app).replace("\\", "")
    app.button(key="judge_house_brackmann").click().run()
    field(app, "selectbox", "Grade").set_value(3)
    press(app, "judge_house_brackmann", "Save judgement")
    assert store.judgements(visit.id)[GRADE].who == f"{account_name()} (computer account)"


def test_the_name_of_the_settings_signs_until_another_is_entered(monkeypatch, open_part, store, patient):
    monkeypatch.setenv("HEMIFACE_CLINICIAN", "Dr Setting")
    app = open_part(patient, "Treatments")
    for name in ("Dr Setting", "Dr Other"):
        app.button(key="add_treatment").click().run()
        if name == "Dr Other":
            app.text_input(key="clinician_name").set_value(name)
        field(app, "selectbox", "Treatment").set_value(TreatmentKind.SURGERY)
        press(app, "add_treatment", "Save treatment")
    # The record was opened anew for the setting, in the same folder.
    assert [treatment.who for treatment in store.treatments(patient.id)] == ["Dr Setting", "Dr Other"]


def test_an_override_stands_beside_the_automatic_value(open_app, store, visit, analysis):
    app = open_app("severity", visit=visit.id)
    app.text_input(key="clinician_name").set_value("Rater *One*").run()
    app.button(key="judge_house_brackmann").click().run()
    assert "automatic: IV (moderately severe)" in field(app, "selectbox", "Grade").label
    press(app, "judge_house_brackmann", "Save judgement")
    assert [error.value for error in app.error] == ["Nothing was changed, so nothing was saved\\."]
    field(app, "selectbox", "Grade").set_value(3)
    field(app, "text_area", "Comment").set_value("Eye closes fully")
    press(app, "judge_house_brackmann", "Save judgement")
    kept = store.judgements(visit.id)[GRADE]
    assert (kept.value, kept.who, kept.comment, kept.analysis_id) == (
        3,
        "Rater *One*",
        "Eye closes fully",
        analysis.id,
    )

    again = open_app("severity", visit=visit.id)
    shown = tables(again)
    for told in ("IV \\(moderately severe\\)", "III \\(moderate\\)", "Rater \\*One\\*", "Eye closes fully"):
        assert told in shown
    assert "Clinician: III (moderate)" in words(again).replace("\\", "")  # beside the figure at the top, too
    scale = next(frame.value for frame in again.dataframe if "Clinician" in frame.value and len(frame.value) < 8)
    assert set(scale["Clinician"]) == {"III (moderate) (Rater *One*)"}


def test_a_judgement_is_withdrawn_with_its_reason_and_stays_in_the_history(open_app, store, visit, analysis):
    replace(store, who="Rater One").add_judgement(visit.id, EYE, 1, analysis_id=analysis.id)
    app = open_app("severity", visit=visit.id)
    app.text_input(key="clinician_name").set_value("Rater Two").run()
    app.button(key="judge_withdraw").click().run()
    field(app, "multiselect", "Which").set_value([EYE])
    field(app, "text_area", "Reason").set_value("Wrong eye")
    app.button(key="judge_withdraw").click()
    app.button(key="judgement_withdraw_now").click().run()
    assert not store.judgements(visit.id)
    again = open_app("severity", visit=visit.id)
    again.selectbox(key="judgement_history").set_value(EYE).run()
    shown = words(again)
    assert "**withdrawn** · Rater Two" in shown
    assert "Wrong eye" in shown
    assert "**1** · Rater One" in shown


def test_every_item_can_be_judged(open_app, visit, analysis):
    app = open_app("severity", visit=visit.id)
    app.text_input(key="clinician_name").set_value("Rater One").run()
    offered = set()
    for scale in ("sunnybrook", "house_brackmann", "eface_style", "fngs2", "affected_side"):
        app.button(key=f"judge_{scale}").click().run()
        fields = [*app.selectbox, *app.number_input]
        offered |= {item for item in JudgedItem for box in fields if (box.key or "").endswith(f"_{item.value}")}
    assert offered == set(JudgedItem)
    assert value_words(JudgedItem.AFFECTED_SIDE, "left") == "Patient's left"
    assert analysis


@pytest.mark.usefixtures("analysis")
def test_items_that_are_all_judged_are_added_up(open_app, store, visit):
    for item in JudgedItem:
        if item.scale == "sunnybrook" and item is not COMPOSITE:
            store.add_judgement(visit.id, item, 3 if "voluntary" in item.value else 0)
    store.add_judgement(visit.id, COMPOSITE, 70)
    shown = words(open_app("severity", visit=visit.id))
    assert "items give a composite of 60, not the 70 that was entered" in shown


def agreeing(store, clip, folder, patients, *, simulated=False):
    for number in range(patients):
        patient = store.create_patient(PatientDetails(f"Someone {number}", simulated=simulated))
        visit = store.create_visit(patient.id, date(2026, 3, 1 + number))
        made = analysed(store, visit, clip, folder / f"exam{simulated}{number}")
        store.add_judgement(visit.id, COMPOSITE, 40 + 2 * number, analysis_id=made.id)
        if number < 3:
            store.add_judgement(visit.id, GRADE, 4, analysis_id=made.id)


def open_agreement(open_app):
    app = open_app()
    app.session_state[agreement.OPEN] = True
    app.run()
    assert not app.exception
    return app


def test_agreement_is_shown_from_a_handful_of_patients_on(open_app, store, clip, tmp_path):
    agreeing(store, clip, tmp_path, agreement.FEWEST_PAIRS)
    app = open_agreement(open_app)
    shown = tables(app)
    assert "ICC" in shown
    assert "not enough yet (3 of 5)" in shown
    assert len(app.get("plotly_chart")) == 1
    assert "of 5 patients, clinician minus automatic" in hidden_words(app)


@pytest.mark.usefixtures("patient")
def test_agreement_without_judgements_says_what_to_do(open_app):
    assert "Nothing is judged yet" in words(open_agreement(open_app))


def test_agreement_of_simulated_patients_is_told_and_never_mixed(open_app, store, clip, tmp_path):
    agreeing(store, clip, tmp_path, 2, simulated=True)
    app = open_agreement(open_app)
    assert "Simulated patients, not real examinations" in words(app)
    agreeing(store, clip, tmp_path, 1)
    app = open_agreement(open_app)
    assert "not enough yet (1 of 5)" in tables(app)


def test_everything_that_is_kept_comes_in_one_file(open_part, here, store, patient, visit, analysis):
    app = open_part(patient, "Data requests")
    assert not app.get("download_button")
    app.button(key="export_patient").click().run()
    wait_until(lambda: here.exports.status(patient.id).state is not ExportState.RUNNING)
    app.run()
    assert "The export is ready" in words(app)
    assert [element.proto.label for element in app.get("download_button")] == ["Save the zip file"]
    with zipfile.ZipFile(io.BytesIO(here.exports.read(patient.id))) as archive:
        names = archive.namelist()
        assert json.loads(archive.read("records/patients.json"))[0]["name"] == patient.name
        assert json.loads(archive.read("records/visits.json"))[0]["id"] == visit.id
    assert any(name.endswith("result.json") for name in names)
    assert store.audit_events(patient.id)[0].action == "export"
    app.button(key="export_discard").click().run()
    assert not list(here.store.files.incoming.iterdir())
    assert "Export everything (zip)" in labels(app)
    assert analysis


@pytest.mark.usefixtures("analysis")
def test_a_long_export_shows_how_far_it_is_and_is_cancelled(monkeypatch, open_part, here, store, patient):
    def slow(_store, _patient_id, target, *, progress, cancelled):
        target.write_bytes(b"half")
        progress(3_000_000, 12_000_000)
        wait_until(cancelled)
        raise Cancelled

    monkeypatch.setattr(type(store), "export_patient", slow)
    here.exports.start(patient.id, patient_record(store, patient.id), patients=[patient.id])
    wait_until(lambda: here.exports.status(patient.id).total)
    app = open_part(patient, "Data requests")
    (bar,) = app.get("progress")
    assert (bar.proto.value, bar.proto.text) == (25, "**Export** · 3 of 12 MB")
    app.button(key="export_cancel").click().run()
    wait_until(lambda: here.exports.status(patient.id).state is ExportState.CANCELLED)
    app.run()
    assert "The export was cancelled" in words(app)
    assert not list(store.files.incoming.iterdir())
    assert store.audit_events(patient.id)[0].action != "export"


def test_an_export_that_fails_says_why(monkeypatch, open_part, here, store, patient):
    def full(*_args, **_options):
        raise HemifaceError("The disk is full.", hint="Make room.")

    monkeypatch.setattr(type(store), "export_patient", full)
    app = open_part(patient, "Data requests")
    app.button(key="export_patient").click().run()
    assert [error.value for error in app.error] == ["The disk is full\\. Make room\\."]
    assert "Export everything (zip)" in labels(app)
    assert not list(here.store.files.incoming.iterdir())


@pytest.mark.parametrize("given", [True, False])
def test_a_consent_is_entered_and_shown_with_who_and_when(open_part, store, patient, given):
    app = open_part(patient, "Consent")
    assert tables(app).count("no entry yet") == len(ConsentSubject)
    app.button(key="add_consent").click().run()
    press(app, "add_consent", "Save consent")
    assert [error.value for error in app.error] == ["Choose what the consent is for\\."]
    next(group for group in app.button_group if group.key.endswith("_subjects")).set_value(
        [ConsentSubject.VIDEO_RESEARCH, ConsentSubject.VIDEO_TEACHING]
    )
    press(app, "add_consent", "Save consent")
    assert [error.value for error in app.error] == ["Choose whether consent was given\\."]
    app.radio[0].set_value(given)
    field(app, "text_input", "Note").set_value("Form *12*")
    app.text_input(key="clinician_name").set_value("Dr One")
    press(app, "add_consent", "Save consent")
    entries = store.consents(patient.id)
    assert {subject: (entry.given, entry.who) for subject, entry in entries.items()} == {
        ConsentSubject.VIDEO_RESEARCH: (given, "Dr One"),
        ConsentSubject.VIDEO_TEACHING: (given, "Dr One"),
    }
    again = open_part(patient, "Consent")
    assert ("Given" if given else "Withdrawn or refused") in tables(again)
    assert tables(again).count("no entry yet") == len(ConsentSubject) - 2
    assert "Form \\*12\\*" in words(again)
    assert words(again).count("entered by Dr One on") == 2


@pytest.mark.usefixtures("analysis")
def test_an_erased_patient_leaves_nothing_but_the_proof(open_part, open_app, store, patient):
    store.add_treatment(patient.id, TOXIN)
    app = open_part(patient, "Data requests")
    app.button(key="erase_patient").click().run()
    app.text_input(key="erase_name").set_value("Somebody Else")
    press(app, "erase_patient", "Erase for ever")
    assert [error.value for error in app.error] == ["The name does not match, so nothing was erased."]
    assert store.count_patients() == 1
    app.text_input(key="erase_name").set_value(f" {patient.name} ")
    press(app, "erase_patient", "Erase for ever")
    assert store.count_patients() == 0
    for shown in (app, open_app(erased=patient.id)):  # at once, and after a reload
        assert "The patient is erased" in words(shown)
        assert patient.id in tables(shown)
        assert "treatments: 1" in tables(shown).replace("\\", "")
    assert patient.name not in words(shown) + tables(shown)
    proof = store.erasure_proof(patient.id)
    assert proof.complete
    assert proof.rows["treatments"] == 1


@pytest.mark.usefixtures("analysis")
def test_deleting_a_patient_shows_the_same_proof(open_app, here, store, patient):
    here.exports.start(patient.id, patient_record(store, patient.id), patients=[patient.id], wait_s=PATIENCE_S)
    app = open_app(patient=patient.id)
    app.button(key="delete_patient").click().run()
    app.checkbox(key="patient_delete_now_sure").set_value(True)
    app.button(key="delete_patient").click().run()
    press(app, "delete_patient", "Delete for ever")
    assert store.count_patients() == 0
    assert "The patient is erased" in words(app)
    assert patient.id in tables(app)
    assert store.erasure_proof(patient.id).complete
    assert not list(store.files.incoming.iterdir())  # what was exported for the patient goes, too


def test_an_erasure_that_never_was_is_not_proved(open_app):
    app = open_app(erased="f" * 32)
    assert "knows no such erasure" in words(app)
    assert "Close" in labels(app)
