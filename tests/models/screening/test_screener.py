"""The screen as pages use it, with random weights: gate, verdict, interval, and where Grad-CAM may point."""

import numpy as np
import pytest
import torch

from core.errors import InputError
from core.exam.protocol import Expression
from core.second_opinions import KeyFrame, SynkinesisScreener
from models.face_crops import SIZE_PX, crop_matrix
from models.screening.calibration import Calibration, OperatingPoint, Platt
from models.screening.checkpoints import Checkpoint, Layout, new_network
from models.screening.screener import SynkinesisCnn
from models.weights import kept_state
from tests.drawn_phantom import picture

SHA256 = "0" * 64


def checkpoint(layout=Layout.HEMIFACE, size_px=SIZE_PX):
    torch.manual_seed(2)
    platt = Platt(1.0, 0.0, np.column_stack([np.linspace(0.5, 1.5, 20), np.linspace(-0.5, 0.5, 20)]))
    calibration = Calibration(platt, OperatingPoint(0.9, 0.1), platt, OperatingPoint(0.9, 0.1))
    return Checkpoint(layout, size_px, kept_state(new_network(layout, size_px)), calibration)


@pytest.fixture(scope="module")
def screener():
    return SynkinesisCnn(checkpoint(), "random", SHA256)


def frame(expression=None, time_s=None):
    image, points = picture()
    return KeyFrame(image, points, expression, time_s)


def test_it_is_a_screener(screener):
    assert isinstance(screener, SynkinesisScreener)


def test_an_examination_has_a_probability_within_its_interval(screener):
    found = screener.screen([frame(Expression.REST, 1.0), frame(Expression.SMILE_OPEN, 2.0)])
    assert 0 <= found.low <= found.probability <= found.high <= 1
    assert found.verdict == "unsure"
    assert [entry.time_s for entry in found.per_image] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("expressions", "words"),
    [
        ([Expression.SMILE_OPEN], "at rest"),
        ([Expression.REST, Expression.PUCKER], "tight eye closure"),
        ([], "no picture"),
    ],
)
def test_what_is_needed_and_missing_is_told(screener, expressions, words):
    found = screener.screen([frame(expression, 1.0) for expression in expressions])
    assert found.verdict == "not_assessable"
    assert found.probability is None
    assert words in found.reason


def test_a_picture_that_is_too_dark_is_refused(screener):
    dark = frame()
    found = screener.screen([KeyFrame(np.zeros_like(dark.image), dark.points)])
    assert found.verdict == "not_assessable"
    assert "dark" in found.per_image[0].reason


def test_grad_cam_points_into_the_crop_only(screener):
    shown = frame()
    heat = screener.explain(shown)
    assert heat.shape == shown.image.shape[:2]
    assert 0 <= heat.min() <= heat.max() <= 1
    assert heat.max() > 0
    corners = np.array([[0, 0, 1], [SIZE_PX - 1, 0, 1], [SIZE_PX - 1, SIZE_PX - 1, 1], [0, SIZE_PX - 1, 1]])
    x, y = (corners @ crop_matrix(shown.points).T).T
    rows, columns = np.indices(heat.shape)
    step = 1 + np.hypot(*crop_matrix(shown.points)[:, 0])  # a pixel of the crop beside its edge
    outside = (columns < x.min() - step) | (columns > x.max() + step)
    outside |= (rows < y.min() - step) | (rows > y.max() + step)
    assert heat[outside].max(initial=0) == 0


def test_the_published_layout_is_no_screen_of_aligned_faces():
    with pytest.raises(InputError, match="aligned faces"):
        SynkinesisCnn(checkpoint(Layout.PUBLISHED, 256), "published", SHA256)
