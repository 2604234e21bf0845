"""Manifests of rated examinations: what they may say, and one sentence for everything else."""

import json

import numpy as np
import pytest

from core.errors import InputError
from models.severity.manifest import rated_data, read_manifest
from tests.severity_samples import rated_folder


def no_pictures():
    raise AssertionError("there are no pictures")


def test_scores_of_another_scale_are_brought_to_100(tmp_path):
    exams = read_manifest(rated_folder(tmp_path / "a", patients=4, maximum=4.0))
    assert [exam.patient for exam in exams] == ["P0", "P1", "P2", "P3"]
    np.testing.assert_allclose(exams[2].scores, [[50.0] * 4, [0.0] * 4])


def test_data_are_split_by_patient(tmp_path):
    exams = read_manifest(rated_folder(tmp_path / "a", patients=4))
    data = rated_data(exams, 1, no_pictures)
    assert sorted({exam.split for exam in data.exams}) == ["test", "train", "validation"]
    assert data.measured.all()
    assert not data.seen.any()
    assert np.isfinite(data.truth).all()


def test_csv_with_missing_scores(tmp_path):
    rated_folder(tmp_path / "a", patients=3)
    path = tmp_path / "a" / "manifest.csv"
    path.write_text("patient,exam,maximum,temporal_right,buccal_left\nA,exam0,4,3,\nB,exam1,4,,1\n", encoding="utf-8")
    first, second = read_manifest(tmp_path / "a")
    assert first.scores[0, 0] == 75
    assert np.isfinite(first.scores).sum() == 1
    assert second.scores[1, 2] == 25


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"patient": ""}, "pseudonym"),
        ({"exam": None}, "either"),
        ({"exam": "nowhere"}, "no result.json"),
        ({"exam": "../.."}, "outside"),
        ({"scores": {"temporal:up": 1}}, "branch and side"),
        ({"scores": {"temporal:right": 101}}, "from 0 to 100"),
        ({"scores": {"temporal:right": True}}, "from 0 to 100"),
        ({"scores": {}}, "no score"),
        ({"maximum": 0}, "above 0"),
        ({"video": "gone.mp4"}, "not there"),
        ({"exam": None, "image": "a.png", "expression": "speech"}, "expression"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path, change, words):
    path = rated_folder(tmp_path / "a", patients=3)
    content = json.loads(path.read_text(encoding="utf-8"))
    content["items"][1] |= change
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=words) as caught:
        read_manifest(path)
    assert caught.value.message.endswith(".")
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("text", ["", "[]", '{"items": []}', "{"])
def test_no_manifest(tmp_path, text):
    path = tmp_path / "manifest.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="manifest"):
        read_manifest(path)
