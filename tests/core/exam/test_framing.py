"""The picture check: each reason not to record is told by its own code, the same for both sides, and every code has its words."""

import itertools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from core.exam import framing
from core.exam.framing import FramingAspect, judge_framing
from core.face.canonical import canonical_vertices_mm
from core.face.landmarks import MESH478
from core.face.pose import rotation_from_angles
from pages.components.recorder_texts import recorder_texts
from tests.synthetic import neutral_face

FACE, DISTANCE, HEAD, LIGHT = FramingAspect.FACE, FramingAspect.DISTANCE, FramingAspect.HEAD, FramingAspect.LIGHT
WIDTH, HEIGHT = 1280, 720
# 11.7 mm of iris at 2 pixels a millimetre are 23 pixels; the picture of 1280 is then seen from half a metre.
GOOD_PX_PER_MM = 2.0
GOOD_LIGHT = (120.0, 130.0)


@dataclass
class Picture:
    """What a tracker tells of a picture."""

    faces: list = field(default_factory=list)
    cheek_luminance: np.ndarray | None = None
    width: int = WIDTH
    height: int = HEIGHT


def face(px_per_mm=GOOD_PX_PER_MM, *, x=WIDTH / 2, y=HEIGHT / 2 + 20, yaw=0.0, pitch=0.0, roll=0.0):
    """(478, 3) pixels of the neutral face around (x, y)."""
    points = neutral_face()
    points -= (canonical_vertices_mm().min(axis=0) + canonical_vertices_mm().max(axis=0)) / 2
    turned = points @ rotation_from_angles(yaw, pitch, roll).T
    return (turned * [px_per_mm, -px_per_mm, -px_per_mm] + [x, y, 0]).astype(np.float32)


def picture(*faces, light=GOOD_LIGHT):
    return Picture(list(faces), None if light is None else np.array(light))


def findings(*faces, light=GOOD_LIGHT, **more):
    return judge_framing(picture(*faces, light=light), **more).findings


def test_a_good_picture_is_good():
    seen = judge_framing(picture(face()))
    assert seen.findings == {FACE: "face_ok", DISTANCE: "distance_ok", HEAD: "head_ok", LIGHT: "light_ok"}
    assert seen.good
    assert seen.iris_px == pytest.approx(23.4, abs=0.01)
    assert [seen.yaw_deg, seen.pitch_deg, seen.roll_deg] == pytest.approx([0, 0, 0], abs=0.01)


def test_without_a_face_nothing_else_is_judged():
    seen = judge_framing(picture(light=None))
    assert seen.findings == {FACE: "face_none", DISTANCE: "unknown", HEAD: "unknown", LIGHT: "unknown"}
    assert not seen.good
    assert (seen.box, seen.iris_px, seen.yaw_deg) == (None, None, None)


@pytest.mark.parametrize(
    ("pose", "code"),
    [
        ({"yaw": 7.5}, "head_ok"),
        ({"yaw": 8.5}, "head_turned"),
        ({"roll": 11.5}, "head_ok"),
        ({"roll": 12.5}, "head_tilted"),
        ({"pitch": 17.5}, "head_ok"),
        ({"pitch": 18.5}, "head_nodded"),
        ({"yaw": 20, "pitch": 30, "roll": 20}, "head_turned"),
    ],
    ids=str,
)
@pytest.mark.parametrize("sign", [1, -1])
def test_the_head(pose, code, sign):
    signed = {name: sign * angle for name, angle in pose.items()}
    assert findings(face(**signed)) == {FACE: "face_ok", DISTANCE: "distance_ok", HEAD: code, LIGHT: "light_ok"}


def test_too_far_is_judged_by_the_pixels_of_the_recording():
    """The preview is smaller than what is recorded; both are told apart by the width that the browser names."""
    small = face(0.8)  # 9 pixels of iris here, 18 in a recording of twice the width
    assert findings(small)[DISTANCE] == "distance_far"
    assert findings(small, recorded_width_px=2 * WIDTH)[DISTANCE] == "distance_ok"
    assert judge_framing(picture(small), recorded_width_px=2 * WIDTH).iris_px == pytest.approx(18.72, abs=0.01)


def test_too_near_is_judged_by_the_distance_and_not_by_the_pixels():
    """35 cm: the perspective distorts the face. An iris of 33 in 1280 pixels of a usual camera."""
    assert findings(face(2.6))[DISTANCE] == "distance_ok"
    assert findings(face(2.9))[DISTANCE] == "distance_near"
    # More pixels in the recording are no smaller distance.
    assert findings(face(2.6), recorded_width_px=3 * WIDTH)[DISTANCE] == "distance_ok"
    assert findings(face(2.9), recorded_width_px=3 * WIDTH)[DISTANCE] == "distance_near"


def test_an_upright_phone_sees_as_far_along_its_longer_side():
    upright = Picture([face(x=HEIGHT / 2, y=WIDTH / 2)], np.array(GOOD_LIGHT), width=HEIGHT, height=WIDTH)
    assert judge_framing(upright).good


@pytest.mark.parametrize(
    "place", [{"x": 60}, {"x": WIDTH - 60}, {"y": 90}, {"y": HEIGHT - 60}], ids=["left", "right", "top", "bottom"]
)
def test_a_face_at_the_edge_is_cut(place):
    assert findings(face(**place))[FACE] == "face_cut"


def test_the_forehead_above_the_landmarks_belongs_to_the_face():
    points = face()
    top, size = points[:, 1].min(), np.ptp(points[:, 1])
    just_in, cut = points - [0, top - 0.13 * size, 0], points - [0, top - 0.05 * size, 0]
    assert cut[:, 1].min() > 0, "the landmarks themselves are in the picture"
    assert [findings(points)[FACE] for points in (just_in, cut)] == ["face_ok", "face_cut"]


def test_two_people_are_one_too_many():
    both = findings(face(x=400), face(1.2, x=900))
    assert both[FACE] == "face_many"
    assert both[DISTANCE] == "distance_ok", "the larger face comes first and is judged"


@pytest.mark.parametrize(
    ("cheeks", "code"),
    [
        ((120, 130), "light_ok"),
        ((39, 39), "light_dark"),
        ((30, 41), "light_uneven"),
        ((236, 240), "light_bright"),
        ((230, 240), "light_ok"),
        ((100, 76), "light_ok"),
        ((100, 74), "light_uneven"),
        ((0, 0), "light_dark"),
        ((100, np.nan), "unknown"),
        (None, "unknown"),
    ],
)
def test_the_light(cheeks, code):
    assert findings(face(), light=cheeks)[LIGHT] == code


def flipped(seen):
    """The same picture in a mirror."""
    cheeks = None if seen.cheek_luminance is None else seen.cheek_luminance[::-1]
    faces = [MESH478.flip(points[None], seen.width)[0] for points in seen.faces]
    return Picture(faces, cheeks, seen.width, seen.height)


@pytest.mark.parametrize(
    ("pose", "light"),
    [
        *itertools.product(
            [{}, {"yaw": 9}, {"yaw": -9}, {"roll": 13}, {"pitch": -19}, {"x": 100}, {"px_per_mm": 1}, {"px_per_mm": 3}],
            [GOOD_LIGHT, (60, 100), (20, 30), None],
        )
    ],
)
def test_a_mirrored_picture_gets_the_same_verdict(pose, light):
    """No advice may depend on which side of a face is which."""
    seen = picture(face(**pose), light=light)
    one, other = judge_framing(seen), judge_framing(flipped(seen))
    assert one.findings == other.findings
    assert one.iris_px == pytest.approx(other.iris_px, abs=0.001)
    assert [one.yaw_deg, one.roll_deg] == pytest.approx([-other.yaw_deg, -other.roll_deg], abs=0.01)
    left, _, right, _ = one.box
    assert other.box[:3:2] == pytest.approx((1 - 1 / WIDTH - right, 1 - 1 / WIDTH - left), abs=1e-4)


def test_the_answer_is_json_and_tells_where_the_face_is():
    told = judge_framing(picture(face(yaw=9))).as_json()
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert (told["good"], told["findings"]["head"], told["yaw_deg"]) == (False, "head_turned", 9.0)
    left, top, right, bottom = told["box"]
    assert 0 < left < 0.5 < right < 1
    assert 0 < top < 0.5 < bottom < 1
    empty = judge_framing(picture()).as_json()
    assert json.loads(json.dumps(empty, allow_nan=False)) == empty


def test_every_code_has_its_words():
    """A code without words would show "undefined" to a patient."""
    source = Path(framing.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r'"((?:face|distance|head|light)_[a-z]+)"', source))
    assert len(codes) == 15
    texts = recorder_texts()
    assert {code for code in [*codes, "unknown"] if not texts.get(code)} == set()
