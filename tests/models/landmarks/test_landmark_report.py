"""The table of what training did: hand-worked errors, patients weigh the same, and intervals over patients."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.face.ibug68 import Region
from core.words import Side
from models.landmarks.manifest import LandmarkItem
from models.landmarks.report import REGIONS, compare, over_patients, point_errors, table
from tests.landmark_samples import face_points

POINTS = face_points() * (100 / np.linalg.norm(face_points()[45] - face_points()[36]))  # outer canthi 100 px apart


def item(patient="A", severity="mild", side=Side.RIGHT):
    return LandmarkItem(Path("x.png"), POINTS, patient, severity, side)


def moved(points, indices, pixels):
    found = points.copy()
    found[list(indices), 0] += pixels
    return found


def rows_of(items, before, after):
    rows = compare(point_errors(np.stack(before), items), point_errors(np.stack(after), items), items)
    return {row.name: row for row in rows}


def test_errors_are_per_cent_of_the_outer_canthi():
    errors = point_errors(moved(POINTS, [48], 3.0)[None], [item()])
    assert errors[0, 48] == pytest.approx(3)
    assert errors.sum() == pytest.approx(3)


def test_regions_hold_every_point_once():
    assert sorted(i for region in REGIONS for i in region.points) == list(range(68))


def test_a_region_that_got_better():
    rows = rows_of([item()], [moved(POINTS, Region.LIDS.points, 4)], [moved(POINTS, Region.LIDS.points, 1)])
    assert rows["lids"].before.value == pytest.approx(4)
    assert rows["lids"].after.value == pytest.approx(1)
    assert rows["lids"].change.value == pytest.approx(-3)
    assert rows["lips"].change.value == pytest.approx(0)
    assert rows["whole face"].before.value == pytest.approx(4 * 12 / 68)
    assert rows["mild"].after.value == pytest.approx(12 / 68)


@pytest.mark.parametrize(("side", "affected"), [(Side.RIGHT, range(36, 42)), (Side.LEFT, range(42, 48))])
def test_the_affected_side_is_the_patients_own(side, affected):
    rows = rows_of([item(side=side)], [moved(POINTS, affected, 5)], [POINTS])
    assert rows["lids, affected side"].before.value == pytest.approx(5)
    assert rows["lids, sound side"].before.value == pytest.approx(0)


def test_without_sides_and_classes_there_are_no_such_rows():
    rows = rows_of([item(severity=None, side=None)], [POINTS], [POINTS])
    assert set(rows) == {"whole face", *REGIONS}


def test_every_patient_weighs_the_same():
    """One with nine pictures and one with a single one."""
    found = over_patients(np.array([1.0] * 9 + [3.0]), np.array(["A"] * 9 + ["B"]))
    assert found.value == pytest.approx(2)
    assert (found.patients, found.pictures) == (2, 10)


def test_the_interval_is_over_patients_not_pictures():
    random = np.random.default_rng(0)
    means = random.normal(5, 1, 20)
    patients = np.repeat(np.arange(20).astype(str), 50)
    found = over_patients(np.repeat(means, 50), patients)
    wide = found.high - found.low
    assert wide == pytest.approx(2 * 1.96 * means.std() / np.sqrt(20), rel=0.2)
    assert found.low < found.value < found.high


def test_the_table_is_markdown():
    rows = compare(*(point_errors(POINTS[None], [item()]) for _ in range(2)), [item()])
    lines = table(rows).splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert lines[2].startswith("| whole face | 1 | 1 | 0.00")
    assert any(line.startswith("| class: mild") for line in lines)


def test_points_that_were_guessed_do_not_count():
    """A wrong place of a point that the annotator could not see is no error; a region without a visible point has no row."""
    seen = np.ones(68, bool)
    seen[list(Region.NOSE.points)] = False
    seen[36] = False
    guessed = replace(item(), visible=seen)
    rows = rows_of([guessed], [moved(POINTS, [36], 12.0)], [moved(POINTS, [37], 11.0)])
    assert rows["lids"].before.value == 0
    assert rows["lids"].after.value == pytest.approx(11 / 11)
    assert "nose" not in rows
