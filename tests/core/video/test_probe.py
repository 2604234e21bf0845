"""probe_video: each kind of unusable file is refused with its own sentence, in the fixed order, and opens nothing else."""

import struct
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from core.errors import VideoError
from core.video.limits import VideoLimits
from core.video.probe import probe_video

PLAYLISTS = {
    "ffconcat": "ffconcat version 1.0\nfile other.mp4\n",
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nother.mp4\n#EXT-X-ENDLIST\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "dash": '<?xml version="1.0"?>\n<MPD><Period><AdaptationSet><Representation><BaseURL>other.mp4</BaseURL>',
}


def refused(path: Path, limits: VideoLimits | None = None) -> str:
    with pytest.raises(VideoError) as caught:
        probe_video(path, limits or VideoLimits())
    assert caught.value.message.endswith(".")
    assert "\n" not in str(caught.value)
    return caught.value.code


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def sound_file(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 32_000), np.float32), format="fltp", layout="mono")
        frame.rate = 16_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_a_good_video_is_described(make_clip):
    probe = probe_video(make_clip("clip.mp4"))
    assert (probe.container, probe.codec, probe.width, probe.height) == ("mov", "h264", 96, 64)
    assert probe.duration_s == pytest.approx(40 / 30, abs=1e-3)
    assert probe.packets == 40
    assert probe.complete


def test_missing_and_empty(tmp_path):
    assert refused(tmp_path / "nowhere.mp4") == "missing"
    assert refused(tmp_path) == "missing"  # a folder
    assert refused(written(tmp_path / "empty.mp4", b"")) == "empty"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"Patient notes, second visit\n", "text"),
        (cv2.imencode(".png", np.zeros((64, 64, 3), np.uint8))[1].tobytes(), "picture"),
        (cv2.imencode(".jpg", np.zeros((64, 64, 3), np.uint8))[1].tobytes(), "picture"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100), "picture"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(100), "sound"),
        (b"\x7fELF" + bytes(100), "another kind"),
    ],
)
def test_other_files_named_like_a_video(tmp_path, content, word):
    path = written(tmp_path / "clip.mp4", content)
    assert refused(path) == "not_a_video"
    with pytest.raises(VideoError, match=word):
        probe_video(path)


@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_a_playlist_in_disguise_opens_nothing(tmp_path, make_clip, kind, suffix):
    """Such a file would show another patient's recording (reliability finding 6)."""
    make_clip("other.mp4")
    assert refused(written(tmp_path / f"disguised{suffix}", PLAYLISTS[kind].encode())) == "not_a_video"


def test_a_playlist_behind_video_bytes_opens_nothing(tmp_path, make_clip):
    """Magic bytes alone must not be enough for another demuxer to take over."""
    make_clip("other.mp4")
    disguised = written(tmp_path / "x.mp4", struct.pack(">I", 8) + b"free" + PLAYLISTS["ffconcat"].encode())
    assert refused(disguised) == "unreadable"


def test_sound_without_picture(tmp_path):
    assert refused(sound_file(tmp_path / "voice.m4a")) == "no_video_stream"


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (VideoLimits(max_bytes=100), "too_large"),
        (VideoLimits(max_duration_s=1.2), "too_long"),
        (VideoLimits(max_frames=39), "too_long"),
        (VideoLimits(max_side_px=95), "too_many_pixels"),
        (VideoLimits(min_duration_s=1.4), "too_short"),
        (VideoLimits(max_bytes=100, max_duration_s=1.2, max_side_px=95), "too_large"),
        (VideoLimits(max_duration_s=1.2, max_side_px=95), "too_long"),
        (VideoLimits(max_side_px=95, min_duration_s=1.4), "too_many_pixels"),
    ],
)
def test_limits_in_their_order(make_clip, limits, code):
    assert refused(make_clip("clip.mp4"), limits) == code


def test_a_video_at_the_limits_is_accepted(make_clip):
    path = make_clip("clip.mp4", frames=30)
    exact = VideoLimits(
        max_bytes=path.stat().st_size, max_duration_s=1.0, max_frames=30, max_side_px=96, min_duration_s=1.0
    )
    assert probe_video(path, exact).packets == 30


def test_a_picture_over_the_default_limit_is_refused(make_clip):
    """A few hundred bytes on disk can decode to a gigabyte (reliability T2)."""
    assert refused(make_clip("bomb.mp4", frames=2, size=(8192, 32))) == "too_many_pixels"


def test_one_frame_is_too_short(make_clip):
    assert refused(make_clip("clip.mp4", frames=1)) == "too_short"


def test_mp4_cut_before_its_index(tmp_path, make_clip):
    whole = make_clip("clip.mp4").read_bytes()
    assert refused(written(tmp_path / "cut.mp4", whole[: len(whole) // 2])) == "unreadable"


def test_right_first_bytes_then_nothing(tmp_path):
    assert refused(written(tmp_path / "a.webm", b"\x1a\x45\xdf\xa3" + bytes(200))) == "unreadable"
    assert refused(written(tmp_path / "a.mp4", b"\x00\x00\x00\x14ftypisom" + bytes(200))) == "unreadable"


def test_a_browser_recording_has_its_duration_from_its_packets(make_clip):
    """MediaRecorder writes no duration; counts and rates of such files are nonsense (ecosystem 2.2)."""
    path = make_clip("clip.webm", codec="libvpx", options={"live": "1"})
    with av.open(str(path)) as container:
        assert container.duration is None
    probe = probe_video(path)
    assert probe.duration_s == pytest.approx(40 / 30, abs=0.003)
    assert probe.complete


@pytest.mark.parametrize("seed", range(40))
def test_damaged_files_end_in_a_sentence_or_a_description(tmp_path, make_clip, seed):
    """Bit flips, cuts and doubled pieces: never another exception, whatever the damage."""
    random = np.random.default_rng(seed)
    name, codec = [("c.mp4", "libx264"), ("c.webm", "libvpx"), ("c.avi", "mpeg4"), ("c.mkv", "libvpx-vp9")][seed % 4]
    content = bytearray(make_clip(name, codec=codec).read_bytes())
    for place in random.integers(0, len(content), 12):
        content[place] = random.integers(0, 256)
    if seed % 3 == 0:
        del content[int(random.integers(16, len(content))) :]
    code = None
    try:
        probe = probe_video(written(tmp_path / f"damaged{Path(name).suffix}", bytes(content)))
    except VideoError as problem:
        code = problem.code
    else:
        assert probe.packets > 0
    expected = {"unreadable", "not_a_video", "no_video_stream", "too_long", "too_short", "too_many_pixels"}
    assert code is None or code in expected
