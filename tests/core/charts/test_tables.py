"""Synkinesis matrix and clinical scales: every entry is there, with its unit or its reason."""

import pytest

from core.charts.scales import grade_words, scale_tables
from core.charts.scores import entry_sentence
from core.charts.synkinesis import found_entries, synkinesis_alt, synkinesis_matrix, watched_triggers
from core.exam.protocol import Expression as E
from core.grading.synkinesis import Region
from core.words import Side
from tests.exam_samples import still_exam, synkinetic_exam


@pytest.fixture(scope="module")
def result():
    return synkinetic_exam().result


@pytest.mark.parametrize("side", Side)
def test_matrix_holds_every_watched_pair_once(result, side):
    figure = synkinesis_matrix(result, side)
    [heat] = figure.data
    triggers, regions = watched_triggers(result), list(Region)
    entries = [entry for entry in result.synkinesis if entry.side is side]
    shown = sum(value is not None for row in heat.z for value in row)
    assert shown == len(entries)
    for entry in entries:
        row, column = triggers.index(entry.trigger), regions.index(Region(entry.region))
        assert heat.z[row][column] == entry.score
        assert f"score {entry.score:.0f} of 100" in heat.text[row][column]
        assert entry.pattern in heat.text[row][column]


def test_cells_show_millimetres_and_unwatched_ones_a_dot(result):
    figure = synkinesis_matrix(result, Side.RIGHT)
    triggers = watched_triggers(result)
    cells = {(a.y, a.x): a.text for a in figure.layout.annotations if a.xref != "paper"}
    eye_in_smile = cells[triggers.index(E.SMILE_OPEN), list(Region).index(Region.EYE)]
    assert "mm<br><b>" in eye_in_smile
    eye_in_closure = cells[triggers.index(E.EYES_GENTLE), list(Region).index(Region.EYE)]
    assert eye_in_closure == "·"


def test_what_was_found_is_told_worst_first(result):
    found = found_entries(result)
    assert found
    assert {entry.side for entry in found} == {Side.RIGHT}
    assert [entry.score for entry in found] == sorted((entry.score for entry in found), reverse=True)
    assert "the eye narrows by 3." in entry_sentence(found[0])
    assert "Oral-ocular" in synkinesis_alt(result, Side.RIGHT)
    assert "none found" in synkinesis_alt(result, Side.LEFT)


def test_nothing_watched_is_not_nothing_found():
    result = still_exam().result
    assert "can be watched" in synkinesis_alt(result, Side.RIGHT)
    assert synkinesis_matrix(result, Side.RIGHT).data[0].y == ()


def test_every_item_of_every_scale_is_visible(result):
    tables = {table.name: table for table in scale_tables(result)}
    scales = result.scales
    for name, scale in (
        ("Sunnybrook", scales.sunnybrook),
        ("eFACE-style", scales.eface_style),
        ("FNGS 2.0", scales.fngs2),
    ):
        rows = tables[name].rows
        assert [row["Item"] for row in rows] == [item.label for item in scale.items]
        for row, item in zip(rows, scale.items, strict=True):
            assert (row["Estimate"] == "not assessable") == (item.value is None)
            assert row["Estimated from"] == (item.basis or item.reason)
            assert row["Range"] == f"{item.minimum:.0f} to {item.maximum:.0f}"
    assert [row["Estimated from"] for row in tables["House-Brackmann"].rows] == scales.house_brackmann.basis
    assert tables["House-Brackmann"].total == grade_words(scales.house_brackmann.grade)
    assert f"{scales.sunnybrook.composite:.0f} of 100" in tables["Sunnybrook"].total


def test_scales_without_values_say_why():
    for table in scale_tables(still_exam().result):
        assert table.total == "not assessable"
        assert table.reason
        assert all(row["Estimated from"] for row in table.rows if row["Estimate"] == "not assessable"), table.name


def test_no_scale_is_called_a_diagnosis(result):
    for table in scale_tables(result):
        assert "diagnos" not in str(table).lower()


@pytest.mark.parametrize(("grade", "words"), [(None, "not assessable"), (1, "I (normal)"), (6, "VI (total palsy)")])
def test_grades_in_words(grade, words):
    assert grade_words(grade) == words
