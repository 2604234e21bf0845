"""Second opinions are added to an analysis; a network that cannot be used costs one remark and nothing else."""

from dataclasses import replace

import pytest

from core.errors import Cancelled, UnavailableError
from core.exam.protocol import Expression as E
from core.key_frames import choose_key_frames, shown_moments
from core.words import SIDES, AffectedSide
from models.opinions import BOTH_SIDES, OpinionModels, make_screener, make_severity_model, opinions_of, with_opinions
from tests.exam_samples import fitting, short_exam, write_grey_clip
from tests.opinion_samples import FakeScreener, FakeSeverityModel, RefusingModel


def exam():
    """A short exam that fits the clip of ``write_grey_clip``."""
    return fitting(short_exam())


def models(screener=None, severity=None):
    screener, severity = screener or FakeScreener(), severity or FakeSeverityModel()
    return OpinionModels(lambda: screener, lambda: severity)


@pytest.fixture
def clip(tmp_path):
    return write_grey_clip(tmp_path / "exam.mp4", exam().track)


def remarks(result):
    return {entry.code: entry for entry in result.quality if entry.code.endswith("_not_run")}


def test_both_see_the_key_frames_and_the_result_names_them(clip):
    screener, severity = FakeScreener(), FakeSeverityModel()
    result = with_opinions(exam(), clip, models=models(screener, severity)).result
    [frames] = screener.shown
    assert severity.shown == [frames]
    chosen = choose_key_frames(exam())
    assert [(f.expression, f.time_s) for f in frames] == [(c.expression, c.time_s) for c in chosen]
    assert shown_moments(result) == [(c.expression, c.time_s) for c in chosen]
    assert [c.expression for c in chosen] == [E.REST, E.BROW_RAISE, E.SMILE_OPEN]
    assert result.severity_opinion.model == "severity_branches"
    assert remarks(result) == {}
    unchanged = result.model_copy(update={"screening": None, "severity_opinion": None})
    assert unchanged == exam().result


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (RefusingModel().problem, "the weights are missing."),
        (RuntimeError("secret words"), "it failed here (RuntimeError)."),
        (ImportError("no such module"), "it failed here (ImportError)."),
    ],
)
def test_a_network_that_cannot_be_used_costs_one_remark(clip, problem, told):
    result = with_opinions(exam(), clip, models=models(screener=RefusingModel(problem))).result
    assert result.screening is None
    assert result.severity_opinion is not None
    [remark] = remarks(result).values()
    assert (remark.severity, remark.message) == ("info", f"The screen for synkinesis was not run: {told}")
    other = with_opinions(exam(), clip, models=models(severity=RefusingModel(problem))).result
    assert other.severity_opinion is None
    assert other.screening is not None
    assert remarks(other)["severity_opinion_not_run"].message.startswith("The second opinion on severity was not run: ")


def test_a_network_that_cannot_even_be_made_is_one_remark_too(clip):
    def refused():
        raise RefusingModel().problem

    result = with_opinions(exam(), clip, models=OpinionModels(refused, FakeSeverityModel)).result
    assert set(remarks(result)) == {"screening_not_run"}


def test_without_pictures_nobody_is_asked(tmp_path, clip):
    screener = FakeScreener()
    gone = with_opinions(exam(), tmp_path / "gone.mp4", models=models(screener)).result
    assert remarks(gone)["screening_not_run"].message == "The screen for synkinesis was not run: there is no such file."
    other_size = with_opinions(short_exam(), clip, models=models(screener)).result
    assert set(remarks(other_size)) == {"screening_not_run", "severity_opinion_not_run"}
    assert "no key picture could be read" in remarks(other_size)["screening_not_run"].message
    assert screener.shown == []


def test_cancelling_is_no_reason(clip):
    with pytest.raises(Cancelled):
        with_opinions(exam(), clip, models=models(screener=RefusingModel(Cancelled())))


def test_the_models_that_ship_are_made_only_when_there_is_something_to_show(monkeypatch):
    made = []
    monkeypatch.setattr("models.opinions.make_screener", lambda: made.append(1) or FakeScreener())
    monkeypatch.setattr("models.opinions.make_severity_model", lambda: made.append(2) or FakeSeverityModel())
    opinions_of(exam().result, [])
    assert made == []


def test_weights_that_are_missing_are_told_before_anything_heavy_is_imported(monkeypatch, tmp_path):
    monkeypatch.setattr("models.opinions.WEIGHTS_FOLDER", tmp_path)
    for make, name in ((make_screener, "synkinesis_cnn"), (make_severity_model, "severity_branches")):
        with pytest.raises(UnavailableError, match=f"The weights {name}.safetensors are missing"):
            make()


def test_palsy_of_both_sides_is_not_assessable(clip):
    """Both networks learned from one-sided palsy: shown two weak sides, they would call one of them sound."""
    analysis = exam()
    both = replace(analysis, result=analysis.result.model_copy(update={"affected_side": AffectedSide.BOTH}))
    result = with_opinions(both, clip, models=models(FakeScreener(), FakeSeverityModel())).result
    assert (result.screening.verdict, result.screening.probability, result.screening.low) == (
        "not_assessable",
        None,
        None,
    )
    assert result.screening.reason == result.severity_opinion.reason == BOTH_SIDES
    sides = [opinion.get(side) for opinion in result.severity_opinion.branches.values() for side in SIDES]
    assert sides
    assert {(side.severity, side.reason) for side in sides} == {(None, BOTH_SIDES)}
