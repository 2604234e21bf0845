"""FrameReader: every frame upright, with its true time, from every accepted container, and honest about damage."""

import gc
import hashlib
import struct
import weakref
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from core.errors import VideoError
from core.video.limits import VideoLimits
from core.video.reader import FrameReader

SHARED = Path(__file__).parents[4] / "shared" / "data" / "video"
RED = (230, 20, 20)
PERMISSIVE = VideoLimits(min_duration_s=0.0)


def red_corner(image: np.ndarray) -> str:
    """Which corner is red: "top left", ..."""
    height, width = image.shape[:2]
    spots = {
        "top left": image[height // 4, width // 4],
        "top right": image[height // 4, -width // 4],
        "bottom left": image[-height // 4 - 5, width // 4],
        "bottom right": image[-height // 4 - 5, -width // 4],
    }
    near = [name for name, colour in spots.items() if np.abs(colour.astype(int) - RED).max() < 60]
    assert len(near) == 1, spots
    return near[0]


def with_matrix(path: Path, a: int, b: int, c: int, d: int) -> Path:
    """The mp4 with another display matrix in its track header (what a phone writes when it is held upright)."""
    content = bytearray(path.read_bytes())
    start = content.index(b"tkhd") + 4 + 4 + 5 * 4 + 8 + 8
    one = 1 << 16
    content[start : start + 36] = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    turned = path.with_name("turned.mp4")
    turned.write_bytes(content)
    return turned


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("a.mp4", "libx264", "yuv420p"),
        ("a.mp4", "libx265", "yuv420p"),
        ("a.mp4", "libvpx-vp9", "yuv420p"),
        ("a.mov", "libx264", "yuvj420p"),
        ("a.mov", "libx265", "yuv420p10le"),
        ("a.webm", "libvpx", "yuv420p"),
        ("a.webm", "libvpx-vp9", "yuv444p"),
        ("a.mkv", "libx264", "yuv422p"),
        ("a.mkv", "libx265", "yuv420p"),
        ("a.mkv", "ffv1", "bgr0"),
        ("a.avi", "libx264", "yuv420p"),
        ("a.avi", "mpeg4", "yuv420p"),
        ("a.avi", "libvpx", "yuv420p"),
        ("a.avi", "mjpeg", "yuvj422p"),
    ],
)
def test_every_container_codec_and_pixel_format(make_clip, name, codec, pixels):
    reader = FrameReader(make_clip(name, codec, pixels))
    frames = list(reader)
    assert len(frames) == reader.facts.frames == 40
    # Matroska stores whole milliseconds; H.264 in avi only decoding times.
    assert [f.time_s for f in frames] == pytest.approx([i / 30 for i in range(40)], abs=0.001)
    for frame in frames[::13]:
        assert frame.image.shape == (64, 96, 3)
        assert frame.image.dtype == np.uint8
        assert frame.image.flags.c_contiguous
        assert red_corner(frame.image) == "top left"
    assert frames[-1].image[-4, :70].mean() > 200  # the bar grew: these are the last pictures, in order
    assert frames[5].image[-4, 20:70].mean() < 200
    assert reader.facts.complete
    assert reader.facts.fps_median == pytest.approx(30, abs=0.4)


@pytest.mark.parametrize(
    ("matrix", "rotation", "corner"),
    [
        ((1, 0, 0, 1), 0, "top left"),
        ((0, 1, -1, 0), 90, "top right"),
        ((-1, 0, 0, -1), 180, "bottom right"),
        ((0, -1, 1, 0), 270, "bottom left"),
        ((-1, 0, 0, 1), 0, "top right"),  # mirrored by the container, not by the user
        ((1, 0, 0, -1), 180, "bottom left"),
        ((0, 1, 1, 0), 270, "top left"),
    ],
)
def test_rotation_metadata_is_applied(make_clip, matrix, rotation, corner):
    reader = FrameReader(with_matrix(make_clip(), *matrix))
    image = next(iter(reader)).image
    assert red_corner(image) == corner
    upright = (64, 96) if rotation in (0, 180) else (96, 64)
    assert image.shape[:2] == upright == (reader.probe.height, reader.probe.width)
    assert reader.probe.rotation_deg == rotation


def test_a_mirrored_recording_is_flipped_back_after_it_was_turned(make_clip):
    plain = next(iter(FrameReader(make_clip()))).image
    reader = FrameReader(make_clip(), mirrored=True)
    images = [frame.image for frame in reader]
    mirrored = images[0]
    assert np.array_equal(mirrored, plain[:, ::-1])
    assert mirrored.flags.c_contiguous
    assert reader.facts.mirrored
    turned = with_matrix(make_clip(), 0, 1, -1, 0)
    assert red_corner(next(iter(FrameReader(turned, mirrored=True))).image) == "top left"


def test_oblong_pixels_are_made_square(make_clip):
    """Otherwise widths and heights of a face would have different millimetres."""
    reader = FrameReader(make_clip("dv.mov", aspect=2))
    assert next(iter(reader)).image.shape == (64, 192, 3)
    assert (reader.probe.width, reader.probe.height) == (192, 64)


def test_a_change_of_size_within_a_recording_keeps_the_first_size(tmp_path):
    """Browsers change the size of a running recording when the processor is busy."""
    path = tmp_path / "sizes.webm"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx", rate=30)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        small = av.CodecContext.create("libvpx", "w")
        small.width, small.height, small.pix_fmt, small.time_base = 48, 32, "yuv420p", Fraction(1, 30)
        for start, encoder, size in ((0, stream, (64, 96)), (20, small, (32, 48))):
            for index in range(start, start + 20):
                frame = av.VideoFrame.from_ndarray(np.full((*size, 3), 90, np.uint8), format="rgb24")
                frame = frame.reformat(format="yuv420p")
                frame.pts, frame.time_base = index, Fraction(1, 30)
                mux(container, stream, encoder.encode(frame))
            mux(container, stream, encoder.encode(None))
    frames = list(FrameReader(path))
    assert len(frames) == 40
    assert {frame.image.shape for frame in frames} == {(64, 96, 3)}


def mux(container, stream, packets):
    for packet in packets:
        packet.stream = stream
        container.mux(packet)


def test_facts_are_of_what_was_decoded(make_clip):
    path = make_clip()
    reader = FrameReader(path)
    with pytest.raises(RuntimeError, match="after"):
        _ = reader.facts
    assert len(list(reader)) == 40
    facts = reader.facts
    assert facts.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (facts.width, facts.height, facts.codec, facts.container) == (96, 64, "h264", "mov")
    assert facts.duration_s == pytest.approx(40 / 30, abs=1e-6)
    assert facts.longest_gap_s == pytest.approx(1 / 30, abs=1e-6)


@pytest.mark.parametrize(("every_s", "numbers"), [(0.25, [0, 8, 16, 24, 32]), (0.12, [*range(0, 40, 4)]), (9.0, [0])])
def test_a_look_now_and_then_gives_few_pictures_and_tells_of_all(make_clip, every_s, numbers):
    """A quick check looks at some pictures; gaps between the others must not stay unseen."""
    path = make_clip()
    whole = FrameReader(path)
    frames = list(whole)
    reader = FrameReader(path, every_s=every_s)
    seen = list(reader)
    assert [frame.time_s for frame in seen] == [frames[number].time_s for number in numbers]
    assert all(np.array_equal(frame.image, frames[n].image) for frame, n in zip(seen, numbers, strict=True))
    assert reader.times_s == whole.times_s == [frame.time_s for frame in frames]
    assert reader.facts == whole.facts


def test_times_are_those_of_the_newest_look(make_clip):
    reader = FrameReader(make_clip(), every_s=0.5)
    for frame in reader:
        assert reader.times_s[-1] == frame.time_s, "known while it is read, too"
    assert len(list(reader)) == 3
    assert len(reader.times_s) == 40


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "libx264", {"movflags": "+frag_keyframe+empty_moov", "frag_duration": "200000"}),
        ("a.webm", "libvpx", {"live": "1"}),
        ("a.mkv", "libvpx-vp9", {}),
        ("a.mp4", "libx264", {"movflags": "+faststart"}),
    ],
)
def test_a_damaged_tail_keeps_the_frames_so_far(make_clip, name, codec, options):
    """A tab closed while recording, a copy that was cut short (ecosystem 2.3)."""
    path = make_clip(name, codec, frames=90, options=options, codec_options={"g": "10", "crf": "20"})
    whole = [frame.time_s for frame in FrameReader(path)]
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * 0.7)])
    reader = FrameReader(path)
    kept = [frame.time_s for frame in reader]
    assert 30 < len(kept) < 90
    assert kept == whole[: len(kept)]
    assert reader.facts.frames == len(kept)
    if options != {"live": "1"}:  # a recording of a browser declares no end: what is missing cannot be known
        assert not reader.facts.complete


def test_damage_in_the_middle_leaves_a_gap_with_true_times_around(make_clip):
    path = make_clip("a.mkv", "libvpx-vp9", frames=90, codec_options={"g": "10", "lag-in-frames": "0"})
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        starts = [packet.pos for packet in packets]
    content = bytearray(path.read_bytes())
    for start, end in pairwise(starts[42:46]):
        content[start + 6 : end - 4] = b"\xff" * (end - start - 10)  # the pictures, not the marks between them
    path.write_bytes(content)
    reader = FrameReader(path)
    times = np.array([frame.time_s for frame in reader])
    assert not reader.facts.complete
    assert 60 <= len(times) < 90
    assert times[-1] == pytest.approx(89 / 30, abs=0.002)
    assert np.allclose(times * 30, np.round(times * 30), atol=0.05)
    assert reader.facts.longest_gap_s > 1.5 / 30


def test_too_little_left_after_damage_is_refused(make_clip):
    path = make_clip("a.mp4", options={"movflags": "+faststart"}, codec_options={"g": "5"})
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"mdat") + 900])
    with pytest.raises(VideoError) as caught:
        list(FrameReader(path))
    assert caught.value.code in {"too_short", "unreadable"}


def test_memory_does_not_grow_with_length(make_clip):
    """Only the frames that the caller holds stay alive."""
    alive: list[weakref.ref[np.ndarray]] = []
    for count, frame in enumerate(FrameReader(make_clip(frames=120))):
        alive.append(weakref.ref(frame.image))
        if count % 40 == 39:
            gc.collect()
            assert sum(reference() is not None for reference in alive) <= 2


@pytest.mark.parametrize("seed", range(24))
def test_damaged_files_end_in_frames_or_a_sentence(make_clip, seed):
    random = np.random.default_rng(1000 + seed)
    name, codec = [("c.mp4", "libx264"), ("c.webm", "libvpx"), ("c.avi", "mpeg4"), ("c.mkv", "libvpx-vp9")][seed % 4]
    path = make_clip(name, codec=codec)
    content = bytearray(path.read_bytes())
    for place in random.integers(0, len(content), 12):
        content[place] = random.integers(0, 256)
    path.write_bytes(content)
    try:
        reader = FrameReader(path, limits=PERMISSIVE)
        times = [frame.time_s for frame in reader]
    except VideoError:
        return
    assert np.all(np.diff(times) > 0)
    assert len(times) == reader.facts.frames


@pytest.mark.shared_data
@pytest.mark.skipif(not SHARED.is_dir(), reason="development data are not beside the checkout")
@pytest.mark.parametrize(
    ("name", "frames", "size", "codec"),
    [
        ("single_face.mp4", 72, (640, 360), "h264"),
        ("noface_face.mov", 169, (960, 540), "hevc"),
        ("webcam_talking.mp4", 1337, (400, 300), "h264"),
        ("far_face_signing.mkv", 65, (640, 480), "h264"),
    ],
)
def test_real_recordings(name, frames, size, codec):
    reader = FrameReader(SHARED / name)
    times = [frame.time_s for frame in reader]
    assert len(times) == frames
    assert np.all(np.diff(times) > 0)
    assert (reader.facts.width, reader.facts.height, reader.facts.codec) == (*size, codec)
    assert reader.facts.complete
