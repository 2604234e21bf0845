"""A recorded phantom: an H.264 clip with the times of its motion, landmarks that are what it shows, the truth beside it."""

import json
from dataclasses import replace

import av
import numpy as np
import pytest

from core.exam.protocol import Expression as E
from core.exam.segments import read_segments
from core.face.landmarks import mesh_regions
from core.phantom.camera import Camera
from core.phantom.condition import flaccid
from core.phantom.exam import Cue, ExamScript
from core.phantom.motion import simulate
from core.phantom.recording import exact_landmarks, frames, record
from core.phantom.render import Renderer
from core.phantom.truth import Truth, exact_track
from core.video.reader import FrameReader
from core.words import AffectedSide, Branch, Side
from tests.drawn_phantom import grey, iris_seen, portrait, sampled

R, L = Side.RIGHT, Side.LEFT
FPS = 12.0
CAMERA = Camera(256, 240, fps=FPS, face_part=0.8)
SCRIPT = ExamScript((Cue(E.EYES_GENTLE, 1.0, 0.1, 0.4, 0.8, 0.3),), (), 3.0)
HOLD = 23  # a frame in the middle of the closure


@pytest.fixture(scope="module")
def motion():
    return simulate(portrait().shape_mm, flaccid(R, 0.8), SCRIPT, FPS, seed=3, sway=2.0)


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def recording(motion, told, tmp_path_factory):
    folder = tmp_path_factory.mktemp("recording")
    made = record(
        portrait(), motion, folder / "exam.mp4", CAMERA, seed=5, progress=lambda done, of: told.append((done, of))
    )
    made.save(folder)
    return made


@pytest.fixture(scope="module")
def clip(recording):
    """The decoded frames and the facts of the file."""
    reader = FrameReader(recording.video)
    return list(reader), reader


def test_the_clip_is_h264_with_the_frames_and_times_of_the_motion(motion, clip):
    decoded, reader = clip
    facts = reader.facts
    assert facts.codec == "h264"
    assert (facts.width, facts.height) == (256, 240)
    assert facts.frames == len(decoded) == len(motion.times) == 36
    assert facts.fps_median == pytest.approx(FPS)
    assert facts.complete
    assert [frame.time_s for frame in decoded] == pytest.approx(motion.times, abs=1e-4)
    with av.open(str(reader.path)) as container:
        stream = container.streams.video[0]
        assert float(stream.average_rate) == pytest.approx(FPS)
        assert float(stream.duration * stream.time_base) == pytest.approx(3.0, abs=0.01)


def test_landmarks_have_a_row_for_every_frame(motion, recording):
    assert recording.landmarks.shape == (36, 478, 3)
    assert recording.landmarks.dtype == np.float32
    assert np.isfinite(recording.landmarks).all()
    assert np.array_equal(recording.times, motion.times)
    drawn = Renderer(portrait(), CAMERA)
    assert np.array_equal(recording.landmarks, exact_landmarks(drawn, motion))
    track = exact_track(motion, drawn.landmarks, width=256, height=240)
    assert np.array_equal(recording.landmarks, track.points)


@pytest.mark.parametrize("frame", [0, 5, 11, 30, 35])
def test_the_clip_shows_the_irises_on_their_landmarks(recording, clip, frame):
    """Decoded from the file, with its noise and its compression, while the head sways."""
    image, points = clip[0][frame].image, recording.landmarks[frame].astype(float)
    for side in (R, L):
        centre = points[mesh_regions(side).iris_centre, :2]
        assert np.abs(iris_seen(image, points, side)[0] - centre).max() < 0.6
    assert np.abs(recording.landmarks[35, 468] - recording.landmarks[0, 468]).max() > 0.5


def test_the_clip_shows_the_closure_of_the_healthy_eye_only(recording, clip):
    """Both eyes are asked to close; the weak one stays open, in the landmarks and in the picture."""
    heights, brightness = {}, {}
    for side in (R, L):
        eye = mesh_regions(side)
        points = recording.landmarks[:, :, :2]
        gap = points[:, list(eye.fissure_lower), 1] - points[:, list(eye.fissure_upper), 1]
        heights[side] = gap.mean(axis=1)[[0, HOLD]]
        pupil = points[:, eye.iris_centre] + CAMERA.px_per_mm * np.array([0.8, -0.8])
        brightness[side] = [sampled(grey(clip[0][i].image), pupil[i]) for i in (0, HOLD)]
    assert heights[L][1] < 0.06 * heights[L][0]
    assert heights[R][1] > 0.5 * heights[R][0]
    # The pupil of the healthy eye is covered by lid skin.
    assert brightness[L][1] > brightness[L][0] + 50
    assert abs(brightness[R][1] - brightness[R][0]) < 25


def test_progress_counts_every_frame(recording, told):
    assert recording.video.is_file()
    assert told == [(i + 1, 36) for i in range(36)]


def test_truth_and_segments_lie_beside_the_clip(recording):
    folder = recording.video.parent
    assert sorted(file.name for file in folder.iterdir()) == [
        "exam.mp4",
        "landmarks.npz",
        "segments.json",
        "truth.json",
    ]
    truth = Truth.load(folder / "truth.json")
    assert truth == recording.truth
    assert truth.affected_side is AffectedSide.RIGHT
    assert truth.weakness[Branch.ZYGOMATIC].right == pytest.approx(80)
    assert truth.weakness[Branch.ZYGOMATIC].left == 0
    assert truth.excursion_mm[E.EYES_GENTLE].right < 0.35 * truth.excursion_mm[E.EYES_GENTLE].left
    assert json.loads((folder / "truth.json").read_text())["simulated"] is True
    segments = read_segments(folder / "segments.json")
    assert segments == recording.segments
    assert [(s.expression, s.start_s) for s in segments][:2] == [(E.REST, 0.0), (E.EYES_GENTLE, 1.0)]
    with np.load(folder / "landmarks.npz", allow_pickle=False) as stored:
        assert np.array_equal(stored["points"], recording.landmarks)
        assert np.array_equal(stored["times"], recording.times)


def shorter(motion, count):
    """The first frames of a motion."""
    part = slice(0, count)
    return replace(
        motion,
        times=motion.times[part],
        shape_mm=motion.shape_mm[part],
        pose_deg=motion.pose_deg[part],
        translation_mm=motion.translation_mm[part],
        creases={key: depth[part] for key, depth in motion.creases.items()},
        lid_closure=motion.lid_closure[part],
        jaw_drop_mm=motion.jaw_drop_mm[part],
    )


def test_the_clip_is_what_the_frames_are(motion, clip):
    """Up to compression these are the pictures that were encoded, with the noise of the given seed."""
    few = shorter(motion, 4)
    own, others = (
        np.mean(
            [
                np.abs(drawn.astype(int) - decoded.image).mean()
                for drawn, decoded in zip(frames(portrait(), few, CAMERA, seed=seed), clip[0], strict=False)
            ]
        )
        for seed in (5, 0)
    )
    assert own < 3
    assert own < 0.97 * others


def test_the_same_seed_gives_the_same_frames(motion):
    few = shorter(motion, 3)
    one, same, other = (np.stack(list(frames(portrait(), few, CAMERA, seed=seed))) for seed in (5, 5, 6))
    assert len(one) == 3
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert np.abs(one.astype(int) - other).mean() < 4


def test_folds_and_jaw_of_the_motion_reach_the_picture(motion):
    few = shorter(motion, 1)
    plain = next(frames(portrait(), few, replace(CAMERA, noise=0.0))).astype(int)
    deep = replace(few, creases={key: np.ones(1) for key in few.creases})
    assert (plain - next(frames(portrait(), deep, replace(CAMERA, noise=0.0)))).max() > 20
    lips = [
        i for side in (R, L) for i in mesh_regions(side).lower_lip_inner[1:] + mesh_regions(side).lower_lip_outer[1:]
    ]
    parted = few.shape_mm.copy()
    parted[:, lips, 1] -= 14
    mouths = [
        next(
            frames(portrait(), replace(few, shape_mm=parted, jaw_drop_mm=np.full(1, drop)), replace(CAMERA, noise=0.0))
        )
        for drop in (0.0, 9.0)
    ]
    assert np.abs(mouths[0].astype(int) - mouths[1]).max() > 50


@pytest.mark.parametrize("stop_at", [1, 34])
def test_a_callback_that_fails_leaves_no_file(motion, tmp_path, stop_at):
    """This is how a user's cancelling reaches the recording; half a clip must not be taken for a whole one."""

    def progress(done, _of):
        if done == stop_at:
            raise RuntimeError("cancelled")

    with pytest.raises(RuntimeError, match="cancelled"):
        record(portrait(), motion, tmp_path / "exam.mp4", CAMERA, progress=progress)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_of_odd_size_is_refused_before_a_file_is_made(motion, tmp_path):
    with pytest.raises(ValueError, match="even"):
        record(portrait(), motion, tmp_path / "exam.mp4", replace(CAMERA, width=255))
    assert list(tmp_path.iterdir()) == []
