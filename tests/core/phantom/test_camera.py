"""The camera: where points of the head land, which way head and light go, and noise that is repeatable and as strong as asked."""

import numpy as np
import pytest

from core.face.pose import head_pose
from core.face.scale import iris_diameter
from core.phantom.camera import Camera, Sensor
from tests.synthetic import neutral_face

STILL = np.zeros(3)
NECK = np.array([0.0, -95.0, -75.0])
GREY = np.full((240, 320, 3), 120, np.uint8)


def seen(camera=None, pose=STILL, shift=STILL, points=None):
    """Pixels of the neutral face, or of the given points, through a camera."""
    shape = neutral_face() if points is None else np.array(points, float)
    return (camera or Camera()).project(shape, np.array(pose, float), np.array(shift, float), NECK)


def exposed(picture=GREY, seed=0, **settings):
    camera = Camera(width=picture.shape[1], height=picture.shape[0], **{"noise": 0.0} | settings)
    return Sensor(camera, seed).expose(picture).astype(float)


# --------------------------------------------------------------------------------------------------------------- geometry


@pytest.mark.parametrize(("width", "height"), [(640, 640), (641, 363), (300, 500)])
def test_a_millimetre_between_the_eyes_has_the_promised_pixels(width, height):
    """An average face, 130 mm, fills the given part of the smaller side; pixels are square."""
    camera = Camera(width, height, face_part=0.5)
    assert camera.px_per_mm * 130 == pytest.approx(0.5 * min(width, height))
    points = seen(camera, points=[[0, 0, 0], [10, 0, 0], [0, 10, 0]])
    assert points[0, 0] == width / 2
    assert points[1] - points[0] == pytest.approx([10 * camera.px_per_mm, 0, 0])
    assert points[2] - points[0] == pytest.approx([0, -10 * camera.px_per_mm, 0])


def test_the_face_is_centred_in_the_picture():
    camera = Camera(400, 400, face_part=0.5)
    face = neutral_face()
    points = seen(camera, points=face - face[[133, 362]].mean(axis=0))
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    assert middle[:2] == pytest.approx([200, 200], abs=0.06 * np.ptp(points[:, 1]))
    assert seen(camera, points=[[0, 0, 0]])[0, 1] == camera.eye_level_px < 170


def test_the_iris_has_its_size_at_every_distance():
    """The scale holds between the eyes; the irises lie a little further back."""
    for distance in (350.0, 800.0, 2000.0):
        camera = Camera(distance_mm=distance)
        depth = neutral_face()[468, 2]
        expected = 11.7 * camera.px_per_mm * distance / (distance - depth)
        assert iris_diameter(seen(camera)) == pytest.approx(expected, rel=1e-9)


def test_a_near_camera_makes_the_nose_large():
    def part_of_width(distance):
        points = seen(Camera(distance_mm=distance))
        wings, temples = (abs(points[a, 0] - points[b, 0]) for a, b in ((129, 358), (234, 454)))
        return wings / temples

    assert part_of_width(300) > 1.15 * part_of_width(800) > 1.15 * part_of_width(5000)


def test_depth_grows_away_from_the_camera_in_the_scale_of_the_eyes():
    camera = Camera()
    points = seen(camera, points=[[0, 0, 0], [0, 0, 10]])
    assert points[1, 2] - points[0, 2] == pytest.approx(-10 * camera.px_per_mm)


@pytest.mark.parametrize("pose", [(8, 0, 0), (-8, 0, 0), (0, 6, 0), (0, -6, 0), (0, 0, 10), (0, 0, -10), (5, -4, 7)])
def test_the_head_turns_as_the_pose_says(pose):
    """From far away, where perspective does not mix in, the pose is found again with its signs."""
    points = seen(Camera(distance_mm=1e6), pose)
    assert head_pose(points[None])[0] == pytest.approx(pose, abs=0.6)


def test_yaw_and_roll_go_towards_the_patients_left_which_is_the_right_of_the_picture():
    still = seen()
    turned, tilted, raised = seen(pose=(10, 0, 0)), seen(pose=(0, 0, 10)), seen(pose=(0, 10, 0))
    assert turned[1, 0] > still[1, 0] + 5
    assert tilted[10, 0] > still[10, 0] + 5  # the forehead goes to the left shoulder
    assert raised[152, 2] - raised[10, 2] < still[152, 2] - still[10, 2] - 10  # the chin comes forward
    assert raised[1, 1] < still[1, 1]


def test_the_head_turns_about_the_neck():
    assert seen(pose=(20, 10, -15), points=[NECK]) == pytest.approx(seen(points=[NECK]))


def test_the_head_moves_in_the_axes_of_the_room():
    camera = Camera()
    moved = seen(camera, shift=(7, 5, 0), points=[[0, 0, 0]]) - seen(camera, points=[[0, 0, 0]])
    assert moved[0] == pytest.approx(np.array([7, -5, 0]) * camera.px_per_mm)
    near, far = (iris_diameter(seen(shift=(0, 0, z))) for z in (50, -50))
    assert near / far == pytest.approx((800 + 50) / (800 - 50), rel=0.01)


# ------------------------------------------------------------------------------------------------------------------ light


def test_an_ideal_camera_changes_nothing():
    assert np.array_equal(exposed(), GREY)


@pytest.mark.parametrize("factor", [0.5, 1.4])
def test_brightness_is_a_factor(factor):
    assert exposed(brightness=factor) == pytest.approx(np.full(GREY.shape, 120 * factor), abs=1)


def test_light_does_not_wrap_around():
    assert (exposed(np.full_like(GREY, 250), brightness=2.0) == 255).all()
    noisy = exposed(np.full_like(GREY, 254), noise=6.0)
    assert noisy.min() > 200


def test_side_light_brightens_the_patients_left():
    """It is the difference of the edges as part of the mean; the patient's left is the right of the picture."""
    columns = exposed(side_light=0.4).mean(axis=(0, 2))
    assert columns[-1] - columns[0] == pytest.approx(0.4 * 120, abs=1.5)
    assert columns.mean() == pytest.approx(120, abs=1)
    assert exposed(side_light=-0.4).mean(axis=(0, 2))[0] == pytest.approx(columns[-1], abs=1)


def test_warm_light_is_redder_and_less_blue():
    red, green, blue = exposed(warmth=0.1).mean(axis=(0, 1))
    assert red > 124
    assert green == 120
    assert blue < 113
    cool = exposed(warmth=-0.1).mean(axis=(0, 1))
    assert cool[0] < 120 < cool[2]


def test_blur_spreads_a_point_by_its_sd():
    point = np.zeros((61, 61, 3), np.uint8)
    point[30, 30] = 255
    far = exposed(np.repeat(np.repeat(point, 5, 0), 5, 1), blur_px=6.0)[..., 0]
    place = np.arange(len(far)) - 152.0
    across = far.sum(axis=0)
    spread = np.sum(across * place**2) / across.sum()
    assert spread == pytest.approx(6.0**2 + 2, rel=0.1)  # the spot itself is 5 pixels wide


# ------------------------------------------------------------------------------------------------------------------ noise


@pytest.mark.parametrize("noise", [1.6, 6.0])
def test_noise_has_the_strength_that_was_asked_for(noise):
    difference = exposed(noise=noise) - GREY
    assert difference.std() == pytest.approx(noise, rel=0.08)
    assert abs(difference.mean()) < 0.15 * noise


def test_noise_is_the_same_for_the_same_seed_only():
    camera = Camera(320, 240, noise=3.0)
    one, same, other = Sensor(camera, 4), Sensor(camera, 4), Sensor(camera, 5)
    first, second = one.expose(GREY), one.expose(GREY)
    assert np.array_equal(same.expose(GREY), first)
    assert np.array_equal(same.expose(GREY), second)
    assert not np.array_equal(other.expose(GREY), first)


def test_noise_changes_from_frame_to_frame():
    """Noise that stood still would be texture that a tracker could hold on to."""
    sensor = Sensor(Camera(320, 240, noise=3.0), 1)
    first, second = (sensor.expose(GREY).astype(float)[..., 0] - 120 for _ in range(2))
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.1


def test_the_picture_that_was_handed_in_stays_as_it_was():
    before = GREY.copy()
    exposed(brightness=0.5, noise=4.0, blur_px=1.0)
    assert np.array_equal(GREY, before)


def test_the_patients_left_is_the_right_of_the_picture():
    points = seen()
    assert points[468, 0] < points[473, 0]
