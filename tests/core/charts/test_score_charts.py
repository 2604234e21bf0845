"""Face map and branch bars: the right value in the right colour on the right side, and nothing invented where none is."""

import numpy as np
import pytest

from core.charts.branches import branch_bars, branch_bars_alt
from core.charts.face_map import face_map, face_map_alt
from core.charts.scores import branch_score, branch_scores, resting_words, synkinesis_evidence
from core.charts.style import LIGHT, Quantity, score_colour
from core.result import ExamResult, RestingEvidence
from core.words import BRANCHES, Branch, Side
from tests.exam_samples import still_exam, synkinetic_exam

R, L = Side.RIGHT, Side.LEFT


@pytest.fixture(scope="module")
def result():
    return synkinetic_exam().result


def areas(figure):
    """The territories of a map by branch and side."""
    traces = [trace for trace in figure.data if trace.fill == "toself"]
    assert len(traces) == 10
    found = {}
    for trace in traces:
        side = R if np.mean(trace.x) < 0 else L
        branch = next(b for b in BRANCHES if b.label.lower() in trace.name)
        assert trace.name.startswith(side.label)
        found[branch, side] = trace
    return found


@pytest.mark.parametrize("of", Quantity)
@pytest.mark.parametrize("dark", [False, True])
def test_map_is_coloured_by_the_scores(result, of, dark):
    for (branch, side), trace in areas(face_map(result, of, dark=dark)).items():
        score = branch_score(result, branch, side, of)
        if score.value is None:
            continue
        assert trace.fillcolor == score_colour(of, score.value)
        assert f"<b>{score.value:.0f}</b> of 100" in trace.text
        assert score.grade in trace.text


def test_map_prints_every_value_in_its_territory(result):
    figure = face_map(result, Quantity.WEAKNESS)
    printed = {(a.x, a.y): a.text for a in figure.layout.annotations}
    for score in branch_scores(result, Quantity.WEAKNESS):
        values = [text for (x, _), text in printed.items() if (x < 0) == (score.side is R)]
        assert ("n/a" if score.value is None else f"<b>{score.value:.0f}</b>") in values


def test_not_assessable_is_hatched_grey_with_its_reason(result):
    trace = areas(face_map(result, Quantity.WEAKNESS))[Branch.CERVICAL, R]
    assert trace.fillcolor is None
    assert trace.fillpattern.shape == "/"
    assert trace.fillpattern.bgcolor == LIGHT.missing
    assert "not assessable" in trace.text
    assert "was recorded" in trace.text
    words = [a.text for a in face_map(result, Quantity.WEAKNESS).layout.annotations]
    assert "hatched, n/a: not assessable" in words


def test_everything_is_hatched_where_nothing_moved():
    found = areas(face_map(still_exam().result, Quantity.WEAKNESS))
    assert all(trace.fillpattern.shape == "/" for trace in found.values())


def test_sides_are_named_in_words_and_stand_as_when_facing_the_patient(result):
    for figure in (face_map(result, Quantity.WEAKNESS), branch_bars(result, Quantity.WEAKNESS)):
        headings = {a.text: a.xanchor for a in figure.layout.annotations if "patient's" in a.text}
        assert headings == {"<b>◀ patient's right</b>": "left", "<b>patient's left ▶</b>": "right"}


def test_hypertonic_branches_are_marked(result):
    weak = result.branches[Branch.ZYGOMATIC]
    side = weak.right.model_copy(update={"hypertonic": True})
    branches = {**result.branches, Branch.ZYGOMATIC: weak.model_copy(update={"right": side})}
    marked = result.model_copy(update={"branches": branches})
    assert "hypertonic" in areas(face_map(marked, Quantity.WEAKNESS))[Branch.ZYGOMATIC, R].text
    assert "(hypertonic)" in face_map_alt(marked, Quantity.WEAKNESS)
    assert "hypertonic" not in face_map_alt(result, Quantity.WEAKNESS)
    assert "hypertonic" not in face_map_alt(marked, Quantity.SYNKINESIS)


def test_bars_run_outwards_from_the_middle(result):
    figure = branch_bars(result, Quantity.WEAKNESS)
    right, left = figure.data
    assert figure.layout.xaxis.range[0] > figure.layout.xaxis.range[1]
    assert figure.layout.xaxis2.range[0] < figure.layout.xaxis2.range[1]
    assert figure.layout.xaxis.domain[1] < figure.layout.xaxis2.domain[0]
    for side, trace in ((R, right), (L, left)):
        for branch, length, shape in zip(trace.y, trace.x, trace.marker.pattern.shape, strict=True):
            value = result.branches[Branch(branch)].get(side).weakness
            assert shape == ("/" if value is None else "")
            if value is not None and value > 1:
                assert length == value


def test_bars_say_grade_or_that_there_is_none(result):
    texts = [a.text for a in branch_bars(result, Quantity.WEAKNESS).layout.annotations]
    zygomatic = branch_score(result, Branch.ZYGOMATIC, R, Quantity.WEAKNESS)
    assert f"<b>{zygomatic.value:.0f}</b> {zygomatic.grade}" in texts
    assert texts.count("not assessable") == 2
    narrow = [a.text for a in branch_bars(result, Quantity.WEAKNESS, narrow=True).layout.annotations]
    assert f"<b>{zygomatic.value:.0f}</b>" in narrow


@pytest.mark.parametrize("alt", [face_map_alt, branch_bars_alt])
def test_words_for_readers_who_do_not_see_it_hold_every_score(result, alt):
    for of in Quantity:
        told = alt(result, of)
        for score in branch_scores(result, of):
            assert score.words in told
            assert score.side.label in told


def test_evidence_tells_movements_with_units_and_what_was_watched(result):
    buccal = "\n".join(branch_score(result, Branch.BUCCAL, R, Quantity.WEAKNESS).evidence)
    assert "Big smile with teeth: 4.0 mm of 10 mm" in buccal
    assert "Confidence: high" in buccal
    eye = synkinesis_evidence(result, Branch.ZYGOMATIC, R)
    assert "Oral-ocular (smile): eye 3." in eye[0]
    assert "mm during “big smile with teeth”" in eye[0]
    assert synkinesis_evidence(result, Branch.ZYGOMATIC, L)[0].startswith("Nothing unwanted seen during")


@pytest.mark.parametrize(
    ("deviation", "score", "opposite", "words"),
    [
        (None, None, False, "not seen well enough"),
        (3.0, 0.4, False, "3.0 mm from the other side, in the direction of weakness"),
        (0.6, 0.0, False, "within the tolerance"),
        (-3.0, 0.0, True, "hypertonic"),
    ],
)
def test_resting_position_in_words(deviation, score, opposite, words):
    evidence = RestingEvidence(
        measure="palpebral_fissure_height", deviation_mm=deviation, score=score, opposite=opposite
    )
    assert words in resting_words(evidence)


def test_stored_results_draw_the_same(result):
    again = ExamResult.model_validate_json(result.model_dump_json())
    assert face_map(again, Quantity.SYNKINESIS) == face_map(result, Quantity.SYNKINESIS)
