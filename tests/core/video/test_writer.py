"""VideoWriter: what is written comes back with its times and colours, and half-written files never stay."""

from pathlib import Path

import av
import numpy as np
import pytest

from core.video.writer import VideoWriter

SKIN = (205, 160, 135)


def picture(width: int = 64, height: int = 48, colour: tuple[int, int, int] = SKIN) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


def decoded(path: Path) -> tuple[list[float], list[np.ndarray]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        return [float(f.pts * f.time_base) for f in frames], [f.to_ndarray(format="rgb24") for f in frames]


def test_constant_rate_times_are_exact(tmp_path):
    """Onset latencies are measured from these times: the phantom's truth would be wrong by a rounded frame rate."""
    path = tmp_path / "clip.mp4"
    with VideoWriter(path, 64, 48, fps=25) as writer:
        for _ in range(30):
            writer.write(picture())
    assert decoded(path)[0] == pytest.approx([i / 25 for i in range(30)], abs=1e-9)


def test_uneven_times_and_duration_are_kept(tmp_path):
    path = tmp_path / "clip.mp4"
    times = [0.0, 0.033, 0.2, 0.21, 1.5]
    with VideoWriter(path, 64, 48, fps=20) as writer:
        for time_s in times:
            writer.write(picture(), time_s)
    assert decoded(path)[0] == pytest.approx(times, abs=6e-6)
    with av.open(str(path)) as container:
        assert container.duration / 1e6 == pytest.approx(1.55, abs=0.002)


def test_colours_survive_the_round_trip(tmp_path):
    """A wrong colour matrix would shift skin tones of the phantoms towards green or red."""
    path = tmp_path / "clip.mp4"
    with VideoWriter(path, 64, 48) as writer:
        writer.write(picture(colour=SKIN))
        writer.write(picture(colour=(30, 90, 200)))
    first, second = decoded(path)[1]
    assert np.abs(first.mean(axis=(0, 1)) - SKIN).max() < 4
    assert np.abs(second.mean(axis=(0, 1)) - (30, 90, 200)).max() < 4


def test_file_is_what_browsers_play(tmp_path):
    """H.264, 4:2:0, and the index before the pictures so that playback starts at once."""
    path = tmp_path / "clip.mp4"
    with VideoWriter(path, 64, 48) as writer:
        for _ in range(5):
            writer.write(picture())
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_an_unfinished_file_is_removed(tmp_path):
    path = tmp_path / "clip.mp4"

    def fail_half_way() -> None:
        with VideoWriter(path, 64, 48) as writer:
            writer.write(picture())
            writer.write(picture(66, 48))

    with pytest.raises(ValueError, match="shape"):
        fail_half_way()
    assert not path.exists()


def test_a_video_without_pictures_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one picture"), VideoWriter(tmp_path / "clip.mp4", 64, 48):
        pass
    assert not (tmp_path / "clip.mp4").exists()


@pytest.mark.parametrize(
    ("image", "time_s", "message"),
    [
        (picture(66, 48), None, "shape"),
        (picture().astype(np.float32), None, "uint8"),
        (picture(), 0.0, "increase"),
    ],
)
def test_wrong_pictures_and_times_are_refused(tmp_path, image, time_s, message):
    with VideoWriter(tmp_path / "clip.mp4", 64, 48) as writer:
        writer.write(picture(), 0.0)
        with pytest.raises(ValueError, match=message):
            writer.write(image, time_s)


@pytest.mark.parametrize(("width", "height"), [(63, 48), (64, 47), (0, 48)])
def test_odd_sizes_are_refused(tmp_path, width, height):
    with pytest.raises(ValueError, match="even"):
        VideoWriter(tmp_path / "clip.mp4", width, height)
