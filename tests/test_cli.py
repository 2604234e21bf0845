"""The command line as other programs rely on it: files, exit codes, one sentence, progress, cancelling (design, section 4)."""

import csv
import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import cli
from commands.console import CancelRequest
from core.errors import UnavailableError
from core.exam.check import MovementCheck
from core.result import ExamResult
from core.tracking import FaceTrack
from core.words import AffectedSide
from tests.fake_tracker import Square, SquareTrackerFactory, square_clip
from tests.opinion_samples import FakeScreener, FakeSeverityModel, RefusingModel

PROJECT = Path(__file__).resolve().parents[1]
SHARED = PROJECT.parent / "shared" / "data" / "video"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="development data are not beside the checkout")
with_squares = pytest.mark.usefixtures("squares")
RESULT_FILES = ["curves.npz", "measures.csv", "result.json", "track.npz"]
STILL = Square(150, 120, 100)


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HEMIFACE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def squares(monkeypatch) -> SquareTrackerFactory:
    """The fake tracker in place of the real ones."""
    factory = SquareTrackerFactory()
    monkeypatch.setattr("models.tracking.tracker_factory", lambda *_args, **_options: factory)
    return factory


@pytest.fixture(autouse=True)
def screener(monkeypatch) -> FakeScreener:
    """Stand-ins for the networks of second opinions; programs that are started have the real ones."""
    made = FakeScreener()
    monkeypatch.setattr("models.opinions.make_screener", lambda: made)
    monkeypatch.setattr("models.opinions.make_severity_model", FakeSeverityModel)
    return made


@pytest.fixture
def clip(tmp_path) -> Path:
    return square_clip(tmp_path / "clip.mp4", [[STILL]] * 60)


def run(*arguments: object):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@with_squares
def test_analyse_writes_its_four_files(tmp_path, clip):
    out = tmp_path / "new" / "out"
    result = run("analyse", clip, "--out", out)
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""  # not a terminal: no bar
    assert names(out) == RESULT_FILES
    exam = ExamResult.model_validate_json((out / "result.json").read_text())
    assert exam.video.frames == exam.tracking.frames_with_face == 60
    assert exam.tracker.mirror_averaged
    assert exam.tracker.half_faces
    assert not exam.simulated
    track = FaceTrack.load(out / "track.npz")
    assert track.points.shape == (60, 478, 3)
    with (out / "measures.csv").open(encoding="utf-8") as file:
        assert {"expression", "side", "measure", "value", "unit"} <= set(csv.DictReader(file).fieldnames)


@with_squares
def test_options_reach_the_analysis(tmp_path, clip):
    segments = tmp_path / "segments.json"
    segments.write_text(json.dumps({"segments": [{"expression": "smile_open", "start_s": 0.8, "end_s": 1.6}]}))
    options = (
        "--side",
        "left",
        "--mirrored",
        "--no-mirror-average",
        "--no-half-faces",
        "--simulated",
        "--segments",
        segments,
    )
    assert run("analyse", clip, *options, "--out", tmp_path / "out").exit_code == 0
    exam = ExamResult.model_validate_json((tmp_path / "out" / "result.json").read_text())
    assert (exam.affected_side, exam.affected_side_source) == (AffectedSide.LEFT, "clinician")
    assert exam.video.mirrored
    assert not exam.tracker.mirror_averaged
    assert not exam.tracker.half_faces
    assert exam.simulated
    assert [segment.expression for segment in exam.segments] == ["smile_open"]


@with_squares
def test_second_opinions_are_given_unless_they_are_not_wanted(tmp_path, clip, screener):
    out = tmp_path / "out"
    assert run("analyse", clip, "--out", out).exit_code == 0
    exam = ExamResult.model_validate_json((out / "result.json").read_text())
    [[rest]] = screener.shown  # nothing moves in the clip
    assert rest.image.shape == (240, 320, 3)
    [picture] = exam.screening.per_image
    assert (picture.expression, picture.time_s) == ("rest", rest.time_s)
    assert exam.severity_opinion.branches
    assert run("analyse", clip, "--no-opinions", "--out", out).exit_code == 0
    without = ExamResult.model_validate_json((out / "result.json").read_text())
    assert (without.screening, without.severity_opinion) == (None, None)
    assert without == exam.model_copy(update={"screening": None, "severity_opinion": None})
    assert len(screener.shown) == 1


@with_squares
def test_a_network_that_cannot_be_used_does_not_stop_an_analysis(tmp_path, clip, monkeypatch):
    monkeypatch.setattr("models.opinions.make_screener", RefusingModel)
    result = run("analyse", clip, "--out", tmp_path / "out")
    assert (result.exit_code, result.stderr) == (0, "")
    exam = ExamResult.model_validate_json((tmp_path / "out" / "result.json").read_text())
    assert exam.screening is None
    assert exam.severity_opinion is not None
    assert [entry.severity for entry in exam.quality if entry.code == "screening_not_run"] == ["info"]


@with_squares
def test_second_opinions_can_be_cancelled(tmp_path, clip, screener, monkeypatch):
    monkeypatch.setattr(screener, "screen", lambda _frames: signal.raise_signal(signal.SIGTERM))
    assert run("analyse", clip, "--out", tmp_path / "out").exit_code == 128 + signal.SIGTERM
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file"),
        (b"", "empty"),
        (b"Notes of the second visit\n", "not a video"),
        (b"ffconcat version 1.0\nfile clip.mp4\n", "not a video"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "picture"),
        (b"\x00\x00\x00\x14ftypisom" + bytes(500), "damaged"),
    ],
)
@with_squares
def test_input_that_is_no_video_ends_with_2_and_one_sentence(tmp_path, content, words):
    path = tmp_path / "patient.mp4"
    if content is not None:
        path.write_bytes(content)
    result = run("analyse", path, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith(".\n")
    assert not (tmp_path / "out").exists()


@with_squares
def test_a_truncated_clip_shorter_than_a_second(tmp_path):
    short = square_clip(tmp_path / "short.mp4", [[STILL]] * 25)
    assert run("analyse", short, "--out", tmp_path / "out").exit_code == 2
    whole = square_clip(tmp_path / "whole.mp4", [[STILL]] * 90).read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: whole.index(b"mdat") + 600])
    result = run("analyse", cut, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


@with_squares
def test_a_video_without_a_face(tmp_path):
    result = run("analyse", square_clip(tmp_path / "dark.mp4", [[]] * 40), "--out", tmp_path / "out")
    assert (result.exit_code, result.stderr) == (2, "No face was found in the video.\n")
    assert not (tmp_path / "out").exists()


@with_squares
def test_limits_come_from_the_settings(tmp_path, clip, monkeypatch):
    monkeypatch.setenv("HEMIFACE_VIDEO__MAX_SIDE_PX", "200")
    result = run("analyse", clip, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "200" in result.stderr


@pytest.mark.parametrize(
    "content",
    ["not json", '{"segments": [{"expression": "grimace", "start_s": 0, "end_s": 1}]}', '{"segments": [{}]}', None],
)
@with_squares
def test_a_segments_file_that_cannot_be_used(tmp_path, clip, content):
    path = tmp_path / "segments.json"
    if content is not None:
        path.write_text(content)
    result = run("analyse", clip, "--segments", path, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


@with_squares
def test_segments_of_another_video(tmp_path, clip):
    path = tmp_path / "segments.json"
    path.write_text(json.dumps({"segments": [{"expression": "smile_open", "start_s": 40, "end_s": 44}]}))
    result = run("analyse", clip, "--segments", path, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "ends at 2.0 s" in result.stderr


def test_an_unknown_tracker(tmp_path, clip):
    result = run("analyse", clip, "--tracker", "astrology", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "astrology" in result.stderr
    assert "mediapipe_mesh" in result.stderr


def test_a_broken_installation_ends_with_1(tmp_path, squares, clip):
    squares.reason = "Its model is missing."
    result = run("analyse", clip, "--out", tmp_path / "out")
    assert (result.exit_code, result.stderr) == (1, "Its model is missing.\n")


def test_an_unexpected_problem_ends_with_1_and_without_a_trace(tmp_path, squares, clip):
    squares.fails_at_s = 0.5
    result = run("analyse", clip, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "RuntimeError: the graph broke" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()


@with_squares
def test_an_output_folder_that_cannot_be_written(tmp_path, clip):
    (tmp_path / "out").write_text("a file in the way")
    result = run("analyse", clip, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


@with_squares
def test_results_of_before_stay_when_the_new_analysis_fails(tmp_path, clip):
    out = tmp_path / "out"
    run("analyse", clip, "--out", out)
    before = (out / "result.json").read_bytes()
    dark = square_clip(tmp_path / "dark.mp4", [[]] * 40)
    assert run("analyse", dark, "--out", out).exit_code == 2
    assert (out / "result.json").read_bytes() == before
    assert names(out) == RESULT_FILES


@with_squares
def test_an_analysis_that_is_repeated_replaces_the_files(tmp_path, clip):
    out = tmp_path / "out"
    run("analyse", clip, "--out", out)
    (out / "mine.txt").write_text("kept")
    other = square_clip(tmp_path / "other.mp4", [[replace(STILL, y=80)]] * 45)
    assert run("analyse", other, "--out", out).exit_code == 0
    assert json.loads((out / "result.json").read_text())["video"]["frames"] == 45
    assert names(out) == sorted([*RESULT_FILES, "mine.txt"])


@with_squares
def test_progress_as_json(tmp_path, clip):
    result = run("analyse", clip, "--progress", "json", "--out", tmp_path / "out")
    reports = [json.loads(line) for line in result.stderr.splitlines()]
    assert all(set(report) == {"frames_done", "frames_total", "seconds_left", "stage"} for report in reports)
    assert reports[0]["stage"] == "starting"
    done = {"frames_done": 60, "frames_total": 60, "seconds_left": 0.0}
    assert reports[-2:] == [done | {"stage": "measuring"}, done | {"stage": "screening"}]


@with_squares
def test_a_problem_as_json(tmp_path):
    result = run("analyse", tmp_path / "nowhere.mp4", "--progress", "json", "--out", tmp_path / "out")
    assert result.exit_code == 2
    told = json.loads(result.stderr.splitlines()[-1])
    assert told["error"] == "There is no such file."
    assert told["hint"]
    assert told["code"] == "missing"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_program_and_removes_partial_files(tmp_path, number):
    """The app cancels an analysis with SIGTERM, a person with Ctrl-C."""
    dark = square_clip(tmp_path / "dark.mp4", [[]] * 1200)
    out = tmp_path / "out"
    command = [sys.executable, PROJECT / "cli.py", "analyse", dark, "--progress", "json", "--out", out]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:
        for line in child.stderr:
            if json.loads(line)["stage"] == "tracking":
                break
        assert list(out.iterdir())  # it has begun to write there
        child.send_signal(number)
        rest = child.stderr.read()
    assert child.returncode == 128 + number
    assert "Traceback" not in rest
    assert not out.exists()


def test_the_command_starts_without_heavy_libraries():
    """--help, a wrong file name or the next video of a batch must not wait for torch."""
    heavy = ["torch", "mediapipe", "streamlit", "scipy", "pandas", "plotly", "matplotlib", "cv2", "av"]
    program = f"import sys, cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@with_squares
class TestCheck:
    """A second answer beside an analysis: which movements can be measured, in a few pictures a second."""

    @pytest.fixture
    def segments(self, tmp_path) -> Path:
        path = tmp_path / "segments.json"
        content = [
            {"expression": "rest", "start_s": 0, "end_s": 0.9},
            {"expression": "smile_open", "start_s": 1, "end_s": 1.9},
        ]
        path.write_text(json.dumps({"segments": content}))
        return path

    @pytest.fixture
    def leaving(self, tmp_path) -> Path:
        """The face is there for the rest, and gone for the movement."""
        return square_clip(tmp_path / "leaving.mp4", [[STILL]] * 28 + [[]] * 32)

    def test_every_movement_gets_its_line(self, leaving, segments):
        result = run("check", leaving, "--segments", segments)
        assert (result.exit_code, result.stderr) == (0, "")
        rest, smile = result.stdout.splitlines()
        assert rest.startswith("    0.0 s  Rest: ")
        assert smile == "    1.0 s  Big smile with teeth: The face left the picture."

    def test_a_good_recording_is_called_good(self, clip, segments, monkeypatch):
        monkeypatch.setattr("core.exam.check.SMALLEST_IRIS_PX", 5.0)  # the square's face is small
        result = run("check", clip, "--segments", segments)
        assert [line.rpartition(": ")[2] for line in result.stdout.splitlines()] == ["good", "good"]

    def test_the_file_holds_what_the_app_reads(self, tmp_path, squares, leaving, segments):
        out = tmp_path / "check.json"
        result = run("check", leaving, "--segments", segments, "--out", out, "--progress", "json")
        assert (result.exit_code, result.stdout) == (0, "")
        checks = [MovementCheck.from_json(row) for row in json.loads(out.read_text())]
        assert [(each.expression, each.ok, each.code) for each in checks] == [
            ("rest", True, "small"), ("smile_open", False, "face_lost"),
        ]  # fmt: skip
        reports = [json.loads(line) for line in result.stderr.splitlines()]
        assert [report["stage"] for report in reports][:2] == ["starting", "checking"]
        assert reports[-1]["frames_total"] == 60
        assert squares.detections == 8
        assert not squares.open

    def test_no_segments_are_no_movements(self, tmp_path, clip):
        (tmp_path / "none.json").write_text('{"segments": []}')
        out = tmp_path / "check.json"
        assert run("check", clip, "--segments", tmp_path / "none.json", "--out", out).exit_code == 0
        assert json.loads(out.read_text()) == []

    def test_input_that_cannot_be_used_ends_with_2_and_one_sentence(self, tmp_path, clip, segments):
        (tmp_path / "text.mp4").write_text("Notes of the second visit")
        (tmp_path / "wrong.json").write_text("no json")
        for video, file in (
            (tmp_path / "nowhere.mp4", segments),
            (tmp_path / "text.mp4", segments),
            (clip, tmp_path / "wrong.json"),
            (clip, tmp_path / "nowhere.json"),
        ):
            result = run("check", video, "--segments", file, "--out", tmp_path / "check.json")
            assert result.exit_code == 2, (video, file)
            assert result.stderr.count("\n") == 1
            assert result.stderr.endswith(".\n")
            assert not (tmp_path / "check.json").exists()
        assert run("check", clip).exit_code == 2  # segments are needed

    def test_an_installation_that_cannot_do_it_ends_with_1(self, tmp_path, squares, clip, segments):
        result = run("check", clip, "--segments", segments, "--out", tmp_path / "no folder" / "check.json")
        assert result.exit_code == 1
        assert "cannot be written" in result.stderr
        squares.reason = "Its model is missing."
        result = run("check", clip, "--segments", segments)
        assert (result.exit_code, result.stderr) == (1, "Its model is missing.\n")

    def test_limits_come_from_the_settings(self, clip, segments, monkeypatch):
        monkeypatch.setenv("HEMIFACE_VIDEO__MAX_SIDE_PX", "200")
        result = run("check", clip, "--segments", segments)
        assert result.exit_code == 2
        assert "200" in result.stderr

    def test_cancelled_it_writes_nothing(self, tmp_path, squares, clip, segments, monkeypatch):
        """The request comes in the middle, as that of the app does."""
        requests, create = [], squares.create

        class Noted(CancelRequest):
            def __init__(self):
                super().__init__()
                requests.append(self)

        def asked_to_end(max_faces):
            requests[0]._note(signal.SIGTERM, None)
            return create(max_faces)

        monkeypatch.setattr("commands.check.CancelRequest", Noted)
        monkeypatch.setattr(squares, "create", asked_to_end)
        result = run("check", clip, "--segments", segments, "--out", tmp_path / "check.json")
        assert result.exit_code == 128 + signal.SIGTERM
        assert not (tmp_path / "check.json").exists()
        assert squares.detections == 0


class TestModels:
    def test_list_says_where_and_what(self, tmp_path):
        result = run("models", "list")
        assert result.exit_code == 0
        assert "face_landmarker" in result.stdout
        assert str(tmp_path / "data" / "models") in result.stdout
        assert "not ready" in result.stdout

    def test_unknown_model(self):
        assert run("models", "fetch", "nonsense").exit_code == 2

    def test_import_of_a_wrong_file(self, tmp_path):
        (tmp_path / "model.task").write_bytes(b"another file")
        result = run("models", "import", "face_landmarker", tmp_path / "model.task")
        assert result.exit_code == 2
        assert not (tmp_path / "data" / "models" / "face_landmarker.task").exists()


class TestDoctor:
    def test_a_working_installation(self, tmp_path):
        result = run("doctor")
        assert result.exit_code == 0, result.stdout
        for word in (
            "python",
            "mediapipe_mesh",
            "mediapipe_task",
            "device",
            "H.264",
            str(tmp_path / "data"),
            "database",
        ):
            assert word in result.stdout
        assert "[!!]" not in result.stdout

    def test_a_default_tracker_that_is_missing_is_broken(self, monkeypatch):
        factory = SquareTrackerFactory(name="mediapipe_mesh", reason="Its package is missing.")
        monkeypatch.setattr("models.tracking.tracker_factories", lambda: {"mediapipe_mesh": factory})
        result = run("doctor")
        assert result.exit_code == 1
        assert "Its package is missing." in result.stdout

    def test_an_optional_tracker_that_is_missing_is_not(self, monkeypatch):
        factory = SquareTrackerFactory(name="other", reason="Fetch it.")
        monkeypatch.setattr("models.tracking.tracker_factories", lambda: {"other": factory})
        assert run("doctor").exit_code == 0

    def test_a_check_that_breaks_is_a_finding(self, monkeypatch):
        def broken():
            raise UnavailableError("The package torch is broken.")

        monkeypatch.setattr("commands.doctor._device", broken)
        result = run("doctor")
        assert result.exit_code == 1
        assert "The package torch is broken." in result.stdout
        assert "database" in result.stdout  # the other checks were made


@pytest.mark.shared_data
@needs_shared
class TestRealRecordings:
    """Through the real program and the default tracker."""

    def analyse(self, name: str, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, PROJECT / "cli.py", "analyse", SHARED / name, "--out", out, *options]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    @pytest.mark.parametrize(
        ("name", "frames", "options"),
        [("single_face.mp4", 72, []), ("webcam_talking.mp4", 1337, ["--no-mirror-average"])],
    )
    def test_a_face(self, tmp_path, name, frames, options):
        done = self.analyse(name, tmp_path / "out", *options)
        assert (done.returncode, done.stderr) == (0, "")  # no noise of native libraries either
        exam = ExamResult.model_validate_json((tmp_path / "out" / "result.json").read_text())
        assert exam.video.frames == frames
        assert exam.tracking.fraction > 0.99
        assert exam.scale.mm_per_px is not None

    def test_no_face(self, tmp_path):
        done = self.analyse("no_face.mp4", tmp_path / "out")
        assert (done.returncode, done.stderr) == (2, "No face was found in the video.\n")

    def test_mirrored_swaps_the_sides(self, tmp_path):
        """Every measured number of the right is that of the left in the mirrored analysis."""
        for name, options in (("seen", []), ("mirrored", ["--mirrored"])):
            assert self.analyse("single_face.mp4", tmp_path / name, *options).returncode == 0
        seen, mirrored = (np.load(tmp_path / name / "curves.npz") for name in ("seen", "mirrored"))
        measures = [key for key in seen if key.startswith("value_")]
        assert measures
        for key in measures:
            assert seen[key] == pytest.approx(mirrored[key][:, ::-1], abs=0.01, nan_ok=True), key
