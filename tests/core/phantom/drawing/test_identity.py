"""Imaginary people: all can be drawn, differ from each other, and a real tracker takes each of them for a face."""

from dataclasses import fields, replace
from itertools import combinations

import numpy as np
import pytest

from core.phantom.camera import Camera
from core.phantom.drawing.identity import IDENTITIES, HairStyle, Identity, random_identity
from core.phantom.drawing.portrait import draw_portrait
from core.phantom.render import Renderer
from core.phantom.warp import FACE_OVAL
from core.track_photo import track_photo
from tests.drawn_phantom import inside

# The drawn portraits and the tracker are made once for the tests of this group.
nine_portraits = pytest.mark.xdist_group("nine portraits")
SIZE = 256
RANDOM_SEED = 12
# Greatest mean error of the default tracker on the drawn faces, in per cent of the distance of the pupils.
GREATEST_ERROR = 2.6


def test_there_are_nine_people_of_different_kinds():
    assert len(IDENTITIES) == 9
    for name in ("name", "seed", "shape", "skin", "cloth"):
        assert len({getattr(identity, name) for identity in IDENTITIES}) == 9, name
    assert {identity.style for identity in IDENTITIES} == set(HairStyle)
    ages = [identity.age for identity in IDENTITIES]
    assert min(ages) <= 30
    assert max(ages) >= 60
    lightness = sorted(sum(identity.skin) / 3 for identity in IDENTITIES)
    assert lightness[0] < 80
    assert lightness[-1] > 190


def test_names_are_of_no_real_person():
    """They are shown as patients; nobody may be taken for one."""
    assert [identity.name for identity in IDENTITIES] == [f"phantom-0{i}" for i in range(1, 10)]
    assert random_identity(31).name == "phantom-r31"


@pytest.mark.parametrize(("age", "maturity"), [(18, 0), (25, 0), (50, 0.5), (75, 1), (90, 1)])
def test_maturity_follows_age(age, maturity):
    assert replace(IDENTITIES[0], age=age).maturity == maturity


def test_a_random_person_is_the_same_for_the_same_seed():
    assert random_identity(5) == random_identity(5)
    people = [random_identity(seed) for seed in range(40)]
    assert len({replace(person, name="", seed=0) for person in people}) == 40
    known = {identity.seed for identity in IDENTITIES} | {identity.name for identity in IDENTITIES}
    assert not known & {person.seed for person in people}
    assert not known & {person.name for person in people}


def test_random_people_are_plausible():
    people = [random_identity(seed) for seed in range(200)]
    assert {person.style for person in people} == set(HairStyle)
    assert len({person.skin for person in people}) == 8
    for person in people:
        for field in fields(Identity):
            value = getattr(person, field.name)
            if field.name in ("skin", "hair", "brow", "iris", "lip", "cloth", "backdrop"):
                assert len(value) == 3
                assert all(isinstance(channel, int) and 0 <= channel <= 255 for channel in value)
        assert np.abs(person.shape).max() <= 1.2
        assert 9.0 <= person.fissure_mm <= 10.4
        assert 18 <= person.age < 80
        assert 0 <= person.stubble <= 1
        assert 0 <= person.freckles <= 1
        assert 0.6 <= person.brow_weight <= 1.5
        assert person.lip[0] < person.skin[0]
        assert person.lip[0] - person.lip[1] > person.skin[0] - person.skin[1]  # redder than the skin
        assert sum(person.hair) < 560


# ------------------------------------------------------------------------------------------------------------------- drawn


@pytest.fixture(scope="module")
def drawn():
    """Pictures (256, 256, 3) with camera noise, exact landmarks and portraits of the nine people and a random one."""
    people = []
    for identity in [*IDENTITIES, random_identity(RANDOM_SEED)]:
        portrait = draw_portrait(identity, 280)
        renderer = Renderer(portrait, Camera(SIZE, SIZE), seed=1)
        head = portrait.shape_mm, np.zeros(3), np.zeros(3)
        people.append((renderer.frame(*head), renderer.landmarks(*head), portrait))
    return people


@pytest.fixture(scope="module")
def mesh():
    return pytest.importorskip("models.tracking").tracker_factory()


@nine_portraits
@pytest.mark.parametrize("number", range(10))
def test_the_default_tracker_finds_the_face_where_it_is(drawn, mesh, number):
    """The promise of the drawn phantom: a mesh model that has seen photographs only places its points on the drawn features."""
    image, exact, _ = drawn[number]
    found = track_photo(image, mesh).points
    pupils = np.linalg.norm(exact[468, :2] - exact[473, :2])
    errors = 100 * np.linalg.norm(found[:, :2] - exact[:, :2], axis=1) / pupils
    assert errors.mean() < GREATEST_ERROR
    assert errors[[468, 473]].max() < 4
    assert np.linalg.norm(found[468, :2] - found[473, :2]) == pytest.approx(pupils, rel=0.02)


@nine_portraits
def test_people_can_be_told_apart(drawn):
    """By their faces alone, without hair and clothes, and by their shapes."""
    for (image, exact, one), (other_image, _, other) in combinations(drawn, 2):
        face = np.rint(exact[:468:3, :2]).astype(int)
        colours = [picture[face[:, 1], face[:, 0]].astype(int) for picture in (image, other_image)]
        assert np.abs(colours[0] - colours[1]).mean() > 6, (one.name, other.name)
        assert np.linalg.norm(one.shape_mm - other.shape_mm, axis=1).mean() > 0.7, (one.name, other.name)


@nine_portraits
def test_skin_has_the_colour_of_the_person(drawn):
    people = {identity.name: identity for identity in [*IDENTITIES, random_identity(RANDOM_SEED)]}
    for image, exact, portrait in drawn:
        face = inside(exact[list(FACE_OVAL), :2], image.shape[:2], 2)
        assert np.abs(np.median(image[face], axis=0) - people[portrait.name].skin).max() < 20, portrait.name
