"""Probes: what they see, what they learn from, and what they make of the headline."""

import dataclasses

import numpy as np
import pytest
import torch

from core.statistics.intervals import Interval
from models.card import ModelCard
from models.cohort.store import save_person
from models.evidence.cards import with_evidence
from models.evidence.document import probe_table, screening_part
from models.evidence.painting import GREY
from models.evidence.probe_runs import ProbeOptions, kept_outcomes, run_missing
from models.evidence.probes import (
    CONFOUNDED,
    CONTROL,
    INCONCLUSIVE,
    PROBES,
    SIZE_PX,
    ProbeData,
    ProbeFinding,
    half_findings,
    headline_label,
    mean_of_runs,
    probe_findings,
    read_probe_data,
    run_probe,
    shown_to,
    shuffled,
    untold,
)
from models.evidence.rows import exams_of
from models.evidence.store import ProbeOutcome
from models.evidence.stored import SCREEN
from models.screening.network import SIZE_STEP_PX
from tests.evidence_samples import chance_probe, made_up, made_up_rows
from tests.model_samples import CARD
from tests.models.evidence.cohort_samples import made_cohort
from tests.screening_samples import tiny_data

CPU = torch.device("cpu")


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def cohort():
    return made_cohort()


@pytest.fixture(scope="module")
def data(cohort):
    return read_probe_data(cohort)


def outcome(name, exams, separation, seed=2):
    """What a network would say that knows so much."""
    noise = np.random.default_rng(seed).normal(size=len(exams))
    logits = {row.exam: separation * row.label + float(n) for row, n in zip(exams, noise, strict=True)}
    return ProbeOutcome(probe=name, seed=0, learned_from=30, logits=logits)


def label_of(exams, outcomes):
    return headline_label(probe_findings(exams, outcomes))


def test_probes_at_chance_beside_a_control_that_finds_something_do_not_confound():
    exams = exams_of(made_up_rows(12))
    label = label_of(exams, [chance_probe(exams, "background"), outcome(CONTROL, exams, 3.0)])
    assert label.startswith("Not confounded by what was probed")
    assert "Not probed: hair, neck and clothes only" in label


@pytest.mark.parametrize(("control", "words"), [(None, "was not run"), (0.0, "did not do so"), (-3.0, "did not do so")])
def test_probes_prove_nothing_without_a_control_that_finds_something(control, words):
    exams = exams_of(made_up_rows(12))
    probes = [chance_probe(exams, "background")]
    if control is not None:
        probes.append(outcome(CONTROL, exams, control))
    stored = made_up(12, probes=probes)
    label = label_of(exams, probes)
    assert label.startswith(INCONCLUSIVE)
    assert words in label
    assert f"**{label}**" in screening_part(stored, "python benchmarks/screening.py")
    assert "Outcome: inconclusive." in probe_table(stored)
    card = with_evidence(ModelCard.model_validate({**CARD, "identity": {"name": SCREEN, "version": "1.0"}}), stored)
    assert all(metric.name.startswith(INCONCLUSIVE) for metric in card.metrics)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_probe_that_knows_the_class_confounds(sign):
    """Worse than chance is knowledge, too; and no control takes it away."""
    exams = exams_of(made_up_rows(12))
    probes = [chance_probe(exams, "background"), outcome("hair_and_clothes", exams, sign * 2.0)]
    stored = made_up(12, probes=[*probes, outcome(CONTROL, exams, 3.0)])
    label = label_of(exams, stored.evidence.probes)
    assert label.startswith(CONFOUNDED)
    assert "hair, neck and clothes only" in label
    assert "**confounded**" in probe_table(stored)
    card = with_evidence(ModelCard.model_validate({**CARD, "identity": {"name": SCREEN, "version": "1.0"}}), stored)
    assert all(metric.name.startswith(CONFOUNDED) for metric in card.metrics)


@pytest.mark.parametrize("value", [1.0, 0.0])
def test_a_probe_that_parts_the_classes_without_an_error_confounds(value):
    """Every resample has the same AUC then, so that there is no interval that could leave 0.5 out."""
    exams = exams_of(made_up_rows(12))
    logits = {row.exam: float(row.label if value else -row.label) for row in exams}
    found = probe_findings(exams, [ProbeOutcome(probe="background", seed=0, learned_from=3, logits=logits)])
    assert found[0].auc == Interval(value)
    assert found[0].confounds
    assert headline_label(found).startswith(CONFOUNDED)


def test_a_probe_of_which_nothing_is_known_is_no_evidence():
    exams = exams_of(made_up_rows(1))
    found = probe_findings(exams, [outcome("background", exams, 0.0)])
    assert found[0].beside_chance == "not known"
    control = ProbeFinding(PROBES[CONTROL], outcome(CONTROL, exams, 9.0), Interval(0.9, 0.8, 1.0), 3)
    assert headline_label([*found, control]).startswith(INCONCLUSIVE)


def test_controls_alone_are_no_probes():
    exams = exams_of(made_up_rows(12))
    assert label_of(exams, [outcome("half_crop", exams, 2.0)]) == "Not probed for confounders."


def test_the_hidden_half_is_told_apart_from_the_shown_one():
    exams = exams_of(made_up_rows(12))
    right = {row.exam: 3.0 * (row.label and row.side == "right") for row in exams}
    found = half_findings(exams, ProbeOutcome(probe="half_crop", seed=0, learned_from=3, logits=right))
    assert found["of the shown side"].value == 1.0
    assert found["of the hidden side"].value == 0.5


# ---------------------------------------------------------------------------------------------- what is shown and learned


def faces_replaced(cohort):
    """The same examinations with noise for every face: all pixels within the outline of the landmarks."""
    import cv2

    random = np.random.default_rng(9)
    for exam in cohort:
        views = exam.views.copy()
        for view, points in zip(views, exam.points, strict=True):
            face = np.zeros(view.shape[:2], np.uint8)
            cv2.fillConvexPoly(face, cv2.convexHull(np.rint(points[:, :2]).astype(np.int32)), 1)
            view[face > 0] = random.integers(0, 256, (int(face.sum()), 3))
        yield dataclasses.replace(exam, views=views)


@pytest.mark.parametrize("name", ["background", "hair_and_clothes"])
def test_these_probes_see_nothing_of_a_face(cohort, data, name):
    """Whatever the faces are, made small or not, the pictures stay the same to the last value."""
    other = read_probe_data(faces_replaced(cohort))
    assert (other.views.pictures != data.views.pictures).mean() > 0.05, "the faces must be other ones"
    plain, replaced = (shown_to(PROBES[name], some).pictures for some in (data, other))
    assert (plain == replaced).all()
    assert plain.std() > 1, "something is seen"


def test_the_control_sees_nothing_of_the_background(data):
    face = data.face.inside(SIZE_PX)
    shown = shown_to(PROBES["background_masked"], data).pictures
    assert (shown[:, ~face] == GREY).all()
    assert (shown[:, face] == data.views.pictures[:, face]).all()


def test_half_of_a_crop_is_the_right_one_of_the_patient(data):
    shown = shown_to(PROBES["half_crop"], data).pictures
    assert (shown[:, :, SIZE_PX // 2 :] == GREY).all()
    assert (shown[:, :, : SIZE_PX // 2] == data.crops.pictures[:, :, : SIZE_PX // 2]).all()


def test_the_size_fits_the_network():
    assert SIZE_PX % SIZE_STEP_PX == 0


def test_shuffled_labels_are_right_as_often_as_chance():
    crops = tiny_data(people=50)
    labels = shuffled(crops, seed=3)
    assert labels.sum() == crops.labels.sum()
    for split in ("train", "validation", "test"):
        members = np.array([exam.split == split for exam in crops.exams])
        assert labels[members & crops.labels].mean() == pytest.approx(labels[members & ~crops.labels].mean(), abs=0.06)


def test_beside_shuffled_labels_nothing_tells_the_true_ones(data):
    """Links and weakness are the truth: a network that learned them would know the class, whatever its labels."""
    known = [exam for exam in data.crops.exams if exam.links]
    assert known, "the cohort says which links there are"
    for exam in untold(data.crops).exams:
        assert (exam.links, exam.weakness) == (None, None)


def test_labels_are_shuffled_for_training_and_nothing_else_is_told(data, monkeypatch):
    from models.screening import training

    seen = []

    def stop(learned, *_options, **_more):
        seen.append(learned)
        raise InterruptedError

    monkeypatch.setattr(training, "train", stop)
    for name in ("shuffled_labels", CONTROL):
        with pytest.raises(InterruptedError):
            run_probe(PROBES[name], data, CPU)
    assert (seen[0].labels == shuffled(data.crops, 0)).all()
    assert all(exam.links is None for exam in seen[0].exams)
    assert seen[1].exams == data.crops.exams


def test_a_probe_judges_test_people_and_learns_from_others(data):
    found = run_probe(PROBES[CONTROL], data, CPU, epochs=1)
    assert set(found.logits) == {exam.exam for exam in data.crops.exams if exam.split == "test"}
    assert (found.learned_from, found.epochs, found.kept_epoch) == (18, 1, 1)


def test_figures_of_the_file_find_a_class_from_another_camera(data):
    """Pictures of one class twice as bright: a control of this probe itself."""
    figures = np.random.default_rng(1).normal(size=data.figures.shape)
    none = run_probe(PROBES["file_features"], dataclasses.replace(data, figures=figures), CPU)
    figures[:, 3] += 8 * data.views.labels
    some = run_probe(PROBES["file_features"], dataclasses.replace(data, figures=figures), CPU)
    truth = {exam.exam: exam.synkinesis for exam in data.views.exams}
    assert [logit > 0 for logit in some.logits.values()] == [truth[exam] for exam in some.logits]
    assert [logit > 0 for logit in none.logits.values()] != [truth[exam] for exam in none.logits]


def test_outcomes_are_kept_and_what_is_kept_is_not_run_again(cohort, tmp_path):
    folder, kept = tmp_path / "cohort", tmp_path / "kept"
    for person in {exam.person for exam in cohort}:
        save_person(folder, person.replace(" ", "-"), [exam for exam in cohort if exam.person == person], {})
    kept.mkdir()
    for name in PROBES:
        if name != "file_features":
            made = ProbeOutcome(probe=name, seed=7, learned_from=3, logits={"drawn-9004-e00": 1.0})
            (kept / f"{name}.json").write_text(made.model_dump_json(), encoding="utf-8")
    lines = []
    found = run_missing(folder, kept, ProbeOptions(seed=5, jobs=2), lines.append)
    assert lines == ["probe file_features done"]
    assert [outcome.probe for outcome in found] == list(PROBES)
    assert {outcome.probe: outcome.seed for outcome in found if outcome.seed == 5} == {"file_features": 5}
    assert run_missing(folder, kept, ProbeOptions(seed=6)) == found == kept_outcomes(kept)


def test_probe_data_are_of_the_same_examinations(cohort, data):
    assert isinstance(data, ProbeData)
    names = [exam.exam for exam in cohort]
    assert [exam.exam for exam in data.crops.exams] == [exam.exam for exam in data.views.exams] == names
    assert data.crops.pictures.shape == data.views.pictures.shape == (90, SIZE_PX, SIZE_PX, 3)
    assert len(data.figures) == 30
    assert np.isfinite(data.figures).all()


def test_trainings_that_scatter_around_chance_are_chance():
    """One training on shuffled labels is off by chance; the interval of several counts that."""
    one = Interval(0.546, 0.506, 0.594)
    assert mean_of_runs([one]) == one
    several = mean_of_runs([one, Interval(0.47, 0.43, 0.51), Interval(0.52, 0.48, 0.56), Interval(0.49, 0.45, 0.53)])
    assert several.value == pytest.approx(np.mean([0.546, 0.47, 0.52, 0.49]))
    assert several.low < 0.5 < several.high


def test_trainings_that_agree_are_not_called_chance():
    """Labels that leak into every training are found, and more surely than the widest single interval would."""
    leaking = mean_of_runs([Interval(value, value - 0.04, value + 0.04) for value in (0.60, 0.61, 0.62, 0.63, 0.64)])
    assert leaking.low > 0.5


def test_a_training_without_an_interval_makes_the_mean_unknown():
    assert mean_of_runs([Interval(0.5, 0.4, 0.6), Interval(None)]) == Interval(None)
