"""What a browser leaves becomes a whole file: the same pictures at the same times, whatever it looked like where it ended."""

import errno
from fractions import Fraction

import av
import numpy as np
import pytest

from core.errors import VideoError
from core.video.limits import VideoLimits
from core.video.probe import probe_video
from core.video.reader import FrameReader
from core.video.repair import repair_video
from tests.core.video.conftest import HEIGHT, WIDTH, marked_picture

FPS, SOUND_RATE = 30, 48_000
ANY_LENGTH = VideoLimits(min_duration_s=0.0)
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
LIVE = {"live": "1"}
# Name, codec of the picture, of the sound, and how a browser writes it (ecosystem 2.3).
BROWSERS = [
    ("safari.mp4", "libx264", "aac", FRAGMENTED),
    ("chromium.mp4", "libx264", None, FRAGMENTED),
    ("firefox.webm", "libvpx", "libopus", LIVE),
    ("chromium.webm", "libvpx-vp9", "libopus", LIVE),
    ("silent.webm", "libvpx-vp9", None, LIVE),
]
browsers = pytest.mark.parametrize("how", BROWSERS, ids=[how[0] for how in BROWSERS])


@pytest.fixture
def record(tmp_path):
    """Writes what a browser would: in fragments, without a length, a key picture every third of a second."""

    def make(name, codec, sound, options, frames=90):
        path = tmp_path / name
        quick = {"tune": "zerolatency"} if codec == "libx264" else {"lag-in-frames": "0", "deadline": "realtime"}
        with av.open(str(path), "w", options=options) as container:
            video = container.add_stream(codec, rate=FPS, options={"g": "10", **quick})
            video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            audio = container.add_stream(sound, rate=SOUND_RATE, layout="mono") if sound else None
            for index in range(frames):
                picture = av.VideoFrame.from_ndarray(marked_picture(index), format="rgb24")
                picture = picture.reformat(format="yuv420p")
                picture.pts, picture.time_base = index, Fraction(1, FPS)
                container.mux(video.encode(picture))
                if audio is not None:
                    container.mux(audio.encode(_tone(index, audio.codec_context.format.name)))
            for stream in filter(None, (video, audio)):
                container.mux(stream.encode(None))
        return path

    return make


def _tone(index, format_name):
    samples = SOUND_RATE // FPS
    values = np.sin(np.arange(samples) / 20)
    content = values.astype(np.float32) if format_name == "fltp" else (values * 9000).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(content[None], format=format_name, layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, index * samples, Fraction(1, SOUND_RATE)
    return frame


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "whole"
    made.mkdir()
    return made


def times_of(path):
    return [frame.time_s for frame in FrameReader(path, limits=ANY_LENGTH)]


def cut(path, part):
    """The same file as it stands on the disk when its browser was killed."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    return path


def streams(path):
    with av.open(str(path)) as container:
        return container.duration, [(stream.type, stream.codec_context.name) for stream in container.streams]


@browsers
def test_the_same_pictures_at_the_same_times_in_a_file_that_says_how_long_it_is(record, folder, how):
    source = record(*how)
    times = times_of(source)
    made = repair_video(source, folder, "media")
    assert made.path == folder / f"media{source.suffix}"
    assert (made.packets, made.damaged) == (90, False)
    assert times_of(made.path) == times
    assert times == pytest.approx(np.arange(90) / FPS, abs=0.025)  # sound that begins earlier moves the first picture
    duration, kinds = streams(made.path)
    assert duration / 1e6 == pytest.approx(3.0, abs=0.05)
    assert kinds == streams(source)[1], "sound is kept"
    probe = probe_video(made.path)
    assert (probe.packets, probe.complete, probe.width, probe.height) == (90, True, WIDTH, HEIGHT)


def test_the_sound_is_as_long_as_the_picture(record, folder):
    made = repair_video(record(*BROWSERS[2]), folder, "media")
    with av.open(str(made.path)) as container:
        sound = [packet.pts * packet.time_base for packet in container.demux(audio=0) if packet.size]
    assert float(sound[-1] - sound[0]) == pytest.approx(3.0, abs=0.1)


def test_an_mp4_can_be_played_before_it_is_there_as_a_whole(record, folder):
    """The table of contents stands in front, so a player asks for parts of it."""
    content = repair_video(record(*BROWSERS[0]), folder, "media").path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    assert b"moof" not in content


@browsers
@pytest.mark.parametrize("part", [0.75, 0.5])
def test_what_was_cut_off_keeps_all_pictures_until_there(record, folder, how, part):
    source = record(*how)
    times = times_of(source)
    made = repair_video(cut(source, part), folder, "media")
    kept = times_of(made.path)
    assert 10 < len(kept) < 90
    assert made.packets == len(kept)
    assert kept == times[: len(kept)]
    assert streams(made.path)[0] / 1e6 == pytest.approx(len(kept) / FPS, abs=0.1)
    # A live webm declares no end: what is missing cannot be known.
    assert made.damaged == (source.suffix == ".mp4")


@browsers
def test_only_its_last_bytes_lost(record, folder, how):
    source = record(*how)
    source.write_bytes(source.read_bytes()[:-7])
    assert len(times_of(repair_video(source, folder, "media").path)) >= 80


@browsers
@pytest.mark.parametrize("part", [0.0, 0.0005, 0.01])
def test_nothing_readable_is_a_sentence_and_no_file(record, folder, how, part):
    source = cut(record(*how), part)
    with pytest.raises(VideoError) as caught:
        repair_video(source, folder, "media")
    assert caught.value.code in {"empty", "unreadable", "not_a_video", "no_video_stream"}
    assert not list(folder.iterdir())


def test_no_video_at_all(tmp_path, folder):
    (tmp_path / "a").write_bytes(b"\x1a\x45\xdf\xa3" + bytes(5000))
    with pytest.raises(VideoError):
        repair_video(tmp_path / "a", folder, "media")
    with pytest.raises(VideoError, match="no such file"):
        repair_video(tmp_path / "none", folder, "media")
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("codec", "sound", "suffix", "kept"),
    [
        ("libx264", "libopus", ".mp4", ["video", "audio"]),  # Chromium's video/webm;codecs=h264
        ("libvpx", "aac", ".webm", ["video"]),  # webm takes no such sound; the picture is what counts
        ("libx265", None, ".mkv", ["video"]),  # and pictures that are stored in another order than they are shown
    ],
)
def test_the_suffix_fits_the_codec(record, folder, codec, sound, suffix, kept):
    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg has no encoder {codec}")
    source = record("a.mkv", codec, sound, {})
    made = repair_video(source, folder, "media")
    assert (made.path.suffix, made.packets) == (suffix, 90)
    assert times_of(made.path) == pytest.approx(times_of(source), abs=0.001)
    assert [kind for kind, _ in streams(made.path)[1]] == kept


@pytest.mark.parametrize("how", BROWSERS[1:3], ids=["mp4", "webm"])
def test_damaged_files_end_in_a_video_or_a_sentence(record, folder, tmp_path, how):
    """Also where the damage is in the times: FFmpeg writes packets in order only."""
    whole = record(*how).read_bytes()
    outcomes = set()
    for seed in range(40):
        random = np.random.default_rng(seed)
        content = bytearray(whole)
        for place in random.integers(0, len(content), 12):
            content[place] = random.integers(0, 256)
        del content[(hole := int(random.integers(600, len(content) - 700))) : hole + int(random.integers(1, 600))]
        (tmp_path / "damaged").write_bytes(content)
        try:
            made = repair_video(tmp_path / "damaged", folder, f"media{seed}")
        except VideoError:
            assert not list(folder.glob(f"media{seed}.*"))
            outcomes.add("sentence")
        else:
            assert made.path.stat().st_size > 0
            outcomes.add("video")
    assert "video" in outcomes


def test_a_full_disk_is_no_broken_video(record, folder, monkeypatch):
    """The difference decides whether somebody is told to record again or to free some space."""
    source = record(*BROWSERS[1])
    real = av.open

    def full(*args, **more):
        opened = real(*args, **more)
        if "w" in args:
            opened.close()
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened

    monkeypatch.setattr(av, "open", full)
    with pytest.raises(OSError, match="No space"):
        repair_video(source, folder, "media")
    assert not list(folder.iterdir())
