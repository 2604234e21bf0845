"""Pictures by their number are the very pictures that an analysis saw."""

import numpy as np
import pytest

from core.annotated_frame import picture_sha256
from core.errors import VideoError
from core.video.reader import FrameReader
from core.video.stills import pictures_at
from core.video.writer import VideoWriter


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    rng = np.random.default_rng(2)
    with VideoWriter(path, 64, 48, fps=20.0) as writer:
        for _ in range(30):
            writer.write(np.kron(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8), np.ones((8, 8, 1), np.uint8)))
    return path


@pytest.mark.parametrize("mirrored", [False, True])
def test_same_pixels_and_times_as_a_reading_from_the_start(clip, mirrored):
    frames = list(FrameReader(clip, mirrored))
    for wanted in ([0], [7], [29, 3, 12]):
        found = list(pictures_at(clip, wanted, mirrored=mirrored))
        assert [number for number, _ in found] == sorted(wanted)
        for number, frame in found:
            assert frame.time_s == frames[number].time_s
            assert picture_sha256(frame.image) == picture_sha256(frames[number].image)


def test_numbers_that_the_video_does_not_have_are_left_out(clip):
    assert [number for number, _ in pictures_at(clip, [-1, 4, 99])] == [4]
    assert list(pictures_at(clip, [])) == []


def test_what_is_no_video_is_refused_in_words(tmp_path):
    path = tmp_path / "text.mp4"
    path.write_text("nothing")
    with pytest.raises(VideoError, match="not a video"):
        list(pictures_at(path, [0]))


def test_the_hash_tells_every_pixel():
    image = np.zeros((4, 5, 3), np.uint8)
    other = image.copy()
    other[3, 4, 2] = 1
    assert picture_sha256(image) == picture_sha256(image.copy()[:, ::-1])
    assert picture_sha256(image) != picture_sha256(other)
    assert len(picture_sha256(image)) == 64
