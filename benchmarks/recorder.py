"""How good is the browser's recording: frames kept of frames shown, longest gap, bytes, time to stored and to results, memory?

    python benchmarks/recorder.py                     # one quick protocol at 720p, then ten short recordings for the memory
    python benchmarks/recorder.py --rounds 0      # the memory alone

The app as users start it, driven in headless Chromium whose camera plays a drawn phantom at 1280 x 720 and 30 frames a second,
every frame with its number in a corner; frames are counted by these numbers in the stored file. The table is Markdown, for
docs/performance.md. Run it on an idle computer: browser, camera, encoder and server share its cores.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from itertools import chain, cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from core.exam.guide import GuidedProtocol, exam_plan  # noqa: E402
from core.exam.protocol import Expression  # noqa: E402
from core.records import JobState, PatientDetails, Store  # noqa: E402
from core.records.runner import CHECK_NAME  # noqa: E402
from core.settings import Settings  # noqa: E402
from core.video.reader import FrameReader  # noqa: E402
from tests.app_server import running_app  # noqa: E402
from tests.browser.cameras import browser_with_camera  # noqa: E402
from tests.browser.steps import open_recorder  # noqa: E402
from tests.fake_camera import MJPEG_FPS, read_marker, write_pictures  # noqa: E402

WIDTH, HEIGHT, DRAWN_FPS = 1280, 720, 15
CLIP_S = 60
PATIENCE_S = 600
# When the recorder was told to stop, and when the server had said that the recording is stored.
WATCH = """() => {
  performance.clearMarks("hemiface-stop");
  performance.clearMarks("hemiface-stored");
}"""
TOOK = """() => {
  const at = (name) => performance.getEntriesByName(name).at(-1)?.startTime;
  return (at("hemiface-stored") - at("hemiface-stop")) / 1000;
}"""


def phantom_pictures() -> Iterator[np.ndarray]:
    """A minute of a phantom that does the core movements, (720, 1280, 3) RGB, every picture twice."""
    from core.phantom.camera import Camera
    from core.phantom.condition import flaccid
    from core.phantom.drawing.identity import IDENTITIES
    from core.phantom.drawing.portrait import draw_portrait
    from core.phantom.exam import standard_script
    from core.phantom.motion import simulate
    from core.phantom.recording import frames
    from core.words import Side

    camera = Camera(WIDTH, HEIGHT, float(DRAWN_FPS), face_part=0.5)
    portrait = draw_portrait(IDENTITIES[1], 900)
    motion = simulate(portrait.shape_mm, flaccid(Side.LEFT, 0.6), standard_script(), float(DRAWN_FPS))
    drawn = list(frames(portrait, motion, camera))
    twice = chain.from_iterable((picture.copy(), picture.copy()) for picture in cycle(drawn))
    return islice(twice, CLIP_S * MJPEG_FPS)


def memory_mb(port: int) -> float:
    """Resident memory of the server that listens on a port, without its children, megabytes (Linux)."""
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            command = (status.parent / "cmdline").read_bytes().decode().replace("\0", " ")
            if "streamlit" in command and f"--server.port {port} " in command:
                line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
                return int(line.split()[1]) / 1000
        except (OSError, StopIteration):
            continue
    return float("nan")


def record(page: Any, visit_id: str, *movements: Expression) -> float:
    """One guided recording, from the open page to the word that it is saved; seconds from stop to stored."""
    open_recorder(page, visit_id, *movements)
    page.locator(".findings .good").first.wait_for()
    page.evaluate(WATCH)
    page.locator(".start").click()
    page.get_by_text("The recording is saved").wait_for(timeout=PATIENCE_S * 1000)
    return float(page.evaluate(TOOK))


def wait(ready: Any) -> float:
    """Seconds until ``ready()`` is true."""
    begin = time.monotonic()
    while not ready():
        if time.monotonic() - begin > PATIENCE_S:
            raise SystemExit("the server did not finish")
        time.sleep(0.02)
    return time.monotonic() - begin


def kept(path: Path, frames_in_clip: int) -> tuple[int, int, float, float]:
    """(frames kept, frames shown from the first to the last, longest gap, longest gap without the first second), gaps in s."""
    reader = FrameReader(path)
    numbers = []
    for frame in reader:
        number = read_marker(frame.image)
        if number is not None:
            numbers.append(number)
    unwrapped = np.unwrap(np.array(numbers, float), period=frames_in_clip).round().astype(int)
    shown = int(unwrapped[-1] - unwrapped[0] + 1)
    times = np.array(reader.times_s)
    steps = np.diff(times)
    return len(set(unwrapped.tolist())), shown, float(steps.max()), float(steps[times[1:] > 1].max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recordings", type=int, default=10, help="short recordings for the memory")
    parser.add_argument("--rounds", type=int, default=3, help="recordings of the quick protocol")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        clip = folder / "camera.mjpeg"
        print("drawing the phantom ...", file=sys.stderr)
        frames_in_clip = write_pictures(clip, phantom_pictures())
        with running_app(folder) as port, sync_playwright() as driver, browser_with_camera(driver, clip) as browser:
            store = Store.open(Settings(data_dir=folder / "data"))
            patient = store.create_patient(PatientDetails("Benchmark", simulated=True))
            context = browser.new_context(base_url=f"http://127.0.0.1:{port}", viewport={"width": 1400, "height": 900})
            page = context.new_page()
            page.set_default_timeout(60_000)
            rows = []
            for number in range(options.rounds):
                rows.append(_long(page, store, patient.id, frames_in_clip))
                print(f"round {number + 1}: {rows[-1]}", file=sys.stderr)
            memories = [memory_mb(port)]
            for number in range(options.recordings):
                visit = store.create_visit(patient.id, date(2026, 3, 12))
                record(page, visit.id, Expression.PUCKER)
                page.get_by_text("Can every movement be measured?").wait_for()
                wait(lambda: not store.jobs(patient_id=patient.id, active=True))
                memories.append(memory_mb(port))
                print(f"recording {number + 1}: {memories[-1]:.0f} MB", file=sys.stderr)
            store.close()
    _print(rows, memories)


def _long(page: Any, store: Store, patient_id: str, frames_in_clip: int) -> dict[str, float]:
    visit = store.create_visit(patient_id, date(2026, 3, 12))
    stored_s = record(page, visit.id)
    begin = time.monotonic()
    (recording,) = store.recordings(visit.id)
    checked_s = wait(lambda: store.derived_path(recording, CHECK_NAME).is_file())
    wait(lambda: store.latest_analysis(recording.id) is not None)
    analysed_s = time.monotonic() - begin
    wait(lambda: not store.jobs(patient_id=patient_id, active=True))
    assert all(job.state is JobState.DONE for job in store.jobs(recording_id=recording.id))
    frames, shown, gap_s, later_gap_s = kept(store.recording_path(recording), frames_in_clip)
    return {
        "frames": frames,
        "shown": shown,
        "gap_ms": 1000 * gap_s,
        "later_gap_ms": 1000 * later_gap_s,
        "megabytes": recording.size_bytes / 1e6,
        "stored_s": stored_s,
        "checked_s": checked_s,
        "analysed_s": analysed_s,
    }


def _print(rows: list[dict[str, float]], memories: list[float]) -> None:
    if rows:
        _print_rows(rows)
    if len(memories) > 1:
        told = ", ".join(f"{memory:.0f}" for memory in memories)
        print(f"\nMemory of the server before and after each of {len(memories) - 1} short recordings: {told} MB.")


def _print_rows(rows: list[dict[str, float]]) -> None:
    plan_s = exam_plan(GuidedProtocol.QUICK).duration_s
    print(f"Guided recordings of the quick protocol ({plan_s:.0f} s), {WIDTH} x {HEIGHT}, {MJPEG_FPS} frames/s;")
    print(f"{os.cpu_count()} cores, {platform.machine()}, headless Chromium, fake camera.\n")
    print(
        "| recording | frames kept of shown | longest gap | after the first second | size | stop to stored | check | result |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for number, row in enumerate(rows, start=1):
        share = 100 * row["frames"] / row["shown"]
        print(
            f"| {number} | {row['frames']:.0f} of {row['shown']:.0f} ({share:.1f} %) | {row['gap_ms']:.0f} ms "
            f"| {row['later_gap_ms']:.0f} ms | {row['megabytes']:.1f} MB | {row['stored_s']:.2f} s "
            f"| {row['checked_s']:.1f} s | {row['analysed_s']:.0f} s |"
        )


if __name__ == "__main__":
    main()
